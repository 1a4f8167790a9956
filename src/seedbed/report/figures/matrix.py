"""Which class is taken for which: a square of counts, shaded where answers are wrong."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from seedbed.formatting import shortened
from seedbed.report.figures.style import GRID, INK, MUTED, TEXT_PX, pixel_axes, series_style
from seedbed.report.figures.svg import fitted, new_figure, text_width

_LEAST_CELL_PX, _HEAD_PX = 46.0, 26.0
_WRONG = 1
"""The colour of wrong answers; thin enough that writing on it can be read on light and on dark ground."""


def draw_matrix(counts: NDArray[np.int64], classes: Sequence[str], down: str, across: str, width: float) -> Figure:
    """Draw a confusion matrix.

    Parameters
    ----------
    counts : int64 array, shape (classes, classes)
        By label, then by answer; the diagonal is right and stays without colour.
    classes : sequence of str
    down, across : str
        What rows and columns are.
    width : float
    """
    longest = 14 if width >= 600 else 8
    names = [shortened(name, longest) for name in classes]
    left = max(text_width(name, TEXT_PX - 1) for name in [*names, down]) + 12
    wanted = max(_LEAST_CELL_PX, *(text_width(name, TEXT_PX - 1) + 8 for name in names))
    # The last name of two heights reaches beyond its column.
    cell = min(wanted, (width - left - 8) / len(names))
    high = min(cell, 34.0)
    # Long names of columns stand at two heights in turn.
    turns = 2 if max(text_width(name, TEXT_PX - 1) for name in names) > cell - 4 else 1
    heads = [fitted(name, TEXT_PX - 1, turns * cell - 2) for name in classes]
    head = 2 * _HEAD_PX + 18 * (turns - 1)
    figure = new_figure(width, head + len(names) * high + 2)
    page = pixel_axes(figure)
    page.text(left - 10, head - 8, down, color=MUTED, fontsize=TEXT_PX - 1, ha="right")
    page.text(left + len(names) * cell / 2, 13, across, color=MUTED, fontsize=TEXT_PX - 1, ha="center")
    wrong = counts * ~np.eye(len(counts), dtype=bool)
    most = max(int(wrong.max()), 1)
    for row, name in enumerate(names):
        y = head + row * high
        place = left + (row + 0.5) * cell
        page.text(
            place,
            head - 8 - 18 * (row % turns),
            heads[row],
            color=INK,
            fontsize=TEXT_PX - 1,
            ha="center",
            parse_math=False,
        )
        page.text(left - 10, y + high / 2 + 5, name, color=INK, fontsize=TEXT_PX - 1, ha="right", parse_math=False)
        for column in range(len(names)):
            count, x = int(counts[row, column]), left + column * cell
            share = 0.0 if row == column else count / most
            shade = 0.08 + 0.52 * share if share else 0.0
            face = to_rgba(series_style(_WRONG).colour, shade) if share else "none"
            box = Rectangle((x + 1, y + 1), cell - 2, high - 2, facecolor=face, edgecolor=GRID, linewidth=0.8)
            page.add_patch(box)
            if count:
                colour = MUTED if row == column else INK
                size = TEXT_PX - (1 if cell >= 36 else 3)
                page.text(x + cell / 2, y + high / 2 + 5, str(count), color=colour, fontsize=size, ha="center")
    return figure
