"""Shapes, counts and names of layers in their places, and what is said when they do not fit."""

import pytest

from seedbed.errors import NetworkError
from seedbed.network import Network, load_network


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("lenet5", 61_706),
        ("lenet5+", 61_706),
        ("lenet5++", 62_178),
        ("softmax", 7_850),
        ("mlp", 26_506),
        ("lenet5-1998", 60_000),
        ("tang", 669_706),
        ("svm-cnn", 167_114),
        ("multilayer-cnn", 3_274_634),
    ],
)
def test_parameter_counts(text: str, count: int) -> None:
    """LeNet-5 as in SimpleNN; batch norm adds 2·(6 + 16 + 120 + 84 + 10); 784·32 + 32 + 32·32 + 32 + 32·10 + 10."""
    assert load_network(text).parameter_count == count


def test_lenet5_of_1998() -> None:
    """LeCun et al. (1998), section II-B: 60,000 parameters."""
    counts = [node.parameter_count for node in load_network("lenet5-1998").nodes if node.parameter_count]
    assert counts == [156, 12, 1516, 32, 48_120, 10_164]
    table = """
        X . . . X X X . . X X X X . X X
        X X . . . X X X . . X X X X . X
        X X X . . . X X X . . X . X X X
        . X X X . . X X X X . . X . X X
        . . X X X . . X X X X . X X . X
        . . . X X X . . X X X X . X X X"""
    rows = [[mark == "X" for mark in row.split()] for row in table.split("\n")[1:]]
    connections = load_network("lenet5-1998").layers[5].connections(6)
    assert connections.T.tolist() == rows


def test_the_cifar_tutorial_s_shapes() -> None:
    """TensorFlow's tutorial: 24×24 pixels, "SAME" windows, 1,068,298 parameters."""
    network = load_network("cifar-tutorial", (3, 24, 24))
    pools = [node.output_shape for node in network.nodes if "pool" in node.name]
    assert pools == [(64, 12, 12), (64, 6, 6)]
    assert network.parameter_count == 1_068_298


def test_shapes_of_lenet5() -> None:
    shapes = [node.output_shape for node in load_network("lenet5").nodes if node.parameter_count or "pool" in node.name]
    assert shapes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]


def test_names_count_each_kind() -> None:
    network = load_network("conv2d(2, 3) relu conv2d(2, 3) avgpool2d(2) maxpool2d(2) flatten linear(3) linear(2)")
    names = [node.name for node in network.nodes]
    assert names == ["conv1", "relu1", "conv2", "pool1", "pool2", "flatten1", "linear1", "linear2"]


