"""The layers of a network: what they are called, what they take, what shape comes out.

A layer is a frozen description without numbers in it; engines give it meaning. Names and arguments are PyTorch's,
lower-cased in text: ``conv2d(6, 5, padding=2)``. Input sizes are inferred; ``in_channels`` and ``in_features`` may be
given, then they are checked.
"""

from seedbed.network.layers.activations import GELU, LeakyReLU, ReLU, ScaledTanh, Sigmoid, SiLU, Softmax, Tanh
from seedbed.network.layers.base import Layer, Shape, ShapeError, shape_text
from seedbed.network.layers.dense import RBF, Flatten, Linear
from seedbed.network.layers.norm import BatchNorm, Dropout, LocalResponseNorm
from seedbed.network.layers.windows import AvgPool2d, Conv2d, MaxPool2d, Pad, Subsample

_ALL: tuple[type[Layer], ...] = (
    *(Conv2d, Linear, AvgPool2d, MaxPool2d, Subsample, RBF),
    *(BatchNorm, LocalResponseNorm, Dropout),
    *(Tanh, ScaledTanh, ReLU, LeakyReLU, SiLU, GELU, Sigmoid, Softmax),
    *(Flatten, Pad),
)
LAYERS: dict[str, type[Layer]] = {made_of.notation: made_of for made_of in _ALL}
"""Every layer by its name in text."""

__all__ = [
    "GELU",
    "LAYERS",
    "RBF",
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Flatten",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "Pad",
    "ReLU",
    "ScaledTanh",
    "Shape",
    "ShapeError",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Subsample",
    "Tanh",
    "shape_text",
]
