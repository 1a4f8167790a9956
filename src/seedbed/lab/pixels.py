"""Numbers as gray or coloured pixels of eight bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MIDDLE = 128
"""What stands for 0 where values have a sign."""


def signed(values: NDArray[Any]) -> NDArray[np.uint8]:
    """0 becomes 128; the largest size, with its sign, 1 or 255. What is not finite becomes 0."""
    largest = float(np.nanmax(np.abs(np.where(np.isfinite(values), values, 0)), initial=0.0))
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = MIDDLE + 127 * (values / largest if largest > 0 else np.zeros_like(values, dtype=np.float64))
    return np.where(np.isfinite(scaled), np.round(scaled), 0).astype(np.uint8)


def unsigned(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels as they are; other values from their lowest, 0, to their highest, 255."""
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    low, high = float(values.min()), float(values.max())
    return np.round(255 * (values - low) / (high - low if high > low else 1.0)).astype(np.uint8)
