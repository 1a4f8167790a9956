"""Small images inside a figure: pixels stay pixels, and every kind of number has colours that all readers tell apart.

Signed numbers run from blue over near-white to vermilion (Okabe and Ito 2008), magnitudes along cividis (Nuñez,
Anderton and Renslow 2018), so both survive grey print and any kind of colour vision.
"""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from seedbed.formatting import number
from seedbed.report.figures.style import MUTED, TEXT_PX

Pixels = NDArray[np.uint8]

_SIGNED = LinearSegmentedColormap.from_list("signed", ["#00436b", "#0072b2", "#f4f4f2", "#d55e00", "#7a3500"])


def natural(image: NDArray[Any]) -> Pixels:
    """A stored image as a person sees it.

    Parameters
    ----------
    image : array, shape (c, h, w)
        uint8, or floats, which are stretched to their range. One channel is grey, three are red, green and blue; of any
        other number the mean is shown.

    Returns
    -------
    uint8 array, shape (h, w, 4)
    """
    values = np.asarray(image, np.float64)
    if image.dtype != np.uint8:
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255 / (high - low) if high > low else 0.0)
    grey = values if len(values) in (1, 3) else values.mean(axis=0, keepdims=True)
    colours = np.broadcast_to(grey, (3, *grey.shape[1:])).transpose(1, 2, 0)
    opaque = np.full((*colours.shape[:2], 1), 255.0)
    pixels: Pixels = np.rint(np.concatenate([colours, opaque], axis=2)).astype(np.uint8)
    return pixels


def signed(values: NDArray[Any], limit: float) -> Pixels:
    """Numbers from ``-limit`` (blue) over 0 (near white) to ``limit`` (vermilion); NaN is transparent.

    Parameters
    ----------
    values : float array, shape (h, w)
    limit : float
        What lies beyond is drawn as the end.

    Returns
    -------
    uint8 array, shape (h, w, 4)
    """
    return _coloured(_SIGNED, 0.5 + 0.5 * np.asarray(values, np.float64) / (limit or 1.0))


def magnitude(values: NDArray[Any], limit: float) -> Pixels:
    """Numbers from 0 (dark blue) to ``limit`` (yellow); like `signed`."""
    return _coloured(colormaps["cividis"], np.asarray(values, np.float64) / (limit or 1.0))


def mosaic(tiles: NDArray[Any], columns: int, gap: int = 1) -> NDArray[np.float64]:
    """Tiles of one size in rows, with gaps of NaN, which stay transparent.

    Parameters
    ----------
    tiles : array, shape (n, h, w)
    columns, gap : int

    Returns
    -------
    float64 array, shape (rows · (h + gap) − gap, columns · (w + gap) − gap)
    """
    count, height, width = tiles.shape
    rows = -(-count // columns)
    board = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for place, tile in enumerate(tiles):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        board[top : top + height, left : left + width] = tile
    return board


def draw_image(axes: Axes, pixels: Pixels, left: float, top: float, width: float, height: float) -> None:
    """Draw an image into axes from ``pixel_axes``, without smoothing."""
    image = AxesImage(axes, extent=(left, left + width, top + height, top), origin="upper", interpolation="none")
    image.set_data(pixels)
    axes.add_image(image)


def draw_signed_key(axes: Axes, left: float, top: float, limit: float, width: float = 90.0) -> None:
    """A bar that says what the colours of `signed` mean."""
    draw_image(axes, signed(np.linspace(-limit, limit, 61)[np.newaxis], limit), left, top, width, 9)
    digits = 2 if limit < 10 else 0
    for share, value in ((0.0, -limit), (0.5, 0.0), (1.0, limit)):
        text = number(value, digits) if value else "0"
        axes.text(left + share * width, top + 23, text, color=MUTED, fontsize=TEXT_PX - 2, ha="center")


def _coloured(colours: Any, shares: NDArray[np.float64]) -> Pixels:
    pixels: Pixels = colours(np.clip(np.nan_to_num(shares), 0.0, 1.0), bytes=True)
    pixels[np.isnan(shares), 3] = 0
    return pixels