def test_arrays_have_pytorch_s_layout() -> None:
    network = load_network("input(3, 9, 9) conv2d(4, 5) batchnorm flatten linear(7, bias=false)")
    assert network.parameter_shapes == {
        "conv1.weight": (4, 3, 5, 5),
        "conv1.bias": (4,),
        "norm1.weight": (4,),
        "norm1.bias": (4,),
        "linear1.weight": (7, 100),
    }
    assert network.buffer_shapes == {"norm1.running_mean": (4,), "norm1.running_var": (4,)}


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("conv2d(2, 3)", (2, 6, 7)),
        ("conv2d(2, 3, stride=2)", (2, 3, 4)),
        ("conv2d(2, 3, stride=2, padding=2)", (2, 5, 6)),
        ("conv2d(2, 8)", (2, 1, 2)),
        ("avgpool2d(3)", (1, 2, 3)),
        ("maxpool2d(3, stride=2)", (1, 3, 4)),
        ("maxpool2d(2, stride=3)", (1, 3, 3)),
        ("maxpool2d(3, 2, true)", (1, 4, 4)),
        ("maxpool2d(2, 4, true)", (1, 2, 3)),
        ("avgpool2d(2, 3, true)", (1, 3, 3)),
        ("avgpool2d(3, ceil_mode=true)", (1, 3, 3)),
        ("subsample", (1, 4, 4)),
        ("subsample(3)", (1, 2, 3)),
        ("local_response_norm(5)", (1, 8, 9)),
        ("dropout", (1, 8, 9)),
        ("gelu", (1, 8, 9)),
        ("conv2d(2, 3, table=(1, 1))", (2, 6, 7)),
        ("pad(2)", (1, 12, 13)),
        ("batchnorm", (1, 8, 9)),
        ("flatten", (72,)),
    ],
)
def test_output_shapes(layer: str, shape: tuple[int, ...]) -> None:
    assert Network.parse(layer, (1, 8, 9)).output_shape == shape


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "conv2d(3, 5) avgpool2d(2) conv2d(8, 3, in_channels=6)",
            "conv2d 'conv2': expected 6 input channels, got 3 from 'pool1' (3×12×12). Check out_channels of 'conv1'.",
        ),
        (
            "conv2d(8, 3, in_channels=3)",
            "conv2d 'conv1': expected 3 input channels, got 1 from the input (1×28×28). Check the input shape.",
        ),
        (
            "flatten linear(20) relu linear(10, in_features=30)",
            "linear 'linear2': expected 30 input features, got 20 from 'relu1' (20). Check out_features of 'linear1'.",
        ),
        (
            "tanh linear(10)",
            "linear 'linear1': expected a flat value, got 1×28×28 from 'tanh1' (1×28×28). Put 'flatten' before it.",
        ),
        (
            "relu softmax",
            "softmax 'softmax1': expected a flat value, got 1×28×28 from 'relu1' (1×28×28). Put 'flatten' before it.",
        ),
        (
            "flatten conv2d(3, 3)",
            "conv2d 'conv1': expected channels×height×width, got 784 from 'flatten1' (784). "
            "It cannot stand after 'flatten'.",
        ),
        (
            "flatten pad(1)",
            "pad 'pad1': expected channels×height×width, got 784 from 'flatten1' (784). "
            "It cannot stand after 'flatten'.",
        ),
        (
            "avgpool2d(8) conv2d(3, 5)",
            "conv2d 'conv1': the window of 5×5 is larger than the input 1×3×3 from 'pool1' (1×3×3). "
            "Use a smaller kernel_size, more padding or fewer pooling layers.",
        ),
        ("conv2d(0, 5)", "conv2d: out_channels: expected a whole number of at least 1, got 0 in 'conv2d(0, 5)'."),
        ("conv2d(1, 0)", "conv2d: kernel_size: expected a whole number of at least 1, got 0 in 'conv2d(1, 0)'."),
        (
            "conv2d(1, 2, stride=0)",
            "conv2d: stride: expected a whole number of at least 1, got 0 in 'conv2d(1, 2, stride=0)'.",
        ),
        (
            "conv2d(1, 2, padding=2)",
            "conv2d: padding: expected a whole number of at least 0 and less than kernel_size, got 2 in "
            "'conv2d(1, 2, padding=2)'.",
        ),
        ("flatten linear(0)", "linear: out_features: expected a whole number of at least 1, got 0 in 'linear(0)'."),
        ("maxpool2d(0)", "maxpool2d: kernel_size: expected a whole number of at least 1, got 0 in 'maxpool2d(0)'."),
        (
            "avgpool2d(2, 0)",
            "avgpool2d: stride: expected a whole number of at least 1, got 0 in 'avgpool2d(2, stride=0)'.",
        ),
        ("batchnorm(0)", "batchnorm: eps: expected a finite number above 0, got 0.0 in 'batchnorm(eps=0)'."),
        ("batchnorm(nan)", "batchnorm: eps: expected a finite number above 0, got nan in 'batchnorm(eps=nan)'."),
        (
            "batchnorm(momentum=2)",
            "batchnorm: momentum: expected a finite number from 0 to 1, got 2.0 in 'batchnorm(momentum=2)'.",
        ),
        (
            "batchnorm(initial_var=-1)",
            "batchnorm: initial_var: expected a finite number of at least 0, got -1.0 in 'batchnorm(initial_var=-1)'.",
        ),
        (
            "flatten linear(80) rbf",
            "rbf 'rbf1': expected 84 input features, got 80 from 'linear1' (80). Check out_features of 'linear1'.",
        ),
        (
            "conv2d(4, 5) conv2d(16, 3, table=lenet5)",
            "conv2d 'conv2': its table names 6 input channels, got 4 from 'conv1' (4×24×24). "
            "Check the table and out_channels of 'conv1'.",
        ),
        (
            "conv2d(3, 5, table=(1, 1))",
            "conv2d: table: expected one number for each of 3 output channels, got 2 numbers "
            "in 'conv2d(3, 5, table=(1, 1))'.",
        ),
        (
            "conv2d(2, 5, table=(1, 0))",
            "conv2d: table: expected numbers that each connect at least one channel, got 0 "
            "in 'conv2d(2, 5, table=(1, 0))'.",
        ),
        (
            "conv2d(2, 5, table=lenet)",
            "conv2d: table: expected lenet5 or numbers in parentheses, got 'lenet' in 'conv2d(2, 5, table=lenet)'.",
        ),
        (
            "flatten local_response_norm(3)",
            "local_response_norm 'local_response_norm1': expected channels×height×width, got 784 "
            "from 'flatten1' (784). It cannot stand after 'flatten'.",
        ),
        (
            "subsample(0)",
            "subsample: kernel_size: expected a whole number of at least 1, got 0 in 'subsample(kernel_size=0)'.",
        ),
        (
            "leaky_relu(-1)",
            "leaky_relu: negative_slope: expected a finite number of at least 0, got -1.0 in "
            "'leaky_relu(negative_slope=-1)'.",
        ),
        (
            "dropout(1)",
            "dropout: p: expected a finite number of at least 0 and less than 1, got 1.0 in 'dropout(p=1)'.",
        ),
        (
            "local_response_norm(0)",
            "local_response_norm: size: expected a whole number of at least 1, got 0 in 'local_response_norm(0)'.",
        ),
        (
            "local_response_norm(2, k=0)",
            "local_response_norm: k: expected a finite number above 0, got 0.0 in 'local_response_norm(2, k=0)'.",
        ),
        ("pad(-1)", "pad: padding: expected a whole number of at least 0, got -1 in 'pad(-1)'."),
    ],
)
def test_messages(text: str, message: str) -> None:
    """Which layer, what it expected, what came, from where, and the likely mend."""
    with pytest.raises(NetworkError) as caught:
        load_network(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("shape", [(), (28, 28), (1, 0, 4), (1, 2, 3, 4)])
def test_input_shapes_that_are_none(shape: tuple[int, ...]) -> None:
    with pytest.raises(NetworkError, match="input: expected channels, height, width, all at least 1"):
        Network.parse("flatten", shape)


def test_a_network_needs_layers_and_an_input() -> None:
    with pytest.raises(NetworkError, match="at least one layer"):
        Network([], (1, 2, 2))
    with pytest.raises(NetworkError, match="input shape is not known"):
        Network.parse("flatten")


def test_classes_need_a_flat_end() -> None:
    with pytest.raises(NetworkError, match=r"ends in 2×26×26 from 'conv1'.*End it with"):
        _ = load_network("conv2d(2, 3)").classes
    assert load_network("flatten linear(3)").classes == 3
