"""Batch normalisation."""

import numpy as np

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


class BatchNorm(Module):
    """Shift and scale each channel (or feature) to mean 0 and variance 1, then let the network choose both anew:

    out = weight · (in - mean) / √(var + eps) + bias.

    Training takes mean and biased variance of the batch (over images, rows and columns) and moves the running ones
    towards them; evaluation takes the running ones. Source: Ioffe and Szegedy (2015), algorithms 1 and 2.
    """

    def __init__(self, layer: layers.BatchNorm) -> None:
        super().__init__()
        self.eps, self.momentum, self.unbiased = layer.eps, layer.momentum, layer.unbiased

    def forward(self, inputs: Array, training: bool) -> Array:
        self.axes, self.training = (0, 2, 3) if inputs.ndim == 4 else (0,), training
        mean, var = self.buffers["running_mean"], self.buffers["running_var"]
        if training:
            mean, var = inputs.mean(axis=self.axes), inputs.var(axis=self.axes)
            self._follow(mean, var, inputs.size // len(mean))
        self.inverse_std = 1 / np.sqrt(var + self.eps)
        self.normal = (inputs - self._spread(mean)) * self._spread(self.inverse_std)
        return self._spread(self.parameters["weight"]) * self.normal + self._spread(self.parameters["bias"])

    def backward(self, gradient: Array) -> Array:
        """In training mean and variance depend on every input of the batch, hence the two terms that are taken away:

        ∂in = weight / √(var + eps) · (∂out - mean(∂out) - normal · mean(∂out · normal)).

        In evaluation they are constants.
        """
        self.gradients["weight"] = (gradient * self.normal).sum(axis=self.axes)
        self.gradients["bias"] = gradient.sum(axis=self.axes)
        if self.training:
            along_mean = self._spread(gradient.mean(axis=self.axes))
            along_std = self.normal * self._spread((gradient * self.normal).mean(axis=self.axes))
            gradient = gradient - along_mean - along_std
        return self._spread(self.parameters["weight"] * self.inverse_std) * gradient

    def _follow(self, mean: Array, var: Array, count: int) -> None:
        """Move the running statistics; a single value has no unbiased variance and counts as it is."""
        if self.unbiased and count > 1:
            var = var * count / (count - 1)
        for key, batch in (("running_mean", mean), ("running_var", var)):
            self.buffers[key] = (1 - self.momentum) * self.buffers[key] + self.momentum * batch

    def _spread(self, per_channel: Array) -> Array:
        """Shape (c,) as (1, c, 1, 1) for images, (1, c) for features."""
        return per_channel.reshape(1, -1, *[1] * (len(self.axes) - 1))
