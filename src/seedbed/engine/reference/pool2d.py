"""Pooling: one number for each window of a channel."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.windows import add_windows, take_windows
from seedbed.network import layers


class _Pool2d(Module):
    """What both share: with ``ceil_mode`` the last windows reach beyond the bottom and the right border."""

    def __init__(self, layer: layers.AvgPool2d | layers.MaxPool2d) -> None:
        super().__init__()
        self.size, self.stride, self.overhang = layer.kernel_size, layer.step, layer.overhang
        self.shape: tuple[int, ...] = ()

    def windows(self, images: Array, beyond: float) -> Array:
        """Every window, with the value ``beyond`` where it reaches beyond the border."""
        below, right = (self.overhang(size) for size in images.shape[2:])
        widths = ((0, 0), (0, 0), (0, below), (0, right))
        return take_windows(np.pad(images, widths, constant_values=beyond), self.size, self.stride)

    def spread(self, windows: Array) -> Array:
        """Add every window to the pixels of the image it was taken from."""
        height, width = self.shape[2:]
        images = np.zeros((*self.shape[:2], height + self.overhang(height), width + self.overhang(width)))
        add_windows(images, windows, self.stride)
        return images[:, :, :height, :width]


class AvgPool2d(_Pool2d):
    """Mean of each window; every pixel of it gets an equal share of the gradient."""

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        # 1 for every pixel of the image, so that a window's sum is the number of pixels it really covers.
        self.pixels: Array = self.windows(np.ones((1, 1, *inputs.shape[2:])), 0).sum(axis=(4, 5))
        outputs: Array = self.windows(inputs, 0).sum(axis=(4, 5)) / self.pixels
        return outputs

    def backward(self, gradient: Array) -> Array:
        share = (gradient / self.pixels)[..., np.newaxis, np.newaxis]
        return self.spread(np.broadcast_to(share, (*gradient.shape, self.size, self.size)))


class MaxPool2d(_Pool2d):
    """Maximum of each window; its first place in reading order gets the whole gradient."""

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        windows = self.windows(inputs, -np.inf)
        in_reading_order = windows.reshape(*windows.shape[:4], self.size**2)
        self.place = in_reading_order.argmax(axis=4, keepdims=True)
        return np.take_along_axis(in_reading_order, self.place, axis=4)[..., 0]

    def backward(self, gradient: Array) -> Array:
        windows = np.zeros((*gradient.shape, self.size**2))
        np.put_along_axis(windows, self.place, gradient[..., np.newaxis], axis=4)
        return self.spread(windows.reshape(*gradient.shape, self.size, self.size))
