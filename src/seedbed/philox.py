"""Random numbers that depend on a place, not on a history: the Philox4x32-10 generator.

Every number is a pure function of (seed, stream, epoch, sample, position), so all engines, thread counts and resumed
runs draw the same ones. Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
"""

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUND_0, _ROUND_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


class Stream(IntEnum):
    """What a random number is for; streams never overlap."""

    PARAMETERS = 0
    ORDER = 1
    SPLIT = 2
    DROPOUT = 3
    AUGMENT = 4
    SAMPLING = 5


def philox(counter: ArrayLike, key: tuple[int, int]) -> NDArray[np.uint32]:
    """Ten rounds of Philox4x32.

    Parameters
    ----------
    counter : uint32 array, shape (n, 4)
    key : two 32-bit numbers

    Returns
    -------
    uint32 array, shape (n, 4)
    """
    x0, x1, x2, x3 = np.asarray(counter, dtype=np.uint64).T.copy()
    k0, k1 = key
    for _ in range(10):
        high_0, low_0 = (x0 * _ROUND_0) >> _SHIFT, (x0 * _ROUND_0) & _LOW
        high_1, low_1 = (x2 * _ROUND_1) >> _SHIFT, (x2 * _ROUND_1) & _LOW
        x0, x1, x2, x3 = high_1 ^ x1 ^ np.uint64(k0), low_1, high_0 ^ x3 ^ np.uint64(k1), low_0
        k0, k1 = (k0 + _WEYL_0) & 0xFFFFFFFF, (k1 + _WEYL_1) & 0xFFFFFFFF
    return np.stack([x0, x1, x2, x3], axis=1).astype(np.uint32)


def bits(count: int, seed: int, stream: Stream, epoch: int = 0, index: int = 0) -> NDArray[np.uint32]:
    """Draw ``count`` random 32-bit words for (seed, stream, epoch, index).

    Parameters
    ----------
    count : int
        At most 2**34 words.
    seed : int
        0 to 2**64 - 1.
    epoch, index : int
        0 to 2**32 - 1; the index tells parameters or samples of one stream apart.

    Returns
    -------
    uint32 array, shape (count,)
    """
    blocks = (count + 3) // 4
    counter = np.empty((blocks, 4), dtype=np.uint64)
    counter[:, 0] = np.arange(blocks, dtype=np.uint64)
    counter[:, 1:] = (index, epoch, int(stream))
    return philox(counter, (seed & 0xFFFFFFFF, seed >> 32)).reshape(-1)[:count]


def uniform(count: int, seed: int, stream: Stream, epoch: int = 0, index: int = 0) -> NDArray[np.float64]:
    """Draw ``count`` numbers from the open interval (0, 1): (word + 0.5) / 2**32."""
    return (bits(count, seed, stream, epoch, index).astype(np.float64) + 0.5) / 2.0**32


def permutation(count: int, seed: int, stream: Stream, epoch: int = 0) -> NDArray[np.int64]:
    """Put 0 … count - 1 in a random order: sort by a random key of 64 bits, ties by number."""
    words = bits(2 * count, seed, stream, epoch).astype(np.uint64)
    return np.argsort(words[0::2] << _SHIFT | words[1::2], kind="stable")
