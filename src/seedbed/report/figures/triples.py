"""What an answer rests on: an image, and beside it maps of what mattered, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from seedbed.formatting import shortened
from seedbed.report.figures.images import Pixels, draw_image
from seedbed.report.figures.style import INK, MUTED, TEXT_PX, pixel_axes
from seedbed.report.figures.svg import new_figure

_SIDE_PX, _APART_PX, _HEAD_PX, _ROW_GAP_PX, _COLUMN_GAP_PX = 100.0, 12.0, 24.0, 26.0, 60.0


@dataclass(frozen=True)
class ImageRow:
    """One image with its maps, all shown at one size; ``title`` stands above, ``note`` below."""

    title: str
    note: str
    images: tuple[Pixels, ...]


def draw_image_rows(rows: Sequence[ImageRow], heads: Sequence[str], width: float) -> Figure:
    """Draw rows of images, two rows beside each other where there is room; ``heads`` name the images of a row."""
    count = len(heads)
    one = count * _SIDE_PX + (count - 1) * _APART_PX
    columns = 2 if width >= 2 * one + _COLUMN_GAP_PX and len(rows) > 1 else 1
    lines = -(-len(rows) // columns)
    line = _HEAD_PX + 20 + _SIDE_PX + 20 + _ROW_GAP_PX
    figure = new_figure(width, lines * line - _ROW_GAP_PX)
    page = pixel_axes(figure)
    fits = int(one / (0.66 * TEXT_PX))
    for place, row in enumerate(rows):
        left, top = place % columns * (one + _COLUMN_GAP_PX), place // columns * line
        title = shortened(row.title, fits)
        page.text(left, top + 13, title, color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False)
        for number, (head, pixels) in enumerate(zip(heads, row.images, strict=True)):
            x, y = left + number * (_SIDE_PX + _APART_PX), top + _HEAD_PX + 20
            page.text(x, y - 8, head, color=MUTED, fontsize=TEXT_PX - 2, parse_math=False)
            high, wide = (_SIDE_PX * side / max(pixels.shape[:2]) for side in pixels.shape[:2])
            draw_image(page, pixels, x, y, wide, high)
        y = top + _HEAD_PX + 20 + _SIDE_PX + 16
        page.text(
            left,
            y,
            shortened(row.note, int(one / (0.6 * TEXT_PX))),
            color=MUTED,
            fontsize=TEXT_PX - 1,
            parse_math=False,
        )
    return figure
