"""A surface seen from above: bands of height with their borders, the lighter the lower."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seedbed.report.figures.heat import SHADES
from seedbed.report.figures.images import draw_image
from seedbed.report.figures.scales import set_ticks
from seedbed.report.figures.style import INK, MUTED, SURFACE, TEXT_PX, pixel_axes, plot_axes
from seedbed.report.figures.svg import new_figure

_TOP_PX, _LEFT_PX, _BOTTOM_PX = 56.0, 44.0, 44.0
_MOST_PX = 480.0


def draw_surface(
    coordinates: NDArray[np.float64], heights: NDArray[np.float64], labels: Sequence[str], unit: str, width: float
) -> Figure:
    """Draw contours at even steps of the logarithm.

    Parameters
    ----------
    coordinates : float64 array, shape (points,)
        Along both directions; 0 is the middle, which gets a mark.
    heights : float64 array, shape (points, points)
        Above zero, by first and second direction; what is not finite is left white.
    labels : (str, str)
        Of the first (down) and second direction (across).
    unit : str
        What the heights are.
    width : float
    """
    size = min(_MOST_PX, width - _LEFT_PX - 10)
    figure = new_figure(width, _TOP_PX + size + _BOTTOM_PX)
    page = pixel_axes(figure)
    axes = plot_axes(figure, _LEFT_PX, _TOP_PX, size, size)
    finite = heights[np.isfinite(heights) & (heights > 0)]
    low, high = float(finite.min()), float(finite.max())
    high = high if high > low else low * 1.001
    levels = np.geomspace(low, high, len(SHADES) + 1)
    levels[0], levels[-1] = levels[0] * 0.999, levels[-1] * 1.001
    masked = np.ma.masked_invalid(np.clip(heights, low, None))
    axes.contourf(coordinates, coordinates, masked, levels=levels, colors=SHADES)
    axes.contour(coordinates, coordinates, masked, levels=levels[1:-1], colors=SURFACE, linewidths=0.6)
    axes.plot([0], [0], "o", color=SURFACE, markeredgecolor=INK, markersize=8, mew=1.6)
    ends = (float(coordinates[0]), float(coordinates[-1]))
    axes.set(xlim=ends, ylim=ends)
    set_ticks(axes.xaxis, *ends, False, count=4)
    set_ticks(axes.yaxis, *ends, False, count=4)
    page.text(0, _TOP_PX - 12, labels[0], color=MUTED, fontsize=TEXT_PX - 1)
    page.text(_LEFT_PX + size / 2, _TOP_PX + size + 38, labels[1], color=MUTED, fontsize=TEXT_PX - 1, ha="center")
    _draw_key(figure, low, high, unit)
    return figure


def _draw_key(figure: Figure, low: float, high: float, unit: str) -> None:
    page = pixel_axes(figure)
    shades = [[int(shade[place : place + 2], 16) for place in (1, 3, 5)] + [255] for shade in SHADES]
    draw_image(page, np.array([shades], np.uint8), _LEFT_PX, 6, 144, 10)
    page.text(_LEFT_PX, 30, f"{low:.3g}", color=MUTED, fontsize=TEXT_PX - 2)
    page.text(_LEFT_PX + 72, 30, f"{(low * high) ** 0.5:.2g}", color=MUTED, fontsize=TEXT_PX - 2, ha="center")
    page.text(_LEFT_PX + 144, 30, f"{high:.3g}", color=MUTED, fontsize=TEXT_PX - 2, ha="right")
    page.text(_LEFT_PX + 156, 16, unit, color=INK, fontsize=TEXT_PX - 1)
