"""One readable file of Python that answers with NumPy alone."""

import ast
import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.preparation import PCA, Crop, InputStep, PadInput, StandardizeImage
from seedbed.export.definitions import definitions, names_in
from seedbed.export.exported import Exported
from seedbed.export.lacking import lacks
from seedbed.export.written_code import constants, heading
from seedbed.network import Node, layers, shape_text

_WIDTH = 116
_USE = '''
    probabilities(images)    float32, shape (n, classes)
    predict(images)          names of classes
    python THIS_FILE.py IMAGES.npy
"""
'''
_ASKED = '''
def probabilities(images: np.ndarray) -> np.ndarray:
    """Probability of each class: float32, shape (n, classes)."""
    images = np.asarray(images)
    if images.ndim == 3 and SHAPE[0] == 1:
        images = images[:, None]
    if images.dtype != DTYPE or images.ndim != 4 or images.shape[1:] != SHAPE:
        raise ValueError(f"images: expected {DTYPE} of shape (n, *{SHAPE}), got {images.dtype} of {images.shape}")
    parts = [_answer(images[first : first + 256]) for first in range(0, len(images), 256)]
    return np.concatenate(parts) if parts else np.empty((0, len(CLASSES)), np.float32)


def predict(images: np.ndarray) -> list[str]:
    """Name of the likeliest class of each image."""
    return [CLASSES[place] for place in probabilities(images).argmax(axis=1)]


@functools.cache
def numbers() -> dict[str, np.ndarray]:
    """Parameters by name, float32, out of the text at the end of this file."""
    return {
        name: np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32).reshape(shape)
        for name, (shape, text) in _NUMBERS.items()
    }
'''
_CALLED = """
if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"Usage: {sys.argv[0]} IMAGES.npy")
    print(*predict(np.load(sys.argv[1])), sep="\\n")
"""


def numpy_source(exported: Exported) -> str:
    """The file.

    Raises
    ------
    EngineError
        A layer cannot be written.
    """
    lines = [*_input_lines(exported), *_layer_lines(exported), *_ending_lines(exported)]
    parts = definitions("seedbed.export", "numpy_layers", names_in(ast.parse("\n".join(lines))))
    text = "\n\n\n".join(parts)
    imports = ["base64", "functools", *(["math"] if "math." in text else []), "sys"]
    windows = ["from numpy.lib.stride_tricks import sliding_window_view"] if "sliding_window_view" in text else []
    answer = [
        "def _answer(images: np.ndarray) -> np.ndarray:",
        '    """Layer by layer; n holds what training has found."""',
        "    n = numbers()",
        "    x = images.astype(np.float32)",
        *(f"    {line}" for line in lines),
        "    return x",
    ]
    return "\n".join(
        [
            *[*heading(exported, "Python and NumPy"), _USE],
            *[*(f"import {name}" for name in imports), "", "import numpy as np", *windows, ""],
            *[
                *constants(exported),
                f"DTYPE, SHAPE = {exported.input.dtype!a}, {exported.input.stored_shape!a}",
                "",
                "",
            ],
            *[*answer, "", _ASKED, "", text, "", ""],
            *["# Parameters: shape, and float32 numbers, little-endian, as base64.", "_NUMBERS = {"],
            *(_stored(name, array) for name, array in _numbers(exported).items()),
            *["}", "", _CALLED],
        ]
    )


def _numbers(exported: Exported) -> dict[str, NDArray[np.float32]]:
    return {f"input.{name}": array for name, array in exported.input.arrays().items()} | exported.numbers


def _stored(name: str, array: NDArray[np.float32]) -> str:
    text = base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
    pieces = [text[first : first + _WIDTH] for first in range(0, len(text), _WIDTH)]
    shape = tuple(map(int, array.shape))
    return "\n".join([f'    "{name}": ({shape!a}, """', *pieces, '"""),'])


