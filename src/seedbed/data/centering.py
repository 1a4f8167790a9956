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
