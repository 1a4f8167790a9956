"""How a distribution moves over the epochs: bands between quantiles around the median, a row for each variant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from seedbed.formatting import shortened, shortened_apart
from seedbed.language import phrase
from seedbed.report.figures.scales import padded, set_epoch_ticks, set_ticks
from seedbed.report.figures.style import GRID, INK, MUTED, TEXT_PX, pixel_axes, plot_axes, series_style
from seedbed.report.figures.svg import new_figure

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Shares of the values that lie below each line of a `Band`."""

_HEAD_PX, _TITLE_PX, _LEFT_PX, _BOTTOM_PX, _GAP_PX = 26.0, 28.0, 40.0, 56.0, 12.0
_LEAST_CELL_PX, _MOST_CELL_PX = 128.0, 300.0


@dataclass(frozen=True)
class Band:
    """One small panel.

    Attributes
    ----------
    title : str
    epochs : sequence of int
    levels : sequence of sequence of float
        By level of ``LEVELS``, then by epoch.
    """

    title: str
    epochs: Sequence[int]
    levels: Sequence[Sequence[float]]


@dataclass(frozen=True)
class BandRow:
    """The panels of one variant, in order; ``index`` decides their colour."""

    label: str
    index: int
    bands: tuple[Band, ...]


def draw_bands(rows: Sequence[BandRow], width: float) -> Figure:
    """Draw a row of small panels for each variant; panels at one place of all rows share their scale."""
    most = max(len(row.bands) for row in rows)
    columns = max(1, min(most, int((width + _GAP_PX) / (_LEAST_CELL_PX + _GAP_PX))))
    cell = min(_MOST_CELL_PX, (width - (columns - 1) * _GAP_PX) / columns)
    height = 0.62 * (cell - _LEFT_PX) + 40
    line = _TITLE_PX + height + _BOTTOM_PX
    lines = [math.ceil(len(row.bands) / columns) for row in rows]
    figure = new_figure(width, sum(_HEAD_PX + count * line for count in lines))
    page = pixel_axes(figure)
    limits = [_limits([row.bands[place] for row in rows if place < len(row.bands)]) for place in range(most)]
    y = 0.0
    names = shortened_apart([row.label for row in rows], 70 if width >= 600 else 34)
    for row, name, count in zip(rows, names, lines, strict=True):
        page.text(0, y + 14, name, color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False)
        for place, band in enumerate(row.bands):
            left = place % columns * (cell + _GAP_PX) + _LEFT_PX
            top = y + _HEAD_PX + place // columns * line + _TITLE_PX
            _draw_band(figure, band, row.index, (left, top, cell - _LEFT_PX - 10, height), limits[place])
            title = shortened(band.title, int(cell / (0.6 * TEXT_PX)))
            page.text(left - _LEFT_PX, top - 12, title, color=MUTED, fontsize=TEXT_PX - 1, parse_math=False)
            middle = left + (cell - _LEFT_PX - 10) / 2
            page.text(middle, top + height + 34, phrase("Epoch"), color=MUTED, fontsize=TEXT_PX - 1, ha="center")
        y += _HEAD_PX + count * line
    return figure


def _limits(bands: Sequence[Band]) -> tuple[float, float]:
    values = [value for band in bands for level in (band.levels[0], band.levels[-1]) for value in level]
    finite = [value for value in values if math.isfinite(value)]
    return padded(finite, is_log=False) if finite else (0.0, 1.0)


def _draw_band(
    figure: Figure, band: Band, index: int, box: tuple[float, float, float, float], limits: tuple[float, float]
) -> None:
    axes = plot_axes(figure, *box)
    colour = series_style(index).colour
    first, last = min(band.epochs), max(band.epochs)
    if first == last:
        # A single epoch is a bar.
        first, last, epochs = first - 1, last + 1, [first - 0.5, first + 0.5]
        levels = [[level[0], level[0]] for level in band.levels]
    else:
        epochs, levels = [float(epoch) for epoch in band.epochs], [list(level) for level in band.levels]
    axes.set(xlim=(first, last), ylim=limits)
    set_ticks(axes.yaxis, *limits, False, count=4)
    if len(band.epochs) > 1:
        set_epoch_ticks(axes.xaxis, first, last, count=3)
    else:
        axes.set_xticks([band.epochs[0]])
        axes.set_xticklabels([str(band.epochs[0])])
    axes.grid(axis="y", color=GRID, linewidth=1.0)
    for depth, alpha in ((0, 0.16), (1, 0.24), (2, 0.42)):
        axes.fill_between(epochs, levels[depth], levels[-1 - depth], color=colour, alpha=alpha, linewidth=0)
    axes.plot(epochs, levels[len(levels) // 2], color=INK, linewidth=1.6)
