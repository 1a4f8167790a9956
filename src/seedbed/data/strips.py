"""Pictures of one class side by side, as pixels and as PNG."""

import base64
import io

import numpy as np
from numpy.typing import NDArray

SIDE, GAP, PER_ROW, GROUND = 56, 4, 24, 238
"""Pixels of a picture, between two, pictures in a row, and the gray between them."""


def strip(
    images: NDArray[np.uint8 | np.float32],
    labels: NDArray[np.uint8],
    number: int,
    most: int,
    value_range: tuple[float, float],
    per_row: int = PER_ROW,
) -> NDArray[np.uint8]:
    """Images of one class, spread evenly over all that it has, in rows.

    Parameters
    ----------
    images : array, shape (n, c, h, w)
    labels : array, shape (n,)
    number : int
        The class.
    most : int
        Images at most.
    value_range : (float, float)
        What is black and what is white.
    per_row : int

    Returns
    -------
    uint8 array, shape (height, width, 3)
    """
    members = np.flatnonzero(labels == number)
    chosen = members[np.linspace(0, len(members) - 1, min(most, len(members))).round().astype(int)]
    low, high = value_range
    _, height, width = images.shape[1:]
    scale = max(1, SIDE // max(height, width))
    step = np.array([height * scale + GAP, width * scale + GAP])
    rows = max(1, -(-len(chosen) // per_row))
    pixels = np.full((*(step * (rows, min(per_row, max(1, len(chosen))))), 3), GROUND, np.uint8)
    for place, image in enumerate(images[chosen]):
        seen = image if len(image) == 3 else image[:1].repeat(3, axis=0)
        gray = ((seen.astype(np.float64) - low) / ((high - low) or 1) * 255).round().astype(np.uint8)
        large = gray.transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = step * divmod(place, per_row)
        pixels[top : top + large.shape[0], left : left + large.shape[1]] = large
    return pixels


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of pixels, shape (height, width, 3)."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def png_address(pixels: NDArray[np.uint8]) -> str:
    """The same as an address that a page can show by itself."""
    return f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"
