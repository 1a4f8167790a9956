"""Small multiples of lines: one quantity against another, a panel for each view, names at the ends of the lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seedbed.formatting import shortened, shortened_apart
from seedbed.report.figures.labels import LINE_PX, EndLabel, draw_end_labels
from seedbed.report.figures.scales import set_epoch_ticks, set_ticks
from seedbed.report.figures.style import GRID, INK, MUTED, SURFACE, TEXT_PX, pixel_axes, plot_axes, series_style
from seedbed.report.figures.svg import new_figure, text_width

_TOP_PX, _BOTTOM_PX, _LEFT_PX, _GAP_PX, _COLUMN_GAP_PX = 46.0, 46.0, 56.0, 18.0, 26.0
_WIDE_PX = 600.0


@dataclass(frozen=True)
class Line:
    """One line; values that are not finite leave a gap.

    Attributes
    ----------
    label : str
        Written at its end; empty for a line that the caption explains.
    index : int
        Decides its style.
    x, y : sequences of float
    is_faint : bool
        Drawn thin and grey, as the ground of another.
    """

    label: str
    index: int
    x: Sequence[float]
    y: Sequence[float]
    is_faint: bool = False


@dataclass(frozen=True)
class LinePanel:
    """One pair of axes.

    Attributes
    ----------
    title, unit, below : str
        Above the axes, and the name of the horizontal one.
    lines : tuple of Line
    x_limits, y_limits : (low, high)
    is_log_x, is_log_y, is_epochs : bool
        ``is_epochs`` puts ticks at whole numbers.
    marks : tuple of (x, text)
        Upright lines with a text beside them.
    bars : tuple of (left, right, height)
        Drawn behind the lines.
    whiskers : tuple of (x, low, high)
        Upright intervals around points of the first line.
    """

    title: str
    unit: str
    below: str
    lines: tuple[Line, ...]
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    is_log_x: bool = False
    is_log_y: bool = False
    is_epochs: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    whiskers: tuple[tuple[float, float, float], ...] = ()


def draw_lines(panels: Sequence[LinePanel], width: float) -> Figure:
    """Draw panels two side by side where there is room, else one below the other."""
    columns = 1 if width < _WIDE_PX or len(panels) == 1 else 2
    longest = 18 if width >= _WIDE_PX else 13
    names = [line.label for panel in panels for line in panel.lines if line.label]
    right = 30 + max(text_width(shortened(name, longest), TEXT_PX, is_bold=True) for name in names) if names else 14.0
    most = max(len(panel.lines) for panel in panels)
    height = max(230.0 if width >= _WIDE_PX else 200.0, LINE_PX * most + 10)
    plot_width = (width - (columns - 1) * _COLUMN_GAP_PX) / columns - _LEFT_PX - right
    if columns == 1:
        plot_width = min(plot_width, 620.0)
    cell = _TOP_PX + height + _BOTTOM_PX
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(width, rows * cell + (rows - 1) * _GAP_PX)
    page = pixel_axes(figure)
    room = int((plot_width + right + _LEFT_PX) / (0.7 * TEXT_PX))
    titles = shortened_apart([panel.title for panel in panels], room)
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        left = column * (_LEFT_PX + plot_width + right + _COLUMN_GAP_PX) + _LEFT_PX
        top = row * (cell + _GAP_PX) + _TOP_PX
        page.text(
            left - _LEFT_PX, top - 30, titles[place], color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False
        )
        page.text(left - _LEFT_PX, top - 12, panel.unit, color=MUTED, fontsize=TEXT_PX - 1, parse_math=False)
        page.text(left + plot_width / 2, top + height + 38, panel.below, color=MUTED, fontsize=TEXT_PX - 1, ha="center")
        axes = plot_axes(figure, left, top, plot_width, height)
        labels = _draw_panel(axes, panel, plot_width, longest, top)
        draw_end_labels(page, labels, left + plot_width + 28, top + 4, top + height - 4)
    return figure


def _draw_panel(axes: Axes, panel: LinePanel, width: float, longest: int, top: float) -> list[EndLabel]:
    low, high = panel.x_limits
    if panel.is_log_x:
        axes.set_xscale("log")
    if panel.is_log_y:
        axes.set_yscale("log")
    air = 0.0 if panel.is_log_x else 6 * (high - low) / width
    axes.set(xlim=(low - air, high + air), ylim=panel.y_limits)
    set_ticks(axes.yaxis, *panel.y_limits, panel.is_log_y)
    if panel.is_epochs:
        set_epoch_ticks(axes.xaxis, round(low), round(high), count=6 if width < 450 else 10)
    else:
        set_ticks(axes.xaxis, low, high, panel.is_log_x, count=5)
    axes.grid(axis="y", color=GRID, linewidth=1.0)
    bar = series_style(0).colour
    for left, right, value in panel.bars:
        axes.fill_between([left, right], [panel.y_limits[0]] * 2, [value, value], color=bar, alpha=0.5, linewidth=0)
    for x, low, high in panel.whiskers:
        axes.plot([x, x], [low, high], color=bar, linewidth=1.2, alpha=0.55, zorder=2.5)
    for line, (x, text) in enumerate(panel.marks):
        axes.axvline(x, color=MUTED, linewidth=1.2, linestyle=(0, (3, 2)))
        is_late = axes.transData.transform((x, 1))[0] > axes.bbox.x0 + 0.6 * width
        place = (-6 if is_late else 6, -12 - LINE_PX * line)
        axes.annotate(
            text,
            (x, 1),
            xycoords=("data", "axes fraction"),
            xytext=place,
            textcoords="offset points",
            ha="right" if is_late else "left",
            color=INK,
            fontsize=TEXT_PX - 1,
            bbox={"facecolor": SURFACE, "edgecolor": "none", "pad": 1.0},
        )
    labels = [_draw_line(axes, line, panel, longest, top) for line in panel.lines]
    return [label for label in labels if label is not None]


def _draw_line(axes: Axes, line: Line, panel: LinePanel, longest: int, top: float) -> EndLabel | None:
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y) and (y > 0 or not panel.is_log_y)]
    if not points:
        return None
    if line.is_faint:
        axes.plot(*zip(*points, strict=True), color=MUTED, linewidth=0.8, alpha=0.6, zorder=2)
        return None
    style = series_style(line.index)
    # The whiskers of a panel belong to points, which must be seen.
    step = 1 if panel.whiskers else math.ceil(len(points) / 6)
    marks = sorted({*range(line.index % step, len(points), step), len(points) - 1})
    # A dense curve needs no marks: it has no single measurements.
    marks = [] if len(points) > 100 else marks
    axes.plot(*zip(*points, strict=True), **style.line(), markevery=marks, zorder=3)
    if not line.label:
        return None
    value = min(max(points[-1][1], panel.y_limits[0]), panel.y_limits[1])
    x, y = axes.transData.transform((points[-1][0], value))
    is_tied = points[-1][0] == max(line.x)
    return EndLabel(shortened(line.label, longest), float(x), top + float(axes.bbox.y1 - y), style, is_tied)
