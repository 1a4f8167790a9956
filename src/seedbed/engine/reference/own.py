"""Layers of a user's own."""

from seedbed.engine.reference.module import Array, Module
from seedbed.network.own import OwnLayer


class Own(Module):
    """What the layer's own ``forward`` and ``backward`` compute."""

    def __init__(self, layer: OwnLayer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, inputs: Array, training: bool) -> Array:
        outputs, self.kept = self.layer.forward(inputs, self.parameters)
        return outputs

    def backward(self, gradient: Array) -> Array:
        by_input, self.gradients = self.layer.backward(gradient, self.kept, self.parameters)
        return by_input
