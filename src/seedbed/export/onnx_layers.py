"""Every layer and input step as operations of ONNX."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from seedbed.data.preparation import PCA, Crop, FittedInput, InputStep, PadInput, StandardizeImage
from seedbed.data.preparation.input_steps import Numbers
from seedbed.export.exported import Exported
from seedbed.export.lacking import lacks
from seedbed.export.neighbours import neighbour_weights
from seedbed.export.onnx_graph import Graph
from seedbed.network import Node, Shape, layers

_FLOAT = 1


def write_input(graph: Graph, input: FittedInput, value: str) -> str:
    """Stored images become what enters the network."""
    value = graph.add("Cast", [value], "input", to=_FLOAT)
    shape = input.stored_shape
    for place, (step, numbers) in enumerate(zip(input.steps, input.numbers, strict=True)):
        value = _write_step(graph, step, numbers, shape, value, f"input.{place}")
        shape = step.output_shape(shape)
    return value


def _write_step(graph: Graph, step: InputStep, numbers: Numbers, shape: Shape, value: str, name: str) -> str:
    match step:
        case StandardizeImage():
            axes = [1, 2, 3]
            distance = graph.add("Sub", [value, graph.add("ReduceMean", [value], name, axes=axes)], name)
            variance = graph.add("ReduceMean", [graph.add("Mul", [distance, distance], name)], name, axes=axes)
            std = graph.add("Sqrt", [variance], name)
            floor = graph.constant(numbers["floor"], f"{name}.floor")
            return graph.add("Div", [distance, graph.add("Max", [std, floor], name)], name)
        case PCA():
            mean = graph.constant(numbers["mean"], f"{name}.mean")
            components = graph.constant(numbers["components"].T, f"{name}.components")
            distance = graph.add("Sub", [graph.add("Flatten", [value], name, axis=1), mean], name)
            found = graph.add("MatMul", [distance, components], name)
            return graph.add("Unsqueeze", [found, graph.constant([2, 3], f"{name}.axes", np.int64)], name)
        case Crop(size):
            begin = [(length - size) // 2 for length in shape[1:]]
            ends = [first + size for first in begin]
            bounds = (
                graph.constant(each, f"{name}.{what}", np.int64)
                for what, each in (("begin", begin), ("end", ends), ("axes", [2, 3]))
            )
            return graph.add("Slice", [value, *bounds], name)
        case PadInput(size):
            return _pad(graph, value, name, size)
    scale, shift = (graph.constant(numbers[key][:, None, None], f"{name}.{key}") for key in ("scale", "shift"))
    return graph.add("Add", [graph.add("Mul", [value, scale], name), shift], name)


def write_network(graph: Graph, exported: Exported, value: str) -> str:
    """All layers.

    Raises
    ------
    EngineError
        There is no way to write a layer.
    """
    for node in exported.network.nodes:
        kind = type(node.layer)
        if kind not in OPERATIONS:
            raise lacks("onnx", node)
        numbers = {key: graph.constant(array, f"{node.name}.{key}") for key, array in exported.of(node).items()}
        value = OPERATIONS[kind](graph, node, node.layer, numbers, value)
    return value


def write_ending(graph: Graph, exported: Exported, value: str, output: str) -> None:
    """Outputs of the last layer become probabilities."""
    count = len(exported.classes)
    if count < exported.network.classes:
        bounds = (graph.constant([each], f"classes.{each}", np.int64) for each in (0, count, 1))
        value = graph.add("Slice", [value, *bounds], "classes")
    if exported.ending == "softmax":
        graph.add("Softmax", [value], "classes", output, axis=1)
    elif exported.ending == "shares":
        least = graph.constant(np.finfo(np.float32).tiny, "classes.tiny")
        value = graph.add("Max", [value, least], "classes")
        total = graph.add("ReduceSum", [value, graph.constant([1], "classes.axes", np.int64)], "classes")
        graph.add("Div", [value, total], "classes", output)
    else:
        graph.add("Identity", [value], "classes", output)


_Names = dict[str, str]


def _conv2d(graph: Graph, node: Node, layer: layers.Conv2d, numbers: _Names, value: str) -> str:
    size, border = layer.kernel_size, layer.padding
    return graph.add(
        "Conv",
        [value, *numbers.values()],
        node.name,
        kernel_shape=[size, size],
        strides=[layer.stride, layer.stride],
        pads=[border] * 4,
    )


def _linear(graph: Graph, node: Node, layer: layers.Linear, numbers: _Names, value: str) -> str:
    return graph.add("Gemm", [value, *numbers.values()], node.name, transB=1)


def _pool(graph: Graph, node: Node, layer: layers.AvgPool2d | layers.MaxPool2d, numbers: _Names, value: str) -> str:
    # The border stands for ceil_mode, whose meaning differs between runtimes; it counts in neither kind of pool.
    below, right = (layer.overhang(size) for size in node.input_shape[1:])
    kind = "MaxPool" if isinstance(layer, layers.MaxPool2d) else "AveragePool"
    size, step = [layer.kernel_size] * 2, [layer.step] * 2
    return graph.add(kind, [value], node.name, kernel_shape=size, strides=step, pads=[0, 0, below, right])


def _subsample(graph: Graph, node: Node, layer: layers.Subsample, numbers: _Names, value: str) -> str:
    size, channels = layer.kernel_size, node.input_shape[0]
    ones = graph.constant(np.ones((channels, 1, size, size)), f"{node.name}.window")
    total = graph.add("Conv", [value, ones], node.name, kernel_shape=[size] * 2, strides=[size] * 2, group=channels)
    axes = graph.constant([1, 2], f"{node.name}.axes", np.int64)
    weight, bias = (graph.add("Unsqueeze", [numbers[key], axes], node.name) for key in ("weight", "bias"))
    return graph.add("Add", [graph.add("Mul", [total, weight], node.name), bias], node.name)


def _rbf(graph: Graph, node: Node, layer: layers.RBF, numbers: _Names, value: str) -> str:
    inside = graph.constant([1], f"{node.name}.inside", np.int64)
    last = graph.constant([2], f"{node.name}.last", np.int64)
    distance = graph.add("Sub", [graph.add("Unsqueeze", [value, inside], node.name), numbers["centers"]], node.name)
    total = graph.add("ReduceSum", [graph.add("Mul", [distance, distance], node.name), last], node.name, keepdims=0)
    return graph.add("Neg", [total], node.name)


def _batchnorm(graph: Graph, node: Node, layer: layers.BatchNorm, numbers: _Names, value: str) -> str:
    own = [numbers[key] for key in ("weight", "bias", "running_mean", "running_var")]
    return graph.add("BatchNormalization", [value, *own], node.name, epsilon=layer.eps)


def _response_norm(graph: Graph, node: Node, layer: layers.LocalResponseNorm, numbers: _Names, value: str) -> str:
    # ONNX's own LRN counts the neighbours of an even size from the other side.
    weights = neighbour_weights(node.input_shape[0], layer)[:, :, None, None]
    inputs = [
        graph.add("Mul", [value, value], node.name),
        graph.constant(weights, f"{node.name}.neighbours"),
        graph.constant(np.full(len(weights), layer.k), f"{node.name}.k"),
    ]
    total = graph.add("Conv", inputs, node.name, kernel_shape=[1, 1])
    power = graph.add("Pow", [total, graph.constant(layer.beta, f"{node.name}.beta")], node.name)
    return graph.add("Div", [value, power], node.name)


def _scaled_tanh(graph: Graph, node: Node, layer: layers.ScaledTanh, numbers: _Names, value: str) -> str:
    slope, amplitude = (
        graph.constant(number, f"{node.name}.{what}")
        for what, number in (("slope", layer.slope), ("amplitude", layer.amplitude))
    )
    bent = graph.add("Tanh", [graph.add("Mul", [value, slope], node.name)], node.name)
    return graph.add("Mul", [bent, amplitude], node.name)


def _silu(graph: Graph, node: Node, layer: layers.SiLU, numbers: _Names, value: str) -> str:
    return graph.add("Mul", [value, graph.add("Sigmoid", [value], node.name)], node.name)


def _gelu(graph: Graph, node: Node, layer: layers.GELU, numbers: _Names, value: str) -> str:
    root, one, half = (
        graph.constant(number, f"{node.name}.{what}")
        for what, number in (("root", sqrt(2)), ("one", 1.0), ("half", 0.5))
    )
    below = graph.add("Erf", [graph.add("Div", [value, root], node.name)], node.name)
    doubled = graph.add("Mul", [value, graph.add("Add", [below, one], node.name)], node.name)
    return graph.add("Mul", [doubled, half], node.name)


def _pad(graph: Graph, value: str, name: str, size: int) -> str:
    widths = graph.constant([0, 0, size, size] * 2, f"{name}.widths", np.int64)
    return graph.add("Pad", [value, widths], name)


def _one(operation: str, **attributes: Any) -> Callable[[Graph, Node, Any, _Names, str], str]:
    def write(graph: Graph, node: Node, layer: layers.Layer, numbers: _Names, value: str) -> str:
        return graph.add(operation, [value], node.name, **attributes)

    return write


# Any: each entry takes its own kind of layer, which its key names.
OPERATIONS: dict[type[layers.Layer], Callable[[Graph, Node, Any, _Names, str], str]] = {
    layers.Conv2d: _conv2d,
    layers.Linear: _linear,
    layers.AvgPool2d: _pool,
    layers.MaxPool2d: _pool,
    layers.Subsample: _subsample,
    layers.RBF: _rbf,
    layers.BatchNorm: _batchnorm,
    layers.LocalResponseNorm: _response_norm,
    layers.Dropout: lambda graph, node, layer, numbers, value: value,
    layers.Tanh: _one("Tanh"),
    layers.ScaledTanh: _scaled_tanh,
    layers.ReLU: _one("Relu"),
    layers.LeakyReLU: lambda graph, node, layer, numbers, value: graph.add(
        "LeakyRelu", [value], node.name, alpha=layer.negative_slope
    ),
    layers.SiLU: _silu,
    layers.GELU: _gelu,
    layers.Sigmoid: _one("Sigmoid"),
    layers.Softmax: _one("Softmax", axis=1),
    layers.Flatten: _one("Flatten", axis=1),
    layers.Pad: lambda graph, node, layer, numbers, value: _pad(graph, value, node.name, layer.padding),
}
"""What writes each kind of layer, given the names of its numbers and of its input; gives that of its output."""
