"""Heat maps: the error at every combination of settings, written into its cell.

Cells take their colour from cividis (Nuñez, Anderton and Renslow 2018), which looks alike with and without full colour
vision and turns into even greys in print: the lighter, the lower the error.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from seedbed.formatting import DASH, number, shortened, shortened_apart
from seedbed.report.figures.scales import wants_log
from seedbed.report.figures.style import COLOURS, INK, MUTED, TEXT_PX, pixel_axes
from seedbed.report.figures.svg import fitted, new_figure, text_width

_STEPS = 12
SHADES = tuple(to_hex(colormaps["cividis_r"](0.05 + 0.95 * step / (_STEPS - 1))) for step in range(_STEPS))
_DARK, _LIGHT = "#111111", "#fafafa"
_LIGHT_FROM = 6
"""From this shade on the writing is light; both sides keep a contrast of at least 4.5."""

HEAT_COLOURS = COLOURS | {colour: colour for colour in (*SHADES, _DARK, _LIGHT)}
"""Cells keep their colours on dark ground too: their writing is made for them."""

_ROW_PX, _LINE_PX, _GAP_PX, _BEST_CELL_PX, _LEAST_CELL_PX = 30.0, 18.0, 28.0, 74.0, 40.0


@dataclass(frozen=True)
class HeatMap:
    """One map.

    Attributes
    ----------
    title : str
    rows : tuple of tuple of str
        Labels of each row, one for each axis down.
    columns : tuple of tuple of str
        Labels of each column, one for each axis across.
    values : tuple of tuple of float or None
        Percent, by row and column; None or NaN where there is nothing.
    down : str
        Names of the axes of the rows.
    across : tuple of str
        Name of each axis of the columns.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    values: tuple[tuple[float | None, ...], ...]
    down: str = ""
    across: tuple[str, ...] = ()


def draw_heat(maps: Sequence[HeatMap], width: float) -> Figure:
    """Draw maps with the same rows and columns on one scale of colours: side by side, or below each other."""
    first = maps[0]
    labels = shortened_apart([", ".join(row) for row in first.rows], 30 if width >= 600 else 18)
    across = [shortened(f"{name} →", 18) for name in first.across]
    down = [shortened(f"{first.down} ↓", 30 if width >= 600 else 18)] if first.down else []
    left = max(text_width(label, TEXT_PX - 1) for label in (*labels, *across, *down)) + 10
    beside = (width - left - _GAP_PX * (len(maps) - 1)) / (len(maps) * len(first.columns))
    is_beside = beside >= _LEAST_CELL_PX
    wanted = max(_BEST_CELL_PX, *(_wanted_cell(first.columns, line) for line in range(len(first.columns[0]))))
    cell = min(wanted, beside if is_beside else (width - left) / len(first.columns))
    head = _LINE_PX * (len(first.columns[0]) + 1 + len(down)) + 8
    height = head + len(labels) * _ROW_PX
    figure = new_figure(width, height if is_beside else len(maps) * (height + _GAP_PX) - _GAP_PX)
    page = pixel_axes(figure)
    shade = _shades(value for one in maps for row in one.values for value in row if value is not None)
    for place, one in enumerate(maps):
        x = left + place * (cell * len(first.columns) + _GAP_PX) if is_beside else left
        y = 0.0 if is_beside else place * (height + _GAP_PX)
        if place == 0 or not is_beside:
            for index, label in enumerate(labels):
                _write(page, left - 10, y + head + (index + 0.5) * _ROW_PX, label, MUTED, "right")
            for line, name in enumerate([*across, *down]):
                _write(page, left - 10, y + _LINE_PX * (line + 1.5) + 6, name, INK, "right")
        _draw_map(page, one, x, y, cell, head, shade)
    return figure


def _draw_map(page: Axes, one: HeatMap, x: float, y: float, cell: float, head: float, shade: "_Scale") -> None:
    page.text(x, y + 13, one.title, color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False)
    for line in range(len(one.columns[0])):
        for label, own in _groups(one.columns, line):
            middle = x + (own[0] + own[-1] + 1) / 2 * cell
            label = fitted(label, TEXT_PX - 1, len(own) * cell - 2)
            _write(page, middle, y + _LINE_PX * (line + 1.5) + 6, label, MUTED, "center")
    for row, values in enumerate(one.values):
        for column, value in enumerate(values):
            _draw_cell(page, x + column * cell, y + head + row * _ROW_PX, cell, value, shade)


def _groups(columns: Sequence[tuple[str, ...]], line: int) -> list[tuple[str, list[int]]]:
    """A label that goes on over several columns is written once, in their middle."""
    groups = groupby(range(len(columns)), key=lambda column: columns[column][: line + 1])
    return [(key[-1], list(group)) for key, group in groups]


def _wanted_cell(columns: Sequence[tuple[str, ...]], line: int) -> float:
    """Width of a cell that leaves room for all labels of a line."""
    return max((text_width(label, TEXT_PX - 1) + 8) / len(own) for label, own in _groups(columns, line))


def _draw_cell(page: Axes, x: float, y: float, cell: float, value: float | None, shade: "_Scale") -> None:
    if value is None or not math.isfinite(value):
        _write(page, x + cell / 2, y + _ROW_PX / 2, DASH, MUTED, "center")
        return
    step = shade.step(value)
    page.add_patch(Rectangle((x + 1, y + 1), cell - 2, _ROW_PX - 2, facecolor=SHADES[step], edgecolor="none"))
    text = number(value, 2 if value < 10 else 1)
    _write(page, x + cell / 2, y + _ROW_PX / 2, text, _LIGHT if step >= _LIGHT_FROM else _DARK, "center")


def _write(page: Axes, x: float, y: float, text: str, colour: str, anchor: str) -> None:
    page.text(x, y + 0.36 * TEXT_PX, text, color=colour, fontsize=TEXT_PX - 1, ha=anchor, parse_math=False)


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    is_log: bool

    def step(self, value: float) -> int:
        """Number of the shade for a value."""
        if self.high <= self.low:
            return 0
        share = (value - self.low) / (self.high - self.low)
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        return min(_STEPS - 1, int(_STEPS * share))


def _shades(values: Iterable[float]) -> _Scale:
    kept = [value for value in values if math.isfinite(value)]
    return _Scale(min(kept, default=0.0), max(kept, default=0.0), wants_log(kept))
