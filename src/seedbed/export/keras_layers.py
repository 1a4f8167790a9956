"""Every layer and input step in Keras, with channels last."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from seedbed.data.preparation import PCA, Crop, FittedInput, InputStep, PadInput, StandardizeImage
from seedbed.data.preparation.input_steps import Numbers
from seedbed.export.exported import Exported
from seedbed.export.lacking import lacks
from seedbed.export.neighbours import neighbour_weights
from seedbed.network import Node, Shape, layers

# Keras is not typed: its tensors and layers are Any.
Arrays = dict[str, NDArray[np.float32]]
_LOWEST = float(np.finfo(np.float32).min)


def build_model(exported: Exported) -> Any:
    """The model with its numbers.

    Raises
    ------
    EngineError
        There is no way to write a layer.
    """
    channels, height, width = exported.input.stored_shape
    images = keras.Input((height, width, channels), dtype=exported.input.dtype, name="images")
    value = _prepared(exported.input, images)
    for node in exported.network.nodes:
        kind = type(node.layer)
        if kind not in LAYERS:
            raise lacks("keras", node)
        value = LAYERS[kind](node, node.layer, exported.of(node), value)
    return keras.Model(images, _probabilities(exported, value), name="seedbed")


def _prepared(input: FittedInput, value: Any) -> Any:
    value = keras.layers.Rescaling(1.0, name="input")(value)
    shape = input.stored_shape
    for place, (step, numbers) in enumerate(zip(input.steps, input.numbers, strict=True)):
        value = _step(step, numbers, shape, value, f"input{place}")
        shape = step.output_shape(shape)
    return value


def _step(step: InputStep, numbers: Numbers, shape: Shape, value: Any, name: str) -> Any:
    match step:
        case StandardizeImage():
            distance = value - ops.mean(value, axis=(1, 2, 3), keepdims=True)
            std = ops.sqrt(ops.mean(ops.square(distance), axis=(1, 2, 3), keepdims=True))
            return distance / ops.maximum(std, float(numbers["floor"][0]))
        case PCA(k):
            flat = _flat(value, shape, name)
            distance = keras.layers.Rescaling(1.0, offset=(-numbers["mean"]).tolist(), name=f"{name}_mean")(flat)
            components = keras.layers.Dense(k, use_bias=False, name=name)
            return keras.layers.Reshape((1, 1, k))(_filled(components, distance, numbers["components"].T))
        case Crop(size):
            begin = [(length - size) // 2 for length in shape[1:]]
            cut = [(first, length - size - first) for first, length in zip(begin, shape[1:], strict=True)]
            return keras.layers.Cropping2D(cut, data_format="channels_last", name=name)(value)
        case PadInput(size):
            return _padded(value, name, size)
    scale, shift = numbers["scale"].tolist(), numbers["shift"].tolist()
    return keras.layers.Rescaling(scale, offset=shift, name=name)(value)


def _probabilities(exported: Exported, value: Any) -> Any:
    if len(exported.classes) < exported.network.classes:
        value = value[:, : len(exported.classes)]
    if exported.ending == "softmax":
        return keras.layers.Softmax(name="probabilities")(value)
    if exported.ending == "shares":
        value = ops.maximum(value, float(np.finfo(np.float32).tiny))
        return value / ops.sum(value, axis=1, keepdims=True)
    return value


def _filled(layer: Any, value: Any, *numbers: NDArray[np.float32]) -> Any:
    """What a layer gives, with its numbers set."""
    result = layer(value)
    layer.set_weights(list(numbers))
    return result


def _padded(value: Any, name: str, size: int) -> Any:
    return keras.layers.ZeroPadding2D(size, data_format="channels_last", name=name)(value) if size else value


def _flat(value: Any, shape: Shape, name: str) -> Any:
    """Features in the order channels, rows, columns."""
    if len(shape) == 3 and shape[0] > 1 and shape[1:] != (1, 1):
        value = keras.layers.Permute((3, 1, 2), name=f"{name}_channels_first")(value)
    return keras.layers.Flatten(data_format="channels_last", name=f"{name}_flat")(value)


def _conv2d(node: Node, layer: layers.Conv2d, numbers: Arrays, value: Any) -> Any:
    convolution = keras.layers.Conv2D(
        layer.out_channels,
        layer.kernel_size,
        strides=layer.stride,
        use_bias=layer.bias,
        data_format="channels_last",
        name=node.name,
    )
    own = [numbers["weight"].transpose(2, 3, 1, 0), *([numbers["bias"]] if layer.bias else [])]
    return _filled(convolution, _padded(value, f"{node.name}_pad", layer.padding), *own)


def _linear(node: Node, layer: layers.Linear, numbers: Arrays, value: Any) -> Any:
    own = [numbers["weight"].T, *([numbers["bias"]] if layer.bias else [])]
    return _filled(keras.layers.Dense(layer.out_features, use_bias=layer.bias, name=node.name), value, *own)


def _overhang(node: Node, layer: layers.AvgPool2d | layers.MaxPool2d) -> list[tuple[int, int]]:
    below, right = (layer.overhang(size) for size in node.input_shape[1:])
    return [(0, 0), (0, below), (0, right), (0, 0)]


def _maxpool2d(node: Node, layer: layers.MaxPool2d, numbers: Arrays, value: Any) -> Any:
    border = _overhang(node, layer)
    if np.any(border):
        value = ops.pad(value, border, constant_values=_LOWEST)
    return keras.layers.MaxPooling2D(
        layer.kernel_size, strides=layer.step, data_format="channels_last", name=node.name
    )(value)


def _avgpool2d(node: Node, layer: layers.AvgPool2d, numbers: Arrays, value: Any) -> Any:
    border = _overhang(node, layer)
    pool = keras.layers.AveragePooling2D(
        layer.kernel_size, strides=layer.step, data_format="channels_last", name=node.name
    )
    if not np.any(border):
        return pool(value)
    # Zeros beyond the border count in the mean; each window is put right by how many it has.
    _, height, width = node.input_shape
    inside = np.pad(np.ones((1, height, width, 1), np.float32), border)
    rows, columns = node.output_shape[1:]
    share = np.array(
        [
            [
                inside[
                    0,
                    y * layer.step : y * layer.step + layer.kernel_size,
                    x * layer.step : x * layer.step + layer.kernel_size,
                ].mean()
                for x in range(columns)
            ]
            for y in range(rows)
        ]
    )
    factor = (1 / share).astype(np.float32)[:, :, None]
    return keras.layers.Rescaling(factor.tolist(), name=f"{node.name}_inside")(pool(ops.pad(value, border)))


def _subsample(node: Node, layer: layers.Subsample, numbers: Arrays, value: Any) -> Any:
    size = layer.kernel_size
    mean = keras.layers.AveragePooling2D(size, data_format="channels_last", name=f"{node.name}_window")(value)
    scaled = keras.layers.DepthwiseConv2D(1, data_format="channels_last", name=node.name)
    return _filled(scaled, mean, numbers["weight"][None, None, :, None] * size**2, numbers["bias"])


def _rbf(node: Node, layer: layers.RBF, numbers: Arrays, value: Any) -> Any:
    return -ops.sum(ops.square(ops.expand_dims(value, 1) - numbers["centers"]), axis=2)


def _batchnorm(node: Node, layer: layers.BatchNorm, numbers: Arrays, value: Any) -> Any:
    norm = keras.layers.BatchNormalization(axis=-1, momentum=1 - layer.momentum, epsilon=layer.eps, name=node.name)
    return _filled(norm, value, *(numbers[key] for key in ("weight", "bias", "running_mean", "running_var")))


def _response_norm(node: Node, layer: layers.LocalResponseNorm, numbers: Arrays, value: Any) -> Any:
    weights = neighbour_weights(node.input_shape[0], layer)
    total = keras.layers.Conv2D(len(weights), 1, data_format="channels_last", trainable=False, name=node.name)
    own = weights.T[None, None], np.full(len(weights), layer.k, np.float32)
    return value / ops.power(_filled(total, ops.square(value), *own), layer.beta)


def _activation(name: str) -> Callable[[Node, Any, Arrays, Any], Any]:
    return lambda node, layer, numbers, value: keras.layers.Activation(name, name=node.name)(value)


def _scaled_tanh(node: Node, layer: layers.ScaledTanh, numbers: Arrays, value: Any) -> Any:
    narrowed = keras.layers.Rescaling(layer.slope, name=f"{node.name}_slope")(value)
    bent = keras.layers.Activation("tanh", name=node.name)(narrowed)
    return keras.layers.Rescaling(layer.amplitude, name=f"{node.name}_amplitude")(bent)


# Any: each entry takes its own kind of layer, which its key names.
LAYERS: dict[type[layers.Layer], Callable[[Node, Any, Arrays, Any], Any]] = {
    layers.Conv2d: _conv2d,
    layers.Linear: _linear,
    layers.AvgPool2d: _avgpool2d,
    layers.MaxPool2d: _maxpool2d,
    layers.Subsample: _subsample,
    layers.RBF: _rbf,
    layers.BatchNorm: _batchnorm,
    layers.LocalResponseNorm: _response_norm,
    layers.Dropout: lambda node, layer, numbers, value: keras.layers.Dropout(layer.p, name=node.name)(value),
    layers.Tanh: _activation("tanh"),
    layers.ScaledTanh: _scaled_tanh,
    layers.ReLU: _activation("relu"),
    layers.LeakyReLU: lambda node, layer, numbers, value: keras.layers.LeakyReLU(
        negative_slope=layer.negative_slope, name=node.name
    )(value),
    layers.SiLU: _activation("silu"),
    # Keras's activation by its name is an approximation in no backend: approximate=False is its default.
    layers.GELU: _activation("gelu"),
    layers.Sigmoid: _activation("sigmoid"),
    layers.Softmax: lambda node, layer, numbers, value: keras.layers.Softmax(name=node.name)(value),
    layers.Flatten: lambda node, layer, numbers, value: _flat(value, node.input_shape, node.name),
    layers.Pad: lambda node, layer, numbers, value: _padded(value, node.name, layer.padding),
}
"""What applies each kind of layer to a tensor, with its numbers."""
