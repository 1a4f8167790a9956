"""Mean and standard deviation of images, per channel."""

import numpy as np
from numpy.typing import NDArray

from seedbed.data._prepare import byte_totals

Moments = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Means and standard deviations (of the population): float64 arrays, shape (c,)."""


def moments(images: NDArray[np.uint8 | np.float32]) -> Moments:
    """Mean and standard deviation of ``images / 255``, or of float32 images as they are.

    Those of uint8 images are sums of whole numbers until the last step: exact, and the same on every machine. Those of
    float32 images are summed in float64.

    Parameters
    ----------
    images : uint8 or float32 array, shape (n, c, h, w)
    """
    if images.dtype == np.float32:
        axes = (0, 2, 3)
        return images.mean(axes, dtype=np.float64), images.std(axes, dtype=np.float64)
    pixels = images[:, 0].size
    totals = byte_totals(np.ascontiguousarray(images))
    means = [total / (pixels * 255) for total, _ in totals]
    deviations = [(pixels * squares - total * total) ** 0.5 / (pixels * 255) for total, squares in totals]
    return np.array(means), np.array(deviations)
