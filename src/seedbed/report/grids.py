"""Grids in a report: a table with a row for each cell, and a heat map of what was measured and published."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from seedbed.formatting import number
from seedbed.language import phrase
from seedbed.report.figures import HEAT_COLOURS, HeatMap, Picture, draw_heat, picture
from seedbed.report.tables import (
    Cell,
    RowGroup,
    Table,
    measured_cell,
    measured_heads,
    measured_interval_cell,
    published_cell,
    published_head,
    published_rule,
)
from seedbed.study.rows import variant_rows
from seedbed.study.summaries import VariantSummary

if TYPE_CHECKING:
    from seedbed.study.result import GridResult

_MOST_COLUMNS = 8

Axes = Mapping[str, Sequence[str]]


def grid_table(grid: "GridResult", cells: Sequence[VariantSummary]) -> Table:
    """What was published and measured in each cell, with a column for each axis."""
    has_published = any(item.variant.published for item in cells)
    columns = (
        *(Cell(axis) for axis in grid.axes),
        *([published_head()] if has_published else []),
        *measured_heads(),
    )
    rows = tuple(
        (
            *(Cell(item.variant.coordinates[axis]) for axis in grid.axes),
            *([published_cell(item)] if has_published else []),
            measured_cell(row),
            measured_interval_cell(row),
        )
        for item, row in zip(cells, variant_rows(cells), strict=True)
    )
    caption = phrase("{caption}. Test error after the last epoch, over all finished runs.", caption=grid.caption)
    judged = [item.replication.replicates for item in cells if item.replication is not None]
    known = [holds for holds in judged if holds is not None]
    if known:
        count = phrase(
            "{inside} of {all} published figures lie inside the intervals below them.",
            inside=sum(known),
            all=len(known),
        )
        caption = f"{caption} {published_rule()} {count}"
    return Table(f"grid-{grid.name}", caption, columns, (RowGroup(rows),))


def grid_picture(grid: "GridResult", cells: Sequence[VariantSummary]) -> Picture | None:
    """Heat maps of the mean errors, measured beside published; None if there is nothing to draw."""
    named = {tuple(item.variant.coordinates.values()): item for item in cells}
    measured = {place: item.measured.mean for place, item in named.items() if item.measured}
    published = {place: item.variant.published.error for place, item in named.items() if item.variant.published}
    maps = [
        heat_map(title, grid.axes, values)
        for title, values in (
            (phrase("Measured error, %"), measured),
            (phrase("Published error, %"), published),
        )
        if values
    ]
    if not maps:
        return None
    alt = f"{grid.caption}. {' '.join(_in_words(one) for one in maps)}"
    return picture(f"grid-{grid.name}-map", alt, lambda width: draw_heat(maps, width), HEAT_COLOURS)


def heat_map(title: str, axes: Axes, values: Mapping[tuple[str, ...], float]) -> HeatMap:
    """Put values by their coordinates into rows and columns: the last axes run across, as many as fit.

    Parameters
    ----------
    axes : mapping of str to sequence of str
    values : mapping
        By a label for each axis.
    """
    labels, across = list(axes.values()), _across(axes)
    # One axis alone gives a single row without a label.
    rows = tuple(product(*labels[: len(labels) - across]))
    columns = tuple(product(*labels[len(labels) - across :]))
    cells = tuple(tuple(values.get((*row, *column)) for column in columns) for row in rows)
    names = list(axes)
    return HeatMap(title, rows, columns, cells, ", ".join(names[:-across]), tuple(names[-across:]))


def directions(axes: Axes) -> str:
    """Which axes a map has down and across: ``Down: pool, act. Across: lr, batch.``"""
    names, across = list(axes), _across(axes)
    right = phrase("Across: {names}.", names=", ".join(names[-across:]))
    if across == len(names):
        return right
    return f"{phrase('Down: {names}.', names=', '.join(names[:-across]))} {right}"


def _across(axes: Axes) -> int:
    """How many of the last axes run across."""
    lengths = [len(labels) for labels in axes.values()]
    across = 1
    while across + 1 < len(lengths) and math.prod(lengths[-across - 1 :]) <= _MOST_COLUMNS:
        across += 1
    return across


def _in_words(one: HeatMap) -> str:
    rows = [
        f"{', '.join(row)}: "
        + ", ".join(f"{' '.join(column)} {number(value)}" for column, value in zip(one.columns, values, strict=True))
        for row, values in zip(one.rows, one.values, strict=True)
    ]
    return f"{one.title} {'; '.join(rows)}."
