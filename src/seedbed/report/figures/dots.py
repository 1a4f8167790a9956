"""The figure of all results: every run a dot, the mean with its interval below, the published figure under that."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seedbed.formatting import number, shortened_apart
from seedbed.language import phrase
from seedbed.report.figures.scales import padded, set_ticks, wants_log
from seedbed.report.figures.style import GRID, INK, MUTED, SURFACE, TEXT_PX, pixel_axes, plot_axes, series_style
from seedbed.report.figures.svg import new_figure, text_width
from seedbed.study.summaries import Spread

_ROW_PX, _DOT_PX, _BOTTOM_PX = 66.0, 6.5, 48.0
_ASIDE_PX = 130.0
"""Room at the right end of the axis to name runs that lie beyond it."""


@dataclass(frozen=True)
class DotRow:
    """One variant.

    Attributes
    ----------
    label : str
    index : int
        Place of the variant in the study, which decides its style.
    measured : Spread or None
        The runs to draw as dots with mean and interval.
    outside : tuple of float
        Errors of collapsed runs; where they lie far off they are named at the edge.
    published : (error, std or None) or None
        Where it lies so far above all that was measured that the runs would shrink to one dot, it is named at the edge.
    text, note : str
        Written at the end of the row: the result, and what is special about it.
    """

    label: str
    index: int
    measured: Spread | None
    outside: tuple[float, ...]
    published: tuple[float, float | None] | None
    text: str
    note: str = ""


def draw_dots(rows: Sequence[DotRow], width: float) -> Figure:
    """Draw the rows on one axis of test error; at least one of them must have a measured or published error."""
    measured = [value for row in rows for value in _extent(row)]
    values = measured + [end for row in rows for end in _published_ends(row, measured)]
    is_wide = width >= 600
    shift = 0.0 if is_wide else 18.0
    row_px = _ROW_PX + shift
    names = shortened_apart([row.label for row in rows], 36 if is_wide else 24)
    left = max(text_width(name, TEXT_PX, is_bold=True) for name in names) + 20 if is_wide else 10.0
    texts = [text for row in rows for text in (row.text, row.note)]
    right = max(text_width(text, TEXT_PX) for text in texts) + 26 if is_wide else 14.0
    top = _key_height(width)
    figure = new_figure(width, top + len(rows) * row_px + _BOTTOM_PX)
    page = pixel_axes(figure)
    _draw_key(page, width, any(row.published for row in rows))
    axes = plot_axes(figure, left, top, width - left - right, len(rows) * row_px)
    is_log = wants_log(value for row in rows for value in (row.measured.values if row.measured else ()))
    low, high = padded([value for value in values if value > 0] if is_log else values, is_log)
    published = [row.published[0] for row in rows if row.published]
    if any(error > high for error in (*published, *(error for row in rows for error in row.outside))):
        share = _ASIDE_PX / (width - left - right)
        high = high * (high / low) ** share if is_log else high + (high - low) * share
    if is_log:
        axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(len(rows) * row_px, 0), yticks=[])
    set_ticks(axes.xaxis, low, high, is_log, count=8 if is_wide else 5)
    axes.grid(axis="x", color=GRID, linewidth=1.0)
    unit = phrase("Test error after the last epoch, %")
    unit = phrase("{unit}, logarithmic", unit=unit) if is_log else unit
    page.text(
        left + (width - left - right) / 2,
        top + len(rows) * row_px + 40,
        unit,
        color=MUTED,
        fontsize=TEXT_PX - 1,
        ha="center",
    )
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = place * row_px
        if place:
            page.plot([0, width], [top + y, top + y], color=GRID, linewidth=1.0)
        _draw_row(axes, row, y + shift, (low, high))
        name_y = top + y + (0.5 * row_px if is_wide else 20)
        page.text(0, name_y, name, color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False)
        page.text(width, name_y - (9 if is_wide and row.note else 0), row.text, color=INK, fontsize=TEXT_PX, ha="right")
        if row.note and is_wide:
            page.text(width, name_y + 9, row.note, color=MUTED, fontsize=TEXT_PX - 1, ha="right")
    return figure


def _extent(row: DotRow) -> list[float]:
    values: list[float] = []
    if row.measured is not None:
        values += row.measured.values
        # Two runs may have an interval of a thousand times their distance; it must not decide the scale.
        reach = 3 * (max(row.measured.values) - min(row.measured.values))
        values += [min(max(end, values[0] - reach), values[0] + reach) for end in row.measured.interval or ()]
    return values


def _published_ends(row: DotRow, measured: Sequence[float]) -> tuple[float, ...]:
    """The published figure and its deviation, unless it lies far above all that was measured."""
    if row.published is None:
        return ()
    error, std = row.published
    low, high = min(measured, default=error), max(measured, default=error)
    if error > 3 * high and error - high > 3 * (high - low):
        return ()
    return (error - (std or 0.0), error + (std or 0.0))


def _draw_row(axes: Axes, row: DotRow, top: float, limits: tuple[float, float]) -> None:
    style = series_style(row.index)
    if row.measured is not None:
        levels = _stacked([float(axes.transData.transform((value, 0))[0]) for value in row.measured.values], _DOT_PX)
        rise = 16 / max(3, *levels)
        heights = [top + 20 - rise * level for level in levels]
        axes.plot(row.measured.values, heights, "o", color=style.colour, alpha=0.7, markersize=_DOT_PX, mew=0)
        y = top + 33
        if row.measured.interval is not None:
            axes.plot(row.measured.interval, [y, y], color=style.colour, linewidth=2.5, solid_capstyle="butt")
            for end, limit, mark in zip(row.measured.interval, limits, "<>", strict=True):
                if end < limit if mark == "<" else end > limit:
                    axes.plot([limit], [y], mark, color=style.colour, markersize=7, mew=0, clip_on=False)
        mean = style.line(9) | {"linestyle": "none"}
        axes.plot([row.measured.mean], [y], **mean, zorder=4, clip_on=False)
    if row.published is not None:
        error, std = row.published
        y = top + 49
        if error > limits[1]:
            _name_at_edge(axes, limits[1], y, phrase("published: {error} →", error=number(error)))
        else:
            if std is not None:
                axes.errorbar([error], [y], xerr=[std], color=MUTED, linewidth=1.2, capsize=3, fmt="none")
            axes.plot([error], [y], "D", color=SURFACE, markeredgecolor=MUTED, markersize=6, mew=1.3, zorder=4)
    for place, error in enumerate(sorted(row.outside)):
        if error <= limits[1]:
            axes.plot([error], [top + 20], "o", color=style.colour, markerfacecolor="none", markersize=_DOT_PX)
        elif place == len(row.outside) - 1:
            count = sum(value > limits[1] for value in row.outside)
            text = phrase("collapsed: {error} →", error=number(error, 1))
            if count > 1:
                text = phrase("{count} collapsed, up to {error} →", count=count, error=number(error, 1))
            _name_at_edge(axes, limits[1], top + 20, text)


def _name_at_edge(axes: Axes, edge: float, y: float, text: str) -> None:
    axes.text(edge, y + 0.36 * TEXT_PX, text, color=MUTED, fontsize=TEXT_PX - 1, ha="right")


def _stacked(values: Sequence[float], width: float) -> list[int]:
    """How high each dot at a pixel must sit so that it does not cover another: 0 for the lowest level."""
    levels: list[int] = []
    for place, value in enumerate(values):
        near = {levels[other] for other in range(place) if abs(values[other] - value) < width}
        levels.append(next(level for level in range(place + 1) if level not in near))
    return levels


def _key_height(width: float) -> float:
    return 34.0 if width >= 600 else 72.0


def _draw_key(page: Axes, width: float, has_published: bool) -> None:
    """Explain the marks once, above the rows."""
    x, y = 4.0, 12.0
    items = [phrase("one run"), phrase("mean and 95% interval")]
    items += [phrase("published mean ± std")] if has_published else []
    for place, text in enumerate(items):
        if place == 0:
            page.plot([x + 4], [y], "o", color=MUTED, alpha=0.7, markersize=_DOT_PX, mew=0)
            start = x + 16
        elif place == 1:
            page.plot([x, x + 34], [y, y], color=MUTED, linewidth=2.5, solid_capstyle="butt")
            page.plot([x + 17], [y], "o", color=MUTED, markersize=8.5, markeredgecolor=SURFACE)
            start = x + 43
        else:
            page.errorbar([x + 17], [y], xerr=[17], color=MUTED, linewidth=1.2, capsize=3, fmt="none")
            page.plot([x + 17], [y], "D", color=SURFACE, markeredgecolor=MUTED, markersize=6, mew=1.3, zorder=4)
            start = x + 43
        page.text(start, y + 0.36 * TEXT_PX, text, color=MUTED, fontsize=TEXT_PX - 1)
        x = start + text_width(text, TEXT_PX - 1) + 22
        if width < 600:
            x, y = 4.0, y + 20
