"""Where in a network to look: layers with weights, and what enters each activation."""

from dataclasses import dataclass

from seedbed.network import GELU, LeakyReLU, Network, ReLU, ScaledTanh, Sigmoid, SiLU, Softmax, Tanh
from seedbed.network.layers import Layer

OUTPUTS = "outputs"
"""Name of the place behind the last layer, if that is no activation: what enters the loss."""

FUNCTIONS = (Tanh, ScaledTanh, ReLU, LeakyReLU, SiLU, GELU, Sigmoid)
"""Activations that are functions of single values: all but softmax."""


@dataclass(frozen=True)
class ActivationPlace:
    """What enters an activation.

    Attributes
    ----------
    name : str
        Of the activation, ``relu1``; ``outputs`` for what the network ends in, if that is no activation.
    source : str
        The last layer with weights before it, ``conv1``; empty if there is none.
    before : str
        The layer whose outputs enter, which may be a batch norm; empty if the images themselves do.
    layer : Layer or None
        The activation; None for ``outputs``.
    """

    name: str
    source: str
    before: str
    layer: Layer | None


def weighted_layers(network: Network) -> tuple[str, ...]:
    """Names of the layers that multiply with weights: convolutions, linear layers, trained subsampling."""
    return tuple(
        node.name
        for node in network.nodes
        if f"{node.name}.weight" in node.parameter_shapes and node.layer.fans(node.input_shape) is not None
    )


def activation_places(network: Network) -> tuple[ActivationPlace, ...]:
    """Every activation in order, and the outputs if the network does not end in one."""
    weighted = weighted_layers(network)
    places = []
    source = before = ""
    for node in network.nodes:
        if isinstance(node.layer, (*FUNCTIONS, Softmax)):
            places.append(ActivationPlace(node.name, source, before, node.layer))
        if node.name in weighted:
            source = node.name
        before = node.name
    if not places or places[-1].name != before:
        places.append(ActivationPlace(OUTPUTS, source, before, None))
    return tuple(places)
