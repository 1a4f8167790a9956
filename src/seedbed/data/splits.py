"""Which images are held out: stratified by class, drawn by a seed."""

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import as_finite, refusal, whole_number
from seedbed.errors import DataError
from seedbed.philox import Stream, permutation

VALIDATION, TEST = 0, 1
"""What is held out; each has random numbers of its own."""


def shares(counts: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Divide `total` images among classes in proportion to their counts, by the largest remainder.

    Of equal remainders the class with the lower number goes first.

    Parameters
    ----------
    counts : int64 array, shape (classes,)
        Images per class.
    total : int
        At most the sum of `counts`.

    Returns
    -------
    int64 array, shape (classes,)
        Sums to `total`; differs from ``counts * total / counts.sum()`` by less than 1.

    Source: Hamilton's method (1792), see Balinski and Young (1982), "Fair Representation", chapter 3.
    """
    whole, remainder = np.divmod(counts * total, counts.sum())
    largest = np.argsort(-remainder, kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return whole


def held_out(labels: NDArray[np.uint8], count: int, seed: int = 0, purpose: int = VALIDATION) -> NDArray[np.bool_]:
    """Draw `count` images, as many of each class as its share is.

    Parameters
    ----------
    labels : uint8 array, shape (n,)
    count : int
        From 1 to n - 1.
    seed : int
        0 to 2**64 - 1.
    purpose : int
        `VALIDATION` or `TEST`.

    Returns
    -------
    bool array, shape (n,)
        True for the images held out. The order of the images decides nothing but which random number is whose.

    Raises
    ------
    DataError
        If `count` or `seed` is out of its range.
    """
    place = f"cannot split {len(labels):,} images"
    count = whole_number("validation", count, 1, len(labels) - 1, error=DataError, place=place)
    seed = whole_number("seed", seed, 0, 2**64 - 1, error=DataError, place=place)
    quotas = shares(np.bincount(labels).astype(np.int64), count)
    order = permutation(len(labels), seed, Stream.SPLIT, epoch=purpose)
    chosen = np.zeros(len(labels), dtype=np.bool_)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    return chosen


def held_count(count: int, test: float) -> int:
    """How many of `count` images become test images: `test` of them if it is below 1 (rounded), else that number.

    Raises
    ------
    DataError
        If that leaves no image on either side.
    """
    if count < 2:
        raise DataError(f"test: {count} image{'s' * (count != 1)} cannot be split into training and test images.")
    part = as_finite(test)
    chosen = round(count * part) if part is not None and 0 < part < 1 else part
    if chosen is None or int(chosen) != chosen or not 0 < chosen < count:
        rule = f"a part between 0 and 1, or a whole number from 1 to {count - 1:,} ({count:,} images in all)"
        raise refusal("test", rule, test, error=DataError)
    return int(chosen)
