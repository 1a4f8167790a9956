"""Distances to fixed pictures of the classes."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


class RBF(Module):
    """out[n, k] = -Σ_j (in[n, j] - centers[k, j])²; d out[n, k] / d in[n, j] = -2·(in[n, j] - centers[k, j]).

    ``centers`` has shape (classes, features) and is not trained. Source: LeCun et al. (1998), equation 7.
    """

    def __init__(self, layer: layers.RBF) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.difference = inputs[:, np.newaxis, :] - self.buffers["centers"]  # (n, classes, features)
        outputs: Array = -(self.difference**2).sum(axis=2)
        return outputs

    def backward(self, gradient: Array) -> Array:
        by_input: Array = (gradient[:, :, np.newaxis] * -2 * self.difference).sum(axis=1)
        return by_input
