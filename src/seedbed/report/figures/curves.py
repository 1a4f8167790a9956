"""Figures of a quantity against the epoch: mean line and band of one standard deviation for each variant."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from seedbed.formatting import number, shortened_apart, standing_text
from seedbed.language import phrase
from seedbed.report.figures.labels import LINE_PX, EndLabel, draw_end_labels
from seedbed.report.figures.panels import Panel, Series, Stray
from seedbed.report.figures.scales import set_epoch_ticks, set_ticks
from seedbed.report.figures.style import GRID, INK, MUTED, TEXT_PX, pixel_axes, plot_axes, series_style
from seedbed.report.figures.svg import new_figure, text_width

_TOP_PX, _BOTTOM_PX, _LEFT_PX, _GAP_PX, _COLUMN_GAP_PX = 46.0, 46.0, 44.0, 18.0, 30.0
_MOST_STRAY_LABELS, _MOST_SIDE_BY_SIDE = 4, 6


def draw_curves(panels: Sequence[Panel], width: float) -> Figure:
    """Draw panels side by side where there is room for two, else one below the other."""
    is_crowded = any(len(panel.series) > _MOST_SIDE_BY_SIDE for panel in panels)
    columns = 1 if width < 600 or len(panels) == 1 or is_crowded else 2
    longest = (24 if columns > 1 else 36) if width >= 600 else 15
    labels = list(dict.fromkeys(item.label for panel in panels for item in panel.series))
    names = dict(zip(labels, shortened_apart(labels, longest), strict=True))
    rights = [
        max(_label_column(panel, names, columns) for panel in panels[column::columns]) for column in range(columns)
    ]
    lines = max(len(panel.series) for panel in panels)
    height = max(250.0 if width >= 600 else 220.0, LINE_PX * lines + 10)
    cell = _TOP_PX + height + _BOTTOM_PX
    plot_width = (width - columns * _LEFT_PX - (columns - 1) * _COLUMN_GAP_PX - sum(rights)) / columns
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(width, rows * cell + (rows - 1) * _GAP_PX)
    page = pixel_axes(figure)
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        left = _LEFT_PX + column * (_LEFT_PX + plot_width + _COLUMN_GAP_PX) + sum(rights[:column])
        top = row * (cell + _GAP_PX) + _TOP_PX
        page.text(left - _LEFT_PX, top - 30, panel.title, color=INK, fontsize=TEXT_PX, fontweight="bold")
        page.text(left - _LEFT_PX, top - 12, panel.unit, color=MUTED, fontsize=TEXT_PX - 1)
        below = phrase("Epoch")
        page.text(left + plot_width / 2, top + height + 38, below, color=MUTED, fontsize=TEXT_PX - 1, ha="center")
        axes = plot_axes(figure, left, top, plot_width, height)
        ends = _draw_panel(axes, panel, plot_width, names, top)
        if rights[column] > 30:
            draw_end_labels(page, ends, left + plot_width + 28, top + 4, top + height - 4)
    return figure


def _label_column(panel: Panel, names: Mapping[str, str], columns: int) -> float:
    if panel.enlarged is not None and columns > 1:
        return 4.0
    texts = [names[item.label] + _beyond(panel, item) for item in panel.series]
    return 30 + max(text_width(text, TEXT_PX, is_bold=True) for text in texts)


def _draw_panel(axes: Axes, panel: Panel, width: float, names: Mapping[str, str], top: float) -> list[EndLabel]:
    first, last = panel.epochs
    air = 6 * (last - first) / width
    if panel.is_log:
        axes.set_yscale("log")
    axes.set(xlim=(first - air, last + air), ylim=panel.limits)
    set_ticks(axes.yaxis, *panel.limits, panel.is_log)
    set_epoch_ticks(axes.xaxis, first, last, count=6 if width < 450 else 10)
    axes.grid(axis="y", color=GRID, linewidth=1.0)
    if panel.enlarged is not None:
        (start, _), (low, high) = panel.enlarged.epochs, panel.enlarged.limits
        size = (last + air - (start - 0.5), high - low)
        axes.add_patch(Rectangle((start - 0.5, low), *size, facecolor=GRID, alpha=0.8, linewidth=0, zorder=0.5))
    strays = [(item, stray) for item in panel.series for stray in item.strays]
    for item, stray in strays:
        _draw_stray(axes, item, stray, is_labelled=len(strays) <= _MOST_STRAY_LABELS)
    labels = [_draw_series(axes, panel, item, names, top) for item in panel.series]
    return [label for label in labels if label is not None]


def _draw_series(axes: Axes, panel: Panel, item: Series, names: Mapping[str, str], top: float) -> EndLabel | None:
    if item.curve is None:
        return None
    style, curve = series_style(item.index), item.curve
    if curve.std is not None:
        floor = panel.limits[0] / 10 if panel.is_log else -math.inf
        lows = [max(mean - std, floor) for mean, std in zip(curve.mean, curve.std, strict=True)]
        highs = [mean + std for mean, std in zip(curve.mean, curve.std, strict=True)]
        alpha = 0.17 if len(panel.series) <= 4 else 0.1 if len(panel.series) <= 8 else 0.06
        axes.fill_between(curve.epochs, lows, highs, color=style.colour, alpha=alpha, linewidth=0)
    shown = [place for place, epoch in enumerate(curve.epochs) if epoch >= panel.epochs[0]]
    step = math.ceil(len(shown) / 6) if len(shown) > 12 else 1
    marks = sorted({*shown[item.index % step :: step], shown[-1]}) if shown else []
    axes.plot(curve.epochs, curve.mean, **style.line(), markevery=marks, zorder=3)
    value = min(max(curve.mean[-1], panel.limits[0]), panel.limits[1])
    text = names[item.label] + _beyond(panel, item)
    x, y = axes.transData.transform((curve.epochs[-1], value))
    is_tied = curve.epochs[-1] == panel.epochs[1]
    return EndLabel(text, float(x), top + float(axes.bbox.y1 - y), style, is_tied)


def _draw_stray(axes: Axes, item: Series, stray: Stray, is_labelled: bool) -> None:
    style = series_style(item.index)
    end = (stray.epochs[-1], stray.values[-1])
    mark = "x" if stray.state == "diverged" else "o"
    axes.plot(stray.epochs, stray.values, color=style.colour, linewidth=1.0, linestyle=style.dash, alpha=0.85)
    axes.plot([end[0]], [end[1]], mark, color=style.colour, markersize=6, markerfacecolor="none", clip_on=False)
    if is_labelled:
        first, last = axes.get_xlim()
        is_late = end[0] > first + 0.6 * (last - first)
        axes.annotate(
            phrase("seed {seed} {state}", seed=stray.seed, state=standing_text(stray.state)),
            end,
            xytext=(-8, -14) if is_late else (9, -4),
            textcoords="offset points",
            ha="right" if is_late else "left",
            color=MUTED,
            fontsize=TEXT_PX - 1,
        )


def _beyond(panel: Panel, item: Series) -> str:
    """An arrow and the value for a line that ends above the axes."""
    if item.curve is None or item.curve.mean[-1] <= panel.limits[1]:
        return ""
    return f" ↑ {number(item.curve.mean[-1], 1)}"
