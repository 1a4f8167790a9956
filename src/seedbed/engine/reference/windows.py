"""Sliding windows over images, and the way back: what convolution and pooling share."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seedbed.engine.reference.module import Array


def take_windows(images: Array, size: int, stride: int) -> Array:
    """Look at every square window: result[n, c, y, x, i, j] = images[n, c, y·stride + i, x·stride + j].

    Parameters
    ----------
    images : shape (n, c, h, w)

    Returns
    -------
    shape (n, c, rows, columns, size, size)
        A view, nothing is copied; pixels that fill no whole window are left out.
    """
    windows: Array = sliding_window_view(images, (size, size), axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def add_windows(images: Array, windows: Array, stride: int) -> None:
    """Add every window to the pixels it was taken from; the adjoint of ``take_windows``.

    Parameters
    ----------
    images : shape (n, c, h, w)
        Changed in place.
    windows : shape (n, c, rows, columns, size, size)
    """
    rows, columns, size = windows.shape[2:5]
    # Side by side in memory, what is added to one grid of pixels takes a fraction of the time.
    by_place = np.ascontiguousarray(windows.transpose(4, 5, 0, 1, 2, 3))
    for i in range(size):
        for j in range(size):
            pixels = images[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
            pixels += by_place[i, j]
