"""Dropout."""

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.reference.module import Array, Module
from seedbed.network import dropout_mask, layers


class Dropout(Module):
    """In training out = in / (1 - p) where the mask is true, else 0; in evaluation out = in.

    The mean over all masks is the input, so evaluation needs no scaling. Source: Srivastava et al. (2014), section 10.
    """

    def __init__(self, layer: layers.Dropout) -> None:
        super().__init__()
        self.p = layer.p

    def begin_batch(self, seed: int, epoch: int, samples: NDArray[np.int64]) -> None:
        self.seed, self.epoch, self.samples = seed, epoch, samples

    def forward(self, inputs: Array, training: bool) -> Array:
        self.factor: Array = np.ones(1)
        if training:
            mask = dropout_mask(self.p, self.seed, self.epoch, self.samples, self.index, inputs.shape[1:])
            self.factor = mask / (1 - self.p)
        return inputs * self.factor

    def backward(self, gradient: Array) -> Array:
        return gradient * self.factor
