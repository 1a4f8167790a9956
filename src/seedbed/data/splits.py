"""Which images are held out: stratified by class, drawn by a seed."""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

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
    for name, value, least, most in (
        ("whole number of images", count, 1, len(labels) - 1),
        ("seed", seed, 0, 2**64 - 1),
    ):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
            raise DataError(
                f"cannot split {len(labels):,} images: expected a {name} from {least:,} to {most:,}, got {value!r}."
            )
    quotas = shares(np.bincount(labels).astype(np.int64), int(count))
    order = permutation(len(labels), int(seed), Stream.SPLIT, epoch=purpose)
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
    is_number = isinstance(test, int | float) and not isinstance(test, bool) and isfinite(test)
    chosen = round(count * test) if is_number and 0 < test < 1 else test
    if not is_number or int(chosen) != chosen or not 0 < chosen < count:
        raise DataError(
            f"test: expected a part between 0 and 1, or a whole number from 1 to {count - 1:,} ({count:,} images in "
            f"all), got {test!r}."
        )
    return int(chosen)
