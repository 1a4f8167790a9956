"""Subsampling with a coefficient and a bias for each channel."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.windows import add_windows, take_windows
from seedbed.network import layers


class Subsample(Module):
    """out[n, c, y, x] = weight[c] · Σ_ij in[n, c, y·k + i, x·k + j] + bias[c].

    ``weight`` and ``bias`` have shape (c,). Source: LeCun et al. (1998), layers S2 and S4.
    """

    def __init__(self, layer: layers.Subsample) -> None:
        super().__init__()
        self.size = layer.kernel_size

    def forward(self, inputs: Array, training: bool) -> Array:
        self.shape = inputs.shape
        self.sums: Array = take_windows(inputs, self.size, self.size).sum(axis=(4, 5))
        outputs: Array = _spread(self.parameters["weight"]) * self.sums + _spread(self.parameters["bias"])
        return outputs

    def backward(self, gradient: Array) -> Array:
        self.gradients["weight"] = (gradient * self.sums).sum(axis=(0, 2, 3))
        self.gradients["bias"] = gradient.sum(axis=(0, 2, 3))
        by_pixel = (gradient * _spread(self.parameters["weight"]))[..., np.newaxis, np.newaxis]
        by_input = np.zeros(self.shape)
        add_windows(by_input, np.broadcast_to(by_pixel, (*gradient.shape, self.size, self.size)), self.size)
        return by_input


def _spread(per_channel: Array) -> Array:
    """Shape (c,) as (1, c, 1, 1)."""
    return per_channel.reshape(1, -1, 1, 1)
