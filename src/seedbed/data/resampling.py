"""Weights of images as a training set in which they occur more or less often."""

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import DataError
from seedbed.philox import Stream, permutation, uniform

_PURPOSE = 2
"""Random numbers of its own, beside those of what is held out (see `splits`)."""


def resampled(
    weights: NDArray[np.float64],
    seed: int,
    place: tuple[Stream, int] = (Stream.SPLIT, _PURPOSE),
    strata: NDArray[np.uint8] | None = None,
) -> NDArray[np.int64]:
    """Draw as many images as there are, each about as often as its weight says.

    The images stand in random order on a line, each as long as its weight; n points at equal distances take those that
    they fall on. So image i occurs ⌊n·wᵢ/Σw⌋ or ⌈n·wᵢ/Σw⌉ times, n·wᵢ/Σw times on average; equal weights take each
    image once, and only the ratios of weights count.

    Parameters
    ----------
    weights : float64 array, shape (n,)
        0 or more, at least one of them above 0.
    seed : int
        0 to 2**64 - 1.
    place : (Stream, epoch)
        Where the random numbers come from.
    strata : uint8 array, shape (n,), optional
        A number for each image.

    Returns
    -------
    int64 array, shape (n,)
        Numbers of images, ascending.

    Raises
    ------
    DataError
        A weight is negative or not finite, or all are 0.

    Source: Madow (1949), "On the theory of systematic sampling, II", section 3.
    """
    if not np.isfinite(weights).all() or (weights < 0).any() or not (weights > 0).any():
        got = "only zeros" if not weights.any() else "negative weights, infinity or NaN among them"
        raise DataError(field="sample_weight", expected="finite weights of at least 0, not all of them zero", got=got)
    stream, epoch = place
    order = permutation(len(weights), seed, stream, epoch)
    if strata is not None:
        order = order[np.argsort(strata[order], kind="stable")]
    # Divided by the largest first, so that the sum stays finite.
    ends = np.cumsum(weights[order] / weights.max())
    before = np.ceil(ends * (len(weights) / ends[-1]) - uniform(1, seed, stream, epoch, index=1))
    before[-1] = len(weights)
    times = np.empty(len(weights), np.int64)
    times[order] = np.diff(before, prepend=0).astype(np.int64)
    return np.repeat(np.arange(len(weights)), times)
