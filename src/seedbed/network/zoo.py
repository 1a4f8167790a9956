"""Networks with a name.

``lenet5``, ``lenet5+`` and ``lenet5++`` are the three models of the report "Understanding and Improving Convolutional
Neural Networks" (SimpleNN), with LeCun et al. (1998) as their ancestor: full connections in the second convolution,
plain pooling, plain tanh. The report does not state the pooling; its code's own example uses the average, as LeCun did.
Its batch normalisation keeps the biased variance and starts the running one at 0.

``lenet5-1998`` is the original: trained subsampling, Table I, the scaled tanh, distances to pictures of the digits as
its output, 60,000 parameters (LeCun et al. 1998); ``tang`` the fully connected network of Tang (2013), behind its PCA;
``svm-cnn`` the small network for images on which softmax and a linear SVM are compared; ``multilayer-cnn`` and
``cifar-tutorial`` those of TensorFlow's tutorials on MNIST and CIFAR-10. The last takes images of 24×24; its
convolutions and pools are "SAME".
"""

import difflib
import re
from collections.abc import Iterable

from seedbed.errors import NetworkError, compose
from seedbed.network.layers import LAYERS, Layer, Shape
from seedbed.network.network import Architecture, Network
from seedbed.notation import checked

_NORM = "batchnorm(unbiased=false, initial_var=0)"
_RESPONSE_NORM = "local_response_norm(9, alpha=0.001)"


def _lenet5(act: str, norm: str, output: str) -> str:
    then = f"{norm} {act}" if norm else act
    text = (
        f"conv2d(6, 5, padding=2) {then} avgpool2d(2) conv2d(16, 5) {then} avgpool2d(2) "
        f"flatten linear(120) {then} linear(84) {then} linear(10) {norm} {output}"
    )
    return " ".join(text.split())


ZOO: dict[str, str] = {
    "lenet5": _lenet5("tanh", "", "sigmoid"),
    "lenet5+": _lenet5("relu", "", ""),
    "lenet5++": _lenet5("relu", _NORM, ""),
    "softmax": "flatten linear(10)",
    "mlp": "flatten linear(32) relu linear(32) relu linear(10)",
    "lenet5-1998": (
        "pad(2) conv2d(6, 5) scaled_tanh subsample(2) scaled_tanh "
        "conv2d(16, 5, table=lenet5) scaled_tanh subsample(2) scaled_tanh "
        "conv2d(120, 5) scaled_tanh flatten linear(84) scaled_tanh rbf"
    ),
    "tang": "flatten linear(512) relu linear(512) relu linear(10)",
    "svm-cnn": (
        "conv2d(32, 3) relu maxpool2d(2) conv2d(64, 3) relu maxpool2d(2) conv2d(128, 3) relu "
        "flatten linear(64) relu linear(10)"
    ),
    "multilayer-cnn": (
        "conv2d(32, 5, padding=2) relu maxpool2d(2) conv2d(64, 5, padding=2) relu maxpool2d(2) "
        "flatten linear(1024) relu dropout(0.5) linear(10)"
    ),
    "cifar-tutorial": (
        f"conv2d(64, 5, padding=2) relu maxpool2d(3, stride=2, ceil_mode=true) {_RESPONSE_NORM} "
        f"conv2d(64, 5, padding=2) relu {_RESPONSE_NORM} maxpool2d(3, stride=2, ceil_mode=true) "
        "flatten linear(384) relu linear(192) relu linear(10)"
    ),
}
"""Text of each named network, without its input; where a recipe is made of one, it follows the data."""

_DIGITS = 10

_CLASSES = re.compile(r"linear\((\d+)\)(?!.*(linear|rbf))")
_UNPADDED = re.compile(r"conv2d\((\d+), (\d+)(?!, padding)(?=[,)])")

DEFAULT_INPUT_SHAPE: Shape = (1, 28, 28)
"""What a network is shown with when no data set says otherwise."""


def zoo_name(network: object) -> str | None:
    """The name of the zoo that is meant, if it is one."""
    name = network.strip() if isinstance(network, str) else ""
    return name if name in ZOO else None


