"""Pooling: one number for each window of a channel."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.windows import add_windows, take_windows
from seedbed.network import layers


class AvgPool2d(Module):
    """Mean of each window; every pixel of it gets an equal share of the gradient."""

    def __init__(self, layer: layers.AvgPool2d) -> None:
        super().__init__()
        self.size, self.stride = layer.kernel_size, layer.step

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        outputs: Array = take_windows(inputs, self.size, self.stride).mean(axis=(4, 5))
        return outputs

    def backward(self, gradient: Array) -> Array:
        share = gradient[..., np.newaxis, np.newaxis] / self.size**2
        by_input = np.zeros(self.shape)
        add_windows(by_input, np.broadcast_to(share, (*gradient.shape, self.size, self.size)), self.stride)
        return by_input


class MaxPool2d(Module):
    """Maximum of each window; its first place in reading order gets the whole gradient."""

    def __init__(self, layer: layers.MaxPool2d) -> None:
        super().__init__()
        self.size, self.stride = layer.kernel_size, layer.step

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        windows = take_windows(inputs, self.size, self.stride)
        in_reading_order = windows.reshape(*windows.shape[:4], self.size**2)
        self.place = in_reading_order.argmax(axis=4, keepdims=True)
        return np.take_along_axis(in_reading_order, self.place, axis=4)[..., 0]

    def backward(self, gradient: Array) -> Array:
        windows = np.zeros((*gradient.shape, self.size**2))
        np.put_along_axis(windows, self.place, gradient[..., np.newaxis], axis=4)
        by_input = np.zeros(self.shape)
        add_windows(by_input, windows.reshape(*gradient.shape, self.size, self.size), self.stride)
        return by_input
