"""Functions of single values, and softmax. Where it can be, a derivative is written in terms of the result."""

from math import pi, sqrt

import numpy as np
from scipy.special import erf

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


class Tanh(Module):
    """t = tanh(z); dt/dz = 1 - t²."""

    def __init__(self, layer: layers.Tanh) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.outputs: Array = np.tanh(inputs)
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        return gradient * (1 - self.outputs**2)


class ScaledTanh(Module):
    """t = a·tanh(b·z) with a = 1.7159, b = 2/3; dt/dz = b·(a - t²/a)."""

    def __init__(self, layer: layers.ScaledTanh) -> None:
        super().__init__()
        self.a, self.b = layer.amplitude, layer.slope

    def forward(self, inputs: Array, training: bool) -> Array:
        self.outputs: Array = self.a * np.tanh(self.b * inputs)
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        return gradient * self.b * (self.a - self.outputs**2 / self.a)


class ReLU(Module):
    """r = max(z, 0); dr/dz = 1 where z > 0, else 0."""

    def __init__(self, layer: layers.ReLU) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.outputs = np.maximum(inputs, 0)
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        return gradient * (self.outputs > 0)


def _sigmoid(inputs: Array) -> Array:
    # exp(-z) of a very negative z overflows to infinity, and 1 / infinity is the right answer.
    with np.errstate(over="ignore"):
        outputs: Array = 1 / (1 + np.exp(-inputs))
    return outputs


class Sigmoid(Module):
    """s = 1 / (1 + exp(-z)); ds/dz = s·(1 - s), or with ``gradient=tanh`` what is not its derivative, 1 - s²."""

    def __init__(self, layer: layers.Sigmoid) -> None:
        super().__init__()
        self.gradient = layer.gradient

    def forward(self, inputs: Array, training: bool) -> Array:
        self.outputs = _sigmoid(inputs)
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        if self.gradient == "tanh":
            return gradient * (1 - self.outputs * self.outputs)
        return gradient * self.outputs * (1 - self.outputs)


class LeakyReLU(Module):
    """r = z where z > 0, else slope·z; dr/dz = 1 or slope."""

    def __init__(self, layer: layers.LeakyReLU) -> None:
        super().__init__()
        self.slope = layer.negative_slope

    def forward(self, inputs: Array, training: bool) -> Array:
        self.derivative: Array = np.where(inputs > 0, 1.0, self.slope)
        return inputs * self.derivative

    def backward(self, gradient: Array) -> Array:
        return gradient * self.derivative


class SiLU(Module):
    """y = z·s with s = 1 / (1 + exp(-z)); dy/dz = s + z·s·(1 - s)."""

    def __init__(self, layer: layers.SiLU) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.inputs, self.sigmoid = inputs, _sigmoid(inputs)
        return inputs * self.sigmoid

    def backward(self, gradient: Array) -> Array:
        return gradient * self.sigmoid * (1 + self.inputs * (1 - self.sigmoid))


class GELU(Module):
    """y = z·Φ(z) with Φ(z) = ½·(1 + erf(z/√2)); dy/dz = Φ(z) + z·φ(z), φ(z) = exp(-z²/2) / √(2π)."""

    def __init__(self, layer: layers.GELU) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.inputs = inputs
        self.below: Array = (1 + erf(inputs / sqrt(2))) / 2
        outputs: Array = inputs * self.below
        return outputs

    def backward(self, gradient: Array) -> Array:
        density = np.exp(-(self.inputs**2) / 2) / sqrt(2 * pi)
        by_input: Array = gradient * (self.below + self.inputs * density)
        return by_input


class Softmax(Module):
    """p_k = exp(z_k) / Σ_j exp(z_j); dp_k/dz_j = p_k·([k = j] - p_j)."""

    def __init__(self, layer: layers.Softmax) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        # Taking the largest away changes nothing but keeps exp from overflowing.
        powers: Array = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        total: Array = powers.sum(axis=1, keepdims=True)
        self.outputs = powers / total
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        mean: Array = (gradient * self.outputs).sum(axis=1, keepdims=True)
        return self.outputs * (gradient - mean)
