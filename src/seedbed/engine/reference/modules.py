"""Which module computes which layer."""

from collections.abc import Callable
from typing import Any

from seedbed.engine.reference.activations import GELU, LeakyReLU, ReLU, ScaledTanh, Sigmoid, SiLU, Softmax, Tanh
from seedbed.engine.reference.batchnorm import BatchNorm
from seedbed.engine.reference.conv2d import Conv2d
from seedbed.engine.reference.dropout import Dropout
from seedbed.engine.reference.linear import Linear
from seedbed.engine.reference.module import Module
from seedbed.engine.reference.pool2d import AvgPool2d, MaxPool2d
from seedbed.engine.reference.rbf import RBF
from seedbed.engine.reference.reshaping import Flatten, Pad
from seedbed.engine.reference.response_norm import LocalResponseNorm
from seedbed.engine.reference.subsample import Subsample
from seedbed.network import layers

# Any: each module takes its own kind of layer, which its key names.
MODULES: dict[type[layers.Layer], Callable[[Any], Module]] = {
    layers.Conv2d: Conv2d,
    layers.Linear: Linear,
    layers.AvgPool2d: AvgPool2d,
    layers.MaxPool2d: MaxPool2d,
    layers.Subsample: Subsample,
    layers.RBF: RBF,
    layers.BatchNorm: BatchNorm,
    layers.LocalResponseNorm: LocalResponseNorm,
    layers.Dropout: Dropout,
    layers.Tanh: Tanh,
    layers.ScaledTanh: ScaledTanh,
    layers.ReLU: ReLU,
    layers.LeakyReLU: LeakyReLU,
    layers.SiLU: SiLU,
    layers.GELU: GELU,
    layers.Sigmoid: Sigmoid,
    layers.Softmax: Softmax,
    layers.Flatten: Flatten,
    layers.Pad: Pad,
}
"""What computes each kind of layer."""
