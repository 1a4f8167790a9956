"""Convolution."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.reshaping import add_border, cut_border
from seedbed.engine.reference.windows import add_windows, take_windows
from seedbed.network import layers


class Conv2d(Module):
    """Slide learned square kernels over the image, as a cross-correlation:

    out[n, o, y, x] = bias[o] + Σ_cij weight[o, c, i, j] · in[n, c, y·stride + i - padding, x·stride + j - padding].

    ``weight`` has shape (out, in, k, k), ``bias`` (out,); weights of a pair of channels
    that a table leaves out count as 0. Source: LeCun et al. (1998), section II.
    """

    def __init__(self, layer: layers.Conv2d) -> None:
        super().__init__()
        self.size, self.stride, self.padding = layer.kernel_size, layer.stride, layer.padding
        self.connections = layer.connections

    def forward(self, inputs: Array, training: bool) -> Array:
        self.inputs = add_border(inputs, self.padding)
        self.weight = self._connected(self.parameters["weight"])
        windows = take_windows(self.inputs, self.size, self.stride)
        outputs = np.tensordot(
            windows, self._connected(self.parameters["weight"]), axes=((1, 4, 5), (1, 2, 3))
        )  # (n, y, x, o)
        if "bias" in self.parameters:
            outputs += self.parameters["bias"]
        return outputs.transpose(0, 3, 1, 2)

    def backward(self, gradient: Array) -> Array:
        windows = take_windows(self.inputs, self.size, self.stride)
        self.gradients["weight"] = self._connected(np.tensordot(gradient, windows, axes=((0, 2, 3), (0, 2, 3))))
        if "bias" in self.parameters:
            self.gradients["bias"] = gradient.sum(axis=(0, 2, 3))
        by_window = np.tensordot(
            gradient, self._connected(self.parameters["weight"]), axes=(1, 0)
        )  # (n, y, x, c, i, j)
        by_input = np.zeros_like(self.inputs)
        add_windows(by_input, by_window.transpose(0, 3, 1, 2, 4, 5), self.stride)
        return cut_border(by_input, self.padding)

    def _connected(self, weight: Array) -> Array:
        """Weights, or their gradients, with 0 for pairs of channels that are not connected."""
        connected = self.connections(weight.shape[1])
        return weight if connected is None else weight * connected[:, :, np.newaxis, np.newaxis]
