"""Figures of a report: drawn by matplotlib, handed to the page as SVG that takes font and colours from it."""

from seedbed.report.figures.curves import draw_curves
from seedbed.report.figures.dots import DotRow, draw_dots
from seedbed.report.figures.heat import HEAT_COLOURS, HeatMap, draw_heat
from seedbed.report.figures.panels import Panel, Series, Stray, error_panels, loss_panels
from seedbed.report.figures.picture import Picture, picture
from seedbed.report.figures.style import draw_swatch

__all__ = [
    "HEAT_COLOURS",
    "DotRow",
    "HeatMap",
    "Panel",
    "Picture",
    "Series",
    "Stray",
    "draw_curves",
    "draw_dots",
    "draw_heat",
    "draw_swatch",
    "error_panels",
    "loss_panels",
    "picture",
]
