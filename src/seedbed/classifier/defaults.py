"""What an estimator trains, and for how long, where it is not told."""

import re
from typing import Any

from seedbed.network import ZOO, Shape

_FOR_TABLES = "flatten linear(32) relu linear(classes)"
_FOR_IMAGES = (
    "conv2d(16, 3, padding=1) relu maxpool2d(2) conv2d(32, 3, padding=1) relu maxpool2d(2) "
    "flatten linear(64) relu linear(classes)"
)
_CLASSES = re.compile(r"\blinear\(\s*classes\b")
_SMALLEST_SIDE = 8
"""In pixels: smaller images get the network for tables."""

_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 1000, 3, 100


def epochs_for(samples: int, batch_size: int) -> int:
    """As many epochs as make 1,000 steps, 3 to 100."""
    return min(max(-(-_STEPS // -(-samples // batch_size)), _FEWEST_EPOCHS), _MOST_EPOCHS)


def with_classes(network: Any, shape: Shape, classes: int) -> Any:
    """The network with an output for each class, where its text leaves that open."""
    if network is None:
        network = _FOR_IMAGES if min(shape[1:]) >= _SMALLEST_SIDE else _FOR_TABLES
    if not isinstance(network, str):
        return network
    if network.strip() in ZOO:
        before, last, after = ZOO[network.strip()].rpartition("linear(10)")
        return f"{before}linear({classes}){after}" if last else after
    return _CLASSES.sub(f"linear({classes}", network)
