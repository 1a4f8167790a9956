"""Images in rows, each with a few words below it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from seedbed.formatting import shortened
from seedbed.report.figures.images import Pixels, draw_image
from seedbed.report.figures.style import INK, MUTED, TEXT_PX, pixel_axes
from seedbed.report.figures.svg import new_figure, text_width

_IMAGE_PX, _LINE_PX, _GAP_PX = 76.0, 17.0, 20.0
_LEAST_CELL_PX, _MOST_CELL_PX = 88.0, 150.0


@dataclass(frozen=True)
class Exhibit:
    """One image.

    Attributes
    ----------
    pixels : uint8 array, shape (h, w, 4)
    title : str
        The first line below it, bold.
    notes : tuple of str
        Further lines.
    """

    pixels: Pixels
    title: str
    notes: tuple[str, ...] = ()


def draw_gallery(exhibits: Sequence[Exhibit], width: float) -> Figure:
    """Draw as many beside each other as their words leave room for."""
    texts = [text for item in exhibits for text in (item.title, *item.notes)]
    wanted = max(text_width(text, TEXT_PX, is_bold=True) for text in texts) + 14
    wanted = min(max(wanted, _LEAST_CELL_PX), _MOST_CELL_PX)
    columns = max(1, min(len(exhibits), int(width / wanted)))
    cell = min(width / columns, _MOST_CELL_PX)
    fits = int(cell / (0.62 * TEXT_PX))
    lines = 1 + max(len(item.notes) for item in exhibits)
    height = _IMAGE_PX + 8 + lines * _LINE_PX + _GAP_PX
    rows = math.ceil(len(exhibits) / columns)
    figure = new_figure(width, rows * height - _GAP_PX)
    page = pixel_axes(figure)
    for place, item in enumerate(exhibits):
        row, column = divmod(place, columns)
        left, top = column * cell, row * height
        draw_image(page, item.pixels, left, top, *_fitted(item.pixels))
        y = top + _IMAGE_PX + 18
        page.text(
            left, y, shortened(item.title, fits), color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False
        )
        for number, note in enumerate(item.notes, start=1):
            text = shortened(note, fits)
            page.text(left, y + number * _LINE_PX, text, color=MUTED, fontsize=TEXT_PX - 1, parse_math=False)
    return figure


def _fitted(pixels: Pixels) -> tuple[float, float]:
    """Width and height of an image whose longer side has the size of all."""
    height, width = pixels.shape[:2]
    scale = _IMAGE_PX / max(height, width)
    return width * scale, height * scale
