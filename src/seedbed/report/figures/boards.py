"""Boards of small images, such as filters or feature maps, each on a colour scale of its own that a key explains."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from seedbed.formatting import shortened
from seedbed.report.figures.images import draw_image, draw_signed_key, mosaic, natural, signed
from seedbed.report.figures.style import INK, MUTED, TEXT_PX, pixel_axes
from seedbed.report.figures.svg import new_figure

_HEAD_PX, _LINE_PX, _KEY_PX, _GAP_PX = 24.0, 18.0, 150.0, 26.0
_MOST_TILE_PX, _IMAGE_PX = 56.0, 84.0


@dataclass(frozen=True)
class Board:
    """Images of one layer.

    Attributes
    ----------
    title, note : str
        Above it, and muted beside that.
    rows : tuple of (label, float array of shape (n, h, w))
        Each row of images under a label, all on one scale; a row too long for the page goes on below.
    columns : int
        Images in a line where there is room, such as the filters of one input channel; 0 for as many as fit.
    """

    title: str
    note: str
    rows: tuple[tuple[str, NDArray[np.float64]], ...]
    columns: int = 0


def draw_boards(boards: Sequence[Board], width: float, image: NDArray[np.generic] | None = None) -> Figure:
    """Draw boards below each other.

    Parameters
    ----------
    boards : sequence of Board
    width : float
    image : array, shape (c, h, w), optional
        Shown before them: the one that the boards are about.
    """
    first = 112.0 if image is not None else 0.0
    laid = [_lay(board, width) for board in boards]
    figure = new_figure(width, first + sum(height for _, _, height in laid) - _GAP_PX)
    page = pixel_axes(figure)
    if image is not None:
        # A row of values, as of a table, would be wider than the page.
        pixel = min(_IMAGE_PX / image.shape[1], width / image.shape[2])
        draw_image(page, natural(image), 0, 0, pixel * image.shape[2], pixel * image.shape[1])
    y = first
    for board, (columns, tile, height) in zip(boards, laid, strict=True):
        _draw_board(page, board, y, columns, tile, width)
        y += height
    return figure


def _lay(board: Board, width: float) -> tuple[int, float, float]:
    """Columns, pixels of a tile and the height of the whole."""
    count = max(len(tiles) for _, tiles in board.rows)
    most = board.columns or count
    columns = min(most, count, max(1, int(width / 30)))
    # Lines of equal length where one is not enough.
    columns = -(-count // -(-count // columns))
    tile = min(_MOST_TILE_PX, width / columns)
    height = _HEAD_PX + 14
    for label, tiles in board.rows:
        height += (_LINE_PX if label else 0) + -(-len(tiles) // columns) * tile + 8
    return columns, tile, height + _GAP_PX


def _draw_board(page: Axes, board: Board, top: float, columns: int, tile: float, width: float) -> None:
    finite = [np.abs(tiles[np.isfinite(tiles)]).max(initial=0.0) for _, tiles in board.rows]
    limit = float(max(finite, default=0.0)) or 1.0
    title = shortened(board.title, int((width - _KEY_PX) / (0.7 * TEXT_PX)))
    page.text(0, top + 13, title, color=INK, fontsize=TEXT_PX, fontweight="bold", parse_math=False)
    page.text(0, top + 30, board.note, color=MUTED, fontsize=TEXT_PX - 1, parse_math=False)
    draw_signed_key(page, width - 106, top + 5, limit)
    y = top + _HEAD_PX + 14
    for label, tiles in board.rows:
        if label:
            page.text(0, y + 12, label, color=MUTED, fontsize=TEXT_PX - 1, parse_math=False)
            y += _LINE_PX
        board_pixels = signed(mosaic(tiles, columns), limit)
        used = min(columns, len(tiles))
        lines = -(-len(tiles) // columns)
        # Only as many columns as are used, and the gaps between them count: the pixels stay square.
        shown = board_pixels[:, : used * (tiles.shape[2] + 1) - 1]
        scale = tile / (max(tiles.shape[1:]) + 1)
        draw_image(page, shown, 0, y, scale * shown.shape[1], scale * shown.shape[0])
        y += lines * tile + 8