def name_of(text: str) -> str | None:
    """The name of the zoo that a text was made of, for any number of classes, padded or not."""
    found = _CLASSES.search(text)
    for name, written in ZOO.items():
        own = _CLASSES.sub(found[0], written) if found else written
        if text in (own, padded(own)):
            return name
    return None


def for_classes(name: str, classes: int) -> str:
    """The text of a name of the zoo with an output for each class.

    Raises
    ------
    NetworkError
        Its output is made for ten classes: pictures of the digits.
    """
    text = ZOO[name]
    if _CLASSES.search(text):
        return _CLASSES.sub(f"linear({classes})", text)
    if classes > _DIGITS:
        hint = "Take 'lenet5', whose last layer follows the data."
        raise NetworkError(
            f"{name}: its outputs are distances to pictures of the {_DIGITS} digits, the data has {classes} classes. "
            f"{hint}",
            expected=f"at most {_DIGITS} classes",
            got=str(classes),
            hint=hint,
        )
    return text


def padded(text: str) -> str:
    """A text of the zoo whose convolutions all keep the size of their images, so that small ones go through."""
    return _UNPADDED.sub(lambda found: f"{found[0]}, padding={int(found[2]) // 2}", text)


def network_text(network: "str | Network | Iterable[Layer]") -> str:
    """A network as text, whatever it is given as: a name, a text, a network or layers in a row.

    Raises
    ------
    NetworkError
        It is something else.
    """
    return str(network) if isinstance(network, str | Network) else " ".join(map(str, _layers(network)))


def read_network(network: "str | Network | Architecture | Iterable[Layer]") -> Architecture:
    """The layers of a name of the zoo, a text, a network or a row of layers, read at most once.

    Raises
    ------
    NotationError, NetworkError
    """
    if isinstance(network, Architecture):
        return network
    if isinstance(network, Network):
        return Architecture(str(network), _layers(network.layers), network.input_shape)
    if not isinstance(network, str):
        layers = _layers(network)
        return Architecture(" ".join(map(str, layers)), layers)
    text = network.strip()
    if text not in ZOO and text.replace("-", "").replace("+", "").isalnum() and text not in LAYERS:
        near = difflib.get_close_matches(text, ZOO, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else ""
        raise NetworkError(
            f"unknown network '{text}'.{f' {hint}' if hint else ''} Known: {', '.join(ZOO)}; "
            "or write layers: 'flatten linear(10)'.",
            expected=f"one of {', '.join(ZOO)}, or layers such as 'flatten linear(10)'",
            got=text,
            hint=hint,
            text=text,
            span=(0, len(text)),
        )
    return Architecture.parse(ZOO.get(text, text))


def load_network(
    network: "str | Network | Architecture | Iterable[Layer]", input_shape: Shape | None = None
) -> Network:
    """Turn a name of the zoo, a text, a network or a row of layers into a network.

    Parameters
    ----------
    network : str, Network, Architecture or list of layers
        ``"lenet5++"`` or ``"conv2d(6, 5) relu flatten linear(10)"``.
    input_shape : (channels, height, width), optional
        Shape of the images it is for; without it, that of the text, else 1×28×28.

    Raises
    ------
    NotationError, NetworkError
    """
    architecture = read_network(network)
    return architecture.build(input_shape or architecture.input_shape or DEFAULT_INPUT_SHAPE)


def _layers(network: object) -> tuple[Layer, ...]:
    expected = "a name such as 'lenet5', a text such as 'flatten linear(10)', a Network or a list of layers"
    if isinstance(network, type | Layer) or not isinstance(network, Iterable):
        got = repr(network)
        raise NetworkError(compose("network", expected, got), expected=expected, got=got)
    layers = tuple(network)
    for number, layer in enumerate(layers, 1):
        if not isinstance(layer, Layer):
            got = f"number {number} of the list is {layer!r}"
            raise NetworkError(f"network: expected {expected}; {got}.", expected=expected, got=got)
    return tuple(checked("layer", LAYERS, layer) for layer in layers)
