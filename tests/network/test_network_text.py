"""A network is its text."""

import copy
import pickle
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from strategies import networks

from seedbed.errors import NetworkError, NotationError
from seedbed.network import (
    LAYERS,
    ZOO,
    BatchNorm,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Network,
    ReLU,
    load_network,
)


@given(networks())
def test_text_and_network_are_one(network: Network) -> None:
    assert Network.parse(str(network)) == network
    assert str(Network.parse(str(network))) == str(network)
    assert hash(Network.parse(str(network))) == hash(network)


@given(networks())
def test_shapes_follow_each_other(network: Network) -> None:
    shape = network.input_shape
    for node in network.nodes:
        assert node.input_shape == shape
        shape = node.output_shape
    assert shape == network.output_shape
    assert len({node.name for node in network.nodes}) == len(network.nodes)


def test_arguments_are_pytorch_s() -> None:
    text = "input(3, 8, 8) conv2d(4, 3, stride=2, padding=1, bias=false, in_channels=3) flatten linear(10)"
    network = Network.parse(text)
    assert network.layers == (Conv2d(4, 3, stride=2, padding=1, bias=False, in_channels=3), Flatten(), Linear(10))
    assert str(network) == text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Conv2d(1, 8, 3),
            "got 3. Seedbed infers in_channels: Conv2d(8, 3). Its arguments: out_channels, kernel",
        ),
        (
            lambda: Linear(64, 10),
            "Linear: expected at most 1 argument without a name, got 2. Seedbed infers in_features: Li",
        ),
        (
            lambda: BatchNorm(16),
            "expected no argument without a name, got 1. Seedbed infers num_features: BatchNorm().",
        ),
        (lambda: MaxPool2d(2, 2, 1), "Its arguments: kernel_size, stride=None, ceil_mode=False."),
        (
            lambda: Conv2d(8, (3, 3)),
            "kernel_size: expected one whole number of at least 1, the same in both directions, got (3, 3)",
        ),
        (lambda: Conv2d("8", 3), "conv2d: out_channels: expected a whole number of at least 1, got '8'"),
        (lambda: Conv2d(8, 3, stride=None), "conv2d: stride: expected a whole number of at least 1, got none"),
        (lambda: Linear(True), "linear: out_features: expected a whole number of at least 1, got True"),
        (lambda: Conv2d(8), "Conv2d: argument 'kernel_size' is missing."),
        (lambda: Conv2d(8, 3, kernel_size=3), "Conv2d: argument 'kernel_size' is given twice."),
        (lambda: Conv2d(8, 3, dilation=2), "Conv2d: there is no argument 'dilation'. Its arguments: out_channels, "),
        (lambda: Flatten(1), "Flatten: expected no argument without a name, got 1. Its arguments: none."),
    ],
)
def test_arguments_of_objects_are_checked(make: Callable[[], Layer], message: str) -> None:
    with pytest.raises(NetworkError, match=re.escape(message)):
        make()


def test_text_takes_all_arguments_in_order() -> None:
    network = Network.parse("conv2d(6, 5, 1, 2) maxpool2d(3, 2, true) flatten linear(10, false)", (1, 8, 8))
    expected = [Conv2d(6, 5, padding=2), MaxPool2d(3, 2, ceil_mode=True), Flatten(), Linear(10, bias=False)]
    assert network == Network(expected, (1, 8, 8))


def test_layers_are_copied_and_take_whole_numbers_of_numpy() -> None:
    layer = Conv2d(np.int64(8), 3, stride=np.uint8(2), table=tuple([1] * 8))
    assert type(layer.out_channels) is type(layer.stride) is int
    assert copy.deepcopy(layer) == pickle.loads(pickle.dumps(layer)) == layer
    assert replace(layer, bias=False) == Conv2d(8, 3, stride=2, bias=False, table=tuple([1] * 8))


def test_defaults_are_left_out() -> None:
    assert (
        str(Network.parse("conv2d(4, 3, stride=1, padding=0, bias=true)", (1, 5, 5))) == "input(1, 5, 5) conv2d(4, 3)"
    )


def test_commas_between_layers_are_optional() -> None:
    assert Network.parse("tanh, relu flatten", (1, 2, 2)) == Network.parse("tanh relu flatten", (1, 2, 2))


@pytest.mark.parametrize("name", ZOO)
def test_names_of_the_zoo(name: str) -> None:
    assert load_network(name) == Network.parse(ZOO[name], (1, 28, 28))
    assert load_network(name, (3, 32, 32)).input_shape == (3, 32, 32)
    assert load_network(f" {name} ") == load_network(name)


def test_load_network_takes_text_and_networks() -> None:
    built = load_network("flatten linear(3)")
    assert built.input_shape == (1, 28, 28)
    assert load_network(built) == built
    assert load_network(built, (1, 28, 28)) == built
    assert load_network("input(1, 4, 4) flatten").input_shape == (1, 4, 4)


def test_input_must_agree_with_the_data() -> None:
    with pytest.raises(NetworkError, match=r"expects images of 1×8×8, the data has 3×8×8.*Leave out"):
        Network.parse("input(1, 8, 8) flatten", (3, 8, 8))


@pytest.mark.parametrize("text", ["input(1, 2.5, 3) flatten", "input(c=1) flatten", "input(x, 2, 3) flatten"])
def test_input_is_whole_numbers(text: str) -> None:
    with pytest.raises(NetworkError, match="three whole numbers"):
        Network.parse(text)


def test_unknown_layers_are_named_with_a_guess() -> None:
    with pytest.raises(NotationError, match=r"unknown layer 'conv2'\. Did you mean 'conv2d'\?") as caught:
        load_network("conv2(3, 3)")
    assert all(name in str(caught.value) for name in LAYERS)


def test_a_network_without_end_is_refused_at_once() -> None:
    with pytest.raises(NetworkError, match="layers: expected at most 1,000, got 20,001"):
        Network.parse("flatten " + "linear(10) " * 20_000, (1, 8, 8))
    with pytest.raises(NetworkError, match="layers: expected at most 1,000, got 1,001"):
        Network([Flatten(), *[Linear(10)] * 1000], (1, 8, 8))
    assert len(Network.parse("flatten " + "linear(10) " * 999, (1, 8, 8)).layers) == 1000


def test_a_subclass_of_a_layer_is_refused_because_engines_would_run_its_parent() -> None:
    class Mine(ReLU):
        pass

    for made in (lambda: load_network([Flatten(), Mine(), Linear(10)]), lambda: Network([Mine()], (1, 8, 8))):
        with pytest.raises(NotationError) as caught:
            made()
        assert str(caught.value).startswith(
            "layer 'relu': Mine is a subclass of ReLU; no engine would run what it adds."
        )