def _input_lines(exported: Exported) -> list[str]:
    return [f"{_step_line(step, f'input.{place}.')}  # {step}" for place, step in enumerate(exported.input.steps)]


def _step_line(step: InputStep, prefix: str) -> str:
    match step:
        case StandardizeImage():
            return f'x = standardize_image(x, n["{prefix}floor"])'
        case PCA():
            return f'x = pca(x, n["{prefix}mean"], n["{prefix}components"])'
        case Crop(size):
            return f"x = crop(x, {size})"
        case PadInput(size):
            return f"x = pad(x, {size}, {size}, {size}, {size})"
    return f'x = channels(x, n["{prefix}scale"], n["{prefix}shift"])'


def _layer_lines(exported: Exported) -> list[str]:
    lines = []
    for node in exported.network.nodes:
        kind = type(node.layer)
        if kind not in CALLS:
            raise lacks("numpy", node)
        call = CALLS[kind](node, node.layer)
        comment = f"{node.name}: {shape_text(node.output_shape)}"
        lines.append(f"x = {call}  # {comment}" if call else f"# {comment}: nothing to do when it answers")
    return lines


def _ending_lines(exported: Exported) -> list[str]:
    count = len(exported.classes)
    fewer = [f"x = x[:, :{count}]"] if count < exported.network.classes else []
    return [*fewer, *([] if exported.ending == "none" else [f"x = {exported.ending}(x)"])]


def _own(node: Node, *names: str) -> str:
    """The numbers of a layer as arguments; None for those it lacks."""
    known = node.parameter_shapes | node.buffer_shapes
    texts = ((f'n["{node.name}.{name}"]' if f"{node.name}.{name}" in known else "None") for name in names)
    return ", ".join(("x", *texts))


def _pool(node: Node, layer: layers.AvgPool2d | layers.MaxPool2d) -> str:
    below, right = (layer.overhang(size) for size in node.input_shape[1:])
    return f"{layer.notation}(x, {layer.kernel_size}, {layer.step}, {below}, {right})"


def _simple(node: Node, layer: layers.Layer) -> str:
    return f"{layer.notation}(x)"


# Any: each entry takes its own kind of layer, which its key names.
CALLS: dict[type[layers.Layer], Callable[[Node, Any], str]] = {
    layers.Conv2d: lambda node, layer: (
        f"conv2d({_own(node, 'weight', 'bias')}, stride={layer.stride}, padding={layer.padding})"
    ),
    layers.Linear: lambda node, layer: f"linear({_own(node, 'weight', 'bias')})",
    layers.AvgPool2d: _pool,
    layers.MaxPool2d: _pool,
    layers.Subsample: lambda node, layer: f"subsample({_own(node, 'weight', 'bias')}, {layer.kernel_size})",
    layers.RBF: lambda node, layer: f"rbf({_own(node, 'centers')})",
    layers.BatchNorm: lambda node, layer: (
        f"batchnorm({_own(node, 'weight', 'bias', 'running_mean', 'running_var')}, {layer.eps!r})"
    ),
    layers.LocalResponseNorm: lambda node, layer: (
        f"local_response_norm(x, {layer.size}, {layer.alpha!r}, {layer.beta!r}, {layer.k!r})"
    ),
    layers.Dropout: lambda node, layer: "",
    layers.Tanh: _simple,
    layers.ScaledTanh: lambda node, layer: f"scaled_tanh(x, {layer.amplitude!r}, {layer.slope!r})",
    layers.ReLU: _simple,
    layers.LeakyReLU: lambda node, layer: f"leaky_relu(x, {layer.negative_slope!r})",
    layers.SiLU: _simple,
    layers.GELU: _simple,
    layers.Sigmoid: _simple,
    layers.Softmax: _simple,
    layers.Flatten: _simple,
    layers.Pad: lambda node, layer: f"pad(x, {', '.join([str(layer.padding)] * 4)})",
}
"""The call of a function of `numpy_layers` for each kind of layer; none where there is nothing to do."""
