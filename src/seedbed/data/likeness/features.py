"""What two pictures are compared by: where they are bright, where their edges are, and what their strokes are like."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seedbed.network import Shape

LEAST_SIDE = 3
"""Of an image that has these features."""

TEXTURE_VALUES = 15

_SIDE, _LEVELS = 8, 8


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means over square blocks, at most 8×8 of them, of every channel and of the edges in both directions.

    Edges are the absolute differences of neighbouring pixels of the mean over the channels. Pixels at the end that fill
    no block are left out.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)

    Returns
    -------
    uint8 array, shape (n, thumbnail_values((c, h, w)))
    """
    count, _, height, width = images.shape
    gray = images.mean(axis=1, dtype=np.float32)
    across = np.abs(np.diff(gray, axis=2, append=gray[:, :, -1:]))
    down = np.abs(np.diff(gray, axis=1, append=gray[:, -1:]))
    planes = np.concatenate([images, across[:, np.newaxis], down[:, np.newaxis]], axis=1)
    block = _block(height, width)
    rows, columns = height // block, width // block
    cut = planes[:, :, : rows * block, : columns * block].reshape(count, -1, rows, block, columns, block)
    made: NDArray[np.uint8] = np.rint(cut.mean(axis=(3, 5), dtype=np.float32)).astype(np.uint8)
    return made.reshape(count, -1)


def thumbnail_values(shape: Shape) -> int:
    """How many values a thumbnail of an image of a shape (c, h, w) has."""
    channels, height, width = shape
    block = _block(height, width)
    return (channels + 2) * (height // block) * (width // block)


def textures(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """15 numbers that tell strokes from surfaces, wherever they lie.

    Of the mean over the channels, divided by its largest value: mean and standard deviation; the sums of absolute and
    squared differences of neighbours in both directions and of the absolute Laplacian, each over the sum of all values;
    the square root of the share of values in each eighth of the range.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w), h and w at least 3

    Returns
    -------
    float32 array, shape (n, 15)
    """
    gray = images.mean(axis=1, dtype=np.float32)
    gray /= np.maximum(gray.max(axis=(1, 2), keepdims=True), 1)
    total = gray.sum(axis=(1, 2)) + 1e-3
    across, down = np.diff(gray, axis=2), np.diff(gray, axis=1)
    middle, sides = gray[:, 1:-1, 1:-1], (gray[:, :-2, 1:-1], gray[:, 2:, 1:-1], gray[:, 1:-1, :-2], gray[:, 1:-1, 2:])
    changes = (np.abs(across), np.abs(down), across**2, down**2, np.abs(4 * middle - sum(sides)))
    numbers = [gray.mean(axis=(1, 2)), gray.std(axis=(1, 2))]
    numbers += [one.sum(axis=(1, 2)) / total for one in changes]
    ends = np.linspace(0, 1, _LEVELS + 1)
    numbers += [np.sqrt(((gray > low) & (gray <= high)).mean(axis=(1, 2))) for low, high in pairwise(ends)]
    return np.stack(numbers, axis=1).astype(np.float32)


def softened(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images as they become when they are enlarged or reduced on the way: one of three as it is, two smoothed.

    Smoothing is by (1, 6, 1)/8 and by (1, 2, 1)/4 in both directions; which image gets which is its place modulo 3.
    """
    soft = images.copy()
    for kind, side in ((1, 1 / 8), (2, 1 / 4)):
        values = np.pad(images[kind::3].astype(np.float32), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
        values = side * (values[:, :, :-2] + values[:, :, 2:]) + (1 - 2 * side) * values[:, :, 1:-1]
        values = side * (values[..., :-2] + values[..., 2:]) + (1 - 2 * side) * values[..., 1:-1]
        soft[kind::3] = np.rint(values)
    return soft


def _block(height: int, width: int) -> int:
    return min(-(-max(height, width) // _SIDE), height, width)
