"""What an estimator trains, and for how long, where it is not told."""

import re
from typing import Any

import numpy as np

from seedbed.network import Shape

_FOR_TABLES = "flatten linear(32) relu linear(classes)"
_FOR_IMAGES = (
    "conv2d(16, 3, padding=1) relu maxpool2d(2) conv2d(32, 3, padding=1) relu maxpool2d(2) "
    "flatten linear(64) relu linear(classes)"
)
_CLASSES = re.compile(r"\blinear\(\s*classes\b")
_SMALLEST_SIDE = 8
"""In pixels: smaller images get the network for tables."""


def with_classes(network: Any, shape: Shape, classes: int) -> Any:
    """The network with an output for each class, where its text leaves that open."""
    if network is None:
        network = _FOR_IMAGES if min(shape[1:]) >= _SMALLEST_SIDE else _FOR_TABLES
    return _CLASSES.sub(f"linear({classes}", network) if isinstance(network, str) else network


def is_table(X: Any) -> bool:
    """Whether it is no stack of images; what is neither is told so by scikit-learn's checks of tables."""
    shape = getattr(X, "shape", None)
    return len(np.asarray(X).shape if shape is None else shape) not in (3, 4)
