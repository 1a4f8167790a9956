"""Functions of single values, and softmax. Their derivatives are written in terms of their results."""

import numpy as np

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


class ReLU(Module):
    """r = max(z, 0); dr/dz = 1 where z > 0, else 0."""

    def __init__(self, layer: layers.ReLU) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.outputs = np.maximum(inputs, 0)
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        return gradient * (self.outputs > 0)


class Sigmoid(Module):
    """s = 1 / (1 + exp(-z)); ds/dz = s·(1 - s)."""

    def __init__(self, layer: layers.Sigmoid) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        # exp(-z) of a very negative z overflows to infinity, and 1 / infinity is the right answer.
        with np.errstate(over="ignore"):
            self.outputs = 1 / (1 + np.exp(-inputs))
        return self.outputs

    def backward(self, gradient: Array) -> Array:
        return gradient * self.outputs * (1 - self.outputs)


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
