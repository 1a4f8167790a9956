"""Figures of a report: drawn by matplotlib, handed to the page as SVG that takes font and colours from it."""

from seedbed.report.figures.bands import LEVELS, Band, BandRow, draw_bands
from seedbed.report.figures.boards import Board, draw_boards
from seedbed.report.figures.curves import draw_curves
from seedbed.report.figures.dots import DotRow, draw_dots
from seedbed.report.figures.gallery import Exhibit, draw_gallery
from seedbed.report.figures.heat import HEAT_COLOURS, HeatMap, draw_heat
from seedbed.report.figures.images import magnitude, natural, signed
from seedbed.report.figures.lines import Line, LinePanel, draw_lines
from seedbed.report.figures.matrix import draw_matrix
from seedbed.report.figures.panels import Panel, Series, Stray, error_panels, loss_panels
from seedbed.report.figures.picture import Picture, picture
from seedbed.report.figures.scales import padded
from seedbed.report.figures.style import draw_swatch
from seedbed.report.figures.surface import draw_surface
from seedbed.report.figures.triples import ImageRow, draw_image_rows

__all__ = [
    "HEAT_COLOURS",
    "LEVELS",
    "Band",
    "BandRow",
    "Board",
    "DotRow",
    "Exhibit",
    "HeatMap",
    "ImageRow",
    "Line",
    "LinePanel",
    "Panel",
    "Picture",
    "Series",
    "Stray",
    "draw_bands",
    "draw_boards",
    "draw_curves",
    "draw_dots",
    "draw_gallery",
    "draw_heat",
    "draw_image_rows",
    "draw_lines",
    "draw_matrix",
    "draw_surface",
    "draw_swatch",
    "error_panels",
    "loss_panels",
    "magnitude",
    "natural",
    "padded",
    "picture",
    "signed",
]
