"""Colours, line styles and markers: told apart by everyone, in print, and on light and dark ground.

The colours are those of Okabe and Ito, "Color Universal Design" (2008). A figure is drawn in the colours below and the
page decides what each becomes (``--series-0`` to ``--series-6``), so that one figure serves light and dark.
"""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seedbed.report.figures.svg import new_figure, to_svg

INK = "#1b1f24"
MUTED = "#59636e"
GRID = "#d8dee4"
SURFACE = "#fdfdfc"
TEXT_PX = 13.0

# Pure black would not be written as the fill of a marker (it is what SVG fills with), and stay black on dark ground.
_SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#010101", "#56b4e9", "#e69f00")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_MARKER_SCALES = {"^": 1.25, "v": 1.25, "P": 1.15, "X": 1.15, "D": 0.88, "s": 0.95}
_DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    (0, (5, 1.4, 1.2, 1.4)),
    (0, (1.8, 1.2)),
    (0, (7, 1.4, 1.2, 1.4, 1.2, 1.4)),
)

COLOURS = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    SURFACE: "var(--surface)",
    **{colour: f"var(--series-{index})" for index, colour in enumerate(_SERIES)},
}
"""What each colour of a figure is called in the page."""


@dataclass(frozen=True)
class SeriesStyle:
    """How one variant looks in every figure."""

    colour: str
    marker: str
    dash: Any

    def line(self, marker_px: float = 6.0) -> dict[str, Any]:
        """Arguments of a line with markers; shapes of one nominal size look equally large."""
        return {
            "color": self.colour,
            "linestyle": self.dash,
            "linewidth": 2.0,
            "marker": self.marker,
            "markersize": marker_px * _MARKER_SCALES.get(self.marker, 1.0),
            "markeredgecolor": SURFACE,
            "markeredgewidth": 1.0,
            "dash_capstyle": "butt",
        }


def series_style(index: int) -> SeriesStyle:
    """The style of the variant at a place of the study; 35 places differ from each other."""
    turn = index // len(_SERIES)
    return SeriesStyle(
        _SERIES[index % len(_SERIES)], _MARKERS[(index + turn) % len(_MARKERS)], _DASHES[(index + turn) % len(_DASHES)]
    )


def draw_swatch(name: str, index: int) -> str:
    """A short piece of the variant's line, to stand before its name in tables; decoration for those who see it.

    ``name`` and ``index`` together must be unique in the page.
    """
    figure = new_figure(36, 14)
    axes = pixel_axes(figure)
    style = series_style(index)
    axes.plot([1, 35], [7, 7], **(style.line() | {"marker": "none"}))
    axes.plot([18], [7], **(style.line(8.5) | {"linestyle": "none"}))
    return to_svg(figure, f"{name}-{index}", COLOURS, alt="")


def pixel_axes(figure: Figure) -> Axes:
    """Invisible axes over the whole figure, in pixels from its upper left corner."""
    width, height = figure.get_size_inches() * 72
    axes = figure.add_axes((0, 0, 1, 1), zorder=5)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return axes


def plot_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in pixels, with nothing but a quiet base line."""
    full_width, full_height = figure.get_size_inches() * 72
    bottom = full_height - top - height
    place = (left / full_width, bottom / full_height, width / full_width, height / full_height)
    axes = figure.add_axes(place, facecolor="none", axisbelow=True)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=MUTED, linewidth=1.0)
    axes.tick_params(
        which="both", colors=MUTED, labelsize=TEXT_PX - 1, length=4, width=1.0, pad=5, labelfontfamily="DejaVu Sans"
    )
    axes.tick_params(axis="y", which="both", length=0, pad=7)
    return axes
