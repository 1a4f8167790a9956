"""A drawn digit as the digits of MNIST are."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BOX_SHARE = 20 / 28
_FAINT = 20


def centered(gray: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale what is drawn to a box of 20/28 of the image and move its centre of mass to the middle.

    Source: LeCun, Bottou, Bengio and Haffner (1998), section III.A: digits "were size normalized to fit in a 20 × 20
    pixel box while preserving their aspect ratio" and "centered in a 28 × 28 image by computing the center of mass".

    Parameters
    ----------
    gray : uint8 array, shape (h, w)
        Bright on dark; values up to 20 count as empty.
    size : int
        Of the image to make.

    Returns
    -------
    uint8 array, shape (size, size)
        All 0 if nothing is drawn.
    """
    page = np.zeros((size, size), dtype=np.uint8)
    rows, columns = np.flatnonzero((gray > _FAINT).any(axis=1)), np.flatnonzero((gray > _FAINT).any(axis=0))
    if not len(rows):
        return page
    part = gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = round(size * _BOX_SHARE) / max(part.shape)
    height, width = (max(1, round(side * scale)) for side in part.shape)
    small = np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.BOX), dtype=np.uint8)
    total = max(1.0, float(small.sum()))
    middle_y = float((small.sum(axis=1) * np.arange(height)).sum()) / total
    middle_x = float((small.sum(axis=0) * np.arange(width)).sum()) / total
    top = int(np.clip(round((size - 1) / 2 - middle_y), 0, size - height))
    left = int(np.clip(round((size - 1) / 2 - middle_x), 0, size - width))
    page[top : top + height, left : left + width] = small
    return page


def is_centered(gray: NDArray[np.uint8]) -> bool:
    """Whether an image is as `centered` leaves it: what is drawn fills the box, its centre of mass is in the middle.

    Parameters
    ----------
    gray : uint8 array, shape (size, size)
        Bright on dark; values up to 20 count as empty.
    """
    size = len(gray)
    drawn = gray > _FAINT
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return False
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    total = float(gray.sum(dtype=np.int64))
    places, middle = np.arange(size), (size - 1) / 2
    off_y = float((gray.sum(axis=1, dtype=np.int64) * places).sum()) / total - middle
    off_x = float((gray.sum(axis=0, dtype=np.int64) * places).sum()) / total - middle
    # MNIST's own lie up to one pixel off, and the thinnest ends of strokes may count as empty.
    return abs(longest - round(size * _BOX_SHARE)) <= 1 and max(abs(off_y), abs(off_x)) <= 1
