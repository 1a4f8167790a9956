"""Where a verdict turns: the difference of two recipes at every pair of their settings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from seedbed.formatting import DASH, number, shortened
from seedbed.language import phrase
from seedbed.report.figures.style import COLOURS, GRID, INK, MUTED, TEXT_PX, pixel_axes
from seedbed.report.figures.svg import new_figure, text_width

Side = Literal["first", "second", "open"]

_FIRST, _SECOND, _DARK = "#ffd9b3", "#b3d9f2", "#121212"
TURNING_COLOURS = COLOURS | {colour: colour for colour in (_FIRST, _SECOND, _DARK)}
"""Light orange and light blue keep their colours on dark ground: their writing is made for them."""

_ROW_PX, _LINE_PX, _BEST_CELL_PX, _HEAD_PX = 34.0, 18.0, 92.0, 46.0


@dataclass(frozen=True)
class TurningCell:
    """One pair of settings.

    Attributes
    ----------
    difference : float
        Error of the first recipe minus that of the second, percent points; NaN where a run is missing.
    lower : str
        Which of them is shown to err less: ``first``, ``second`` or, where neither is, ``open``.
    mark : str
        What is special about the pair, in a word.
    """

    difference: float
    lower: Side
    mark: str = ""


@dataclass(frozen=True)
class TurningMap:
    """Rows are the settings of the first recipe, columns those of the second.

    Attributes
    ----------
    rows, columns : tuple of str
    cells : tuple of tuple of TurningCell
    first, second : str
        What the recipes are called.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[TurningCell, ...], ...]
    first: str
    second: str


def draw_turning(one: TurningMap, width: float) -> Figure:
    """Draw the map with a legend below."""
    left = max(text_width(label, TEXT_PX - 1) for label in (*one.rows, "0.0001")) + 14
    cell = min(_BEST_CELL_PX, (width - left) / len(one.columns))
    legend = _legend(one)
    figure = new_figure(width, _HEAD_PX + len(one.rows) * _ROW_PX + len(legend) * _LINE_PX + 26)
    page = pixel_axes(figure)
    limit = 40 if width >= 600 else 22
    _write(page, left, 10, f"{shortened(one.second, limit)} →", INK, "left")
    _write(page, 0, 10, f"{shortened(one.first, max(6, int(left / 8)))} ↓", INK, "left")
    for column, label in enumerate(one.columns):
        _write(page, left + (column + 0.5) * cell, 32, label, MUTED, "center")
    for row, (label, cells) in enumerate(zip(one.rows, one.cells, strict=True)):
        y = _HEAD_PX + row * _ROW_PX
        _write(page, left - 10, y + _ROW_PX / 2, label, MUTED, "right")
        for column, value in enumerate(cells):
            _draw_cell(page, left + column * cell, y, cell, value)
    y = _HEAD_PX + len(one.rows) * _ROW_PX + 16
    for line, (colour, text) in enumerate(legend):
        page.add_patch(
            Rectangle((0, y + line * _LINE_PX - 6), 12, 12, facecolor=colour, edgecolor=MUTED, linewidth=0.8)
        )
        _write(page, 20, y + line * _LINE_PX, shortened(text, int(width / 7.2)), INK, "left")
    return figure


def _legend(one: TurningMap) -> Sequence[tuple[str, str]]:
    return (
        (_SECOND, phrase("{title} errs less", title=one.second)),
        (_FIRST, phrase("{title} errs less", title=one.first)),
        ("none", phrase("not told apart")),
    )


def _draw_cell(page: Axes, x: float, y: float, cell: float, value: TurningCell) -> None:
    if not math.isfinite(value.difference):
        _write(page, x + cell / 2, y + _ROW_PX / 2, DASH, MUTED, "center")
        return
    colour = {"first": _FIRST, "second": _SECOND, "open": "none"}[value.lower]
    edge, line = (INK, 2.0) if value.mark else (GRID, 1.0)
    place = (x + 2, y + 2)
    page.add_patch(Rectangle(place, cell - 4, _ROW_PX - 4, facecolor=colour, edgecolor=edge, linewidth=line))
    text = number(value.difference, 2 if abs(value.difference) < 10 else 0)
    text = f"+{text}" if value.difference > 0 else text
    ink = INK if value.lower == "open" else _DARK
    if value.mark and cell >= 60:
        text = f"{text} {value.mark}"
    _write(page, x + cell / 2, y + _ROW_PX / 2, text, ink, "center")


def _write(page: Axes, x: float, y: float, text: str, colour: str, anchor: str) -> None:
    page.text(x, y + 0.36 * TEXT_PX, text, color=colour, fontsize=TEXT_PX - 1, ha=anchor, parse_math=False)
