"""Full connection."""

from seedbed.engine.reference.module import Array, Module
from seedbed.network import layers


class Linear(Module):
    """Every output is a weighted sum of all inputs: out[n] = weight · in[n] + bias.

    ``weight`` has shape (out, in), ``bias`` (out,).
    """

    def __init__(self, layer: layers.Linear) -> None:
        super().__init__()

    def forward(self, inputs: Array, training: bool) -> Array:
        self.inputs = inputs
        outputs: Array = inputs @ self.parameters["weight"].T
        if "bias" in self.parameters:
            outputs += self.parameters["bias"]
        return outputs

    def backward(self, gradient: Array) -> Array:
        self.gradients["weight"] = gradient.T @ self.inputs
        if "bias" in self.parameters:
            self.gradients["bias"] = gradient.sum(axis=0)
        by_input: Array = gradient @ self.parameters["weight"]
        return by_input
