"""Local response normalisation."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


class LocalResponseNorm(Module):
    """Divide each value by what its neighbours in the channels have:

    out_c = in_c · s_c^-beta,  s_c = k + alpha/size · Σ_d in_d²,  d = c - size//2 … c + (size - 1)//2.

    Source: Krizhevsky et al. (2012), section 3.3, with alpha divided by size as in PyTorch.
    """

    def __init__(self, layer: layers.LocalResponseNorm) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = layer.size, layer.alpha / layer.size, layer.beta, layer.k

    def forward(self, inputs: Array, training: bool) -> Array:
        self.inputs = inputs
        before, behind = self.size // 2, (self.size - 1) // 2
        self.s = self.k + self.alpha * self.neighbours(inputs**2, before, behind)
        return inputs * self.s**-self.beta

    def backward(self, gradient: Array) -> Array:
        """Each input stands above the line of its own output and below the line of every output that it neighbours:

        ∂in_d = ∂out_d · s_d^-beta - 2·alpha/size·beta · in_d · Σ_c ∂out_c · in_c · s_c^(-beta - 1),

        with c over the channels whose window holds d: the window turned round.
        """
        before, behind = (self.size - 1) // 2, self.size // 2
        shared = self.neighbours(gradient * self.inputs * self.s ** (-self.beta - 1), before, behind)
        return gradient * self.s**-self.beta - 2 * self.alpha * self.beta * self.inputs * shared

    def neighbours(self, images: Array, before: int, behind: int) -> Array:
        """Sum over a channel, ``before`` channels before it and ``behind`` channels behind it."""
        padded = np.pad(images, ((0, 0), (before, behind), (0, 0), (0, 0)))
        total: Array = sliding_window_view(padded, self.size, axis=1).sum(axis=-1)
        return total
