"""Sums over neighbouring channels as a matrix, for programs without such a layer."""

import numpy as np
from numpy.typing import NDArray

from seedbed.network import LocalResponseNorm


def neighbour_weights(channels: int, layer: LocalResponseNorm) -> NDArray[np.float32]:
    """alpha/size where the input channel (column) is a neighbour of the output channel (row), else 0; float32."""
    before, behind = layer.size // 2, (layer.size - 1) // 2
    distance = np.arange(channels)[None, :] - np.arange(channels)[:, None]
    near = (distance >= -before) & (distance <= behind)
    return np.where(near, layer.alpha / layer.size, 0.0).astype(np.float32)
