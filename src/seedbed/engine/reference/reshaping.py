"""Layers that only move values."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


def add_border(images: Array, width: int) -> Array:
    """Put zeros around each image: (n, c, h, w) becomes (n, c, h + 2·width, w + 2·width)."""
    return np.pad(images, ((0, 0), (0, 0), (width, width), (width, width)))


def cut_border(images: Array, width: int) -> Array:
    """Take a border away; the adjoint of ``add_border``."""
    height, length = images.shape[2:]
    return images[:, :, width : height - width, width : length - width]


class Pad(Module):
    """A border of zeros."""

    def __init__(self, layer: layers.Pad) -> None:
        super().__init__()
        self.padding = layer.padding

    def forward(self, inputs: Array, training: bool) -> Array:
        return add_border(inputs, self.padding)

    def backward(self, gradient: Array) -> Array:
        return cut_border(gradient, self.padding)


class Flatten(Module):
    """(n, c, h, w) as (n, c·h·w): channels, rows, columns in one row."""

    def __init__(self, layer: layers.Flatten) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        return inputs.reshape(len(inputs), int(np.prod(inputs.shape[1:])))

    def backward(self, gradient: Array) -> Array:
        return gradient.reshape(self.shape)
