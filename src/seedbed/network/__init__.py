"""Networks: layers, text form, shapes, named networks, first values."""

from seedbed.network.initialize import INITIALIZERS, State, initial_state
from seedbed.network.layers import (
    LAYERS,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Pad,
    ReLU,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
    shape_text,
)
from seedbed.network.network import Network, Node
from seedbed.network.zoo import ZOO, load_network

__all__ = [
    "INITIALIZERS",
    "LAYERS",
    "ZOO",
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "Network",
    "Node",
    "Pad",
    "ReLU",
    "Shape",
    "Sigmoid",
    "Softmax",
    "State",
    "Tanh",
    "initial_state",
    "load_network",
    "shape_text",
]
