"""Names at the ends of lines instead of a legend, moved apart where they would overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from seedbed.report.figures.style import INK, TEXT_PX, SeriesStyle

LINE_PX = 17.0
"""Height that one label takes."""


@dataclass(frozen=True)
class EndLabel:
    """A name for a line that ends at pixel ``(x, y)``.

    ``is_tied`` is False for a line that ends before the others: a tie would run through them, so the name gets a piece
    of its line instead, as in a legend.
    """

    text: str
    x: float
    y: float
    style: SeriesStyle
    is_tied: bool = True


def spread_out(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places as little as possible (least squares) until neighbours are a gap apart, within a range.

    Parameters
    ----------
    places : sequence of float
        In any order; the order along the axis is kept.
    gap, low, high : float
        If the range is too small for all, the places run over its end.

    Returns
    -------
    list of float
        The new places in the order of ``places``.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    # With i gaps taken off the i-th place, "a gap apart" becomes "not falling": pool what falls into its mean.
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        mean, size = places[index] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (mean * size + before * count) / (size + count), size + count
        pools.append((mean, size))
    top = max(low, high - gap * (len(places) - 1))
    levels = [min(max(mean, low), top) for mean, size in pools for _ in range(size)]
    moved = [0.0] * len(places)
    for rank, index in enumerate(order):
        moved[index] = levels[rank] + rank * gap
    return moved


def draw_end_labels(axes: Axes, labels: Sequence[EndLabel], x: float, top: float, bottom: float) -> None:
    """Write labels in a column at ``x``, each tied to the end of its line or behind a piece of it.

    Parameters
    ----------
    axes : Axes
        From `pixel_axes`.
    labels : sequence of EndLabel
    x, top, bottom : float
        Left edge of the column and the range of the text centres, in pixels.
    """
    places = spread_out([label.y for label in labels], LINE_PX, top, bottom)
    for label, y in zip(labels, places, strict=True):
        if label.is_tied:
            axes.plot(
                [label.x + 5, x - 12, x - 4],
                [label.y, y, y],
                color=label.style.colour,
                linewidth=1.0,
                solid_joinstyle="round",
                alpha=0.9,
            )
        else:
            axes.plot([x - 24, x - 14, x - 4], [y, y, y], **label.style.line(), markevery=[1])
        axes.text(
            x,
            y + 0.36 * TEXT_PX,
            label.text,
            color=INK,
            fontsize=TEXT_PX,
            fontweight="bold",
            va="baseline",
            parse_math=False,
        )
