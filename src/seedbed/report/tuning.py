"""The map of a tuned comparison: at which pairs of learning rates which recipe errs less."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.formatting import number
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import picture
from seedbed.report.figures.turning import TURNING_COLOURS, Side, TurningCell, TurningMap, draw_turning
from seedbed.statistics import compare
from seedbed.study.tuning import tuning_name

if TYPE_CHECKING:
    from seedbed.study.result import VariantResult

_LEVEL = 0.05


def turning_figure(variants: "Sequence[VariantResult]") -> Figure:
    """The difference at every pair of rates, of the runs that had images held out.

    Parameters
    ----------
    variants : sequence of VariantResult
        Of the whole study.
    """
    named = {variant.name: variant for variant in variants}
    rates = {
        side: [float(name.removeprefix(f"{side}-rate-")) for name in named if name.startswith(f"{side}-rate-")]
        for side in ("a", "b")
    }
    marked = _marked(named)
    cells = tuple(tuple(_cell(named, one, other, marked) for other in rates["b"]) for one in rates["a"])
    found = TurningMap(
        tuple(f"{rate:g}" for rate in rates["a"]),
        tuple(f"{rate:g}" for rate in rates["b"]),
        cells,
        named["a"].title,
        named["b"].title,
    )
    seeds = len(named[tuning_name("a", rates["a"][0])].runs)
    caption = phrase(
        "Where the verdict turns. Error of {a} minus error of {b}, percent points, at every rate of the one (down) and "
        "of the other (across), on the test images, over {seeds} seeds with images held out. Coloured where Welch's "
        "test of that pair alone is under 5%: a map, not verdicts. Thick edges: the given rates, and those chosen "
        "on held-out images.",
        a=found.first,
        b=found.second,
        seeds=seeds,
    )
    alt = " ".join([caption, _in_words(found)])
    return Figure(
        "turning", caption, picture("turning", alt, lambda width: draw_turning(found, width), TURNING_COLOURS)
    )


def _marked(named: "dict[str, VariantResult]") -> dict[tuple[float, float], str]:
    given = tuple(named[side].recipe.parts.optimizer.lr for side in ("a", "b"))
    own = tuple((named.get(f"{side}-own") or named[side]).recipe.parts.optimizer.lr for side in ("a", "b"))
    marks = {(given[0], given[1]): phrase("given")}
    marks[own[0], own[1]] = phrase("own") if own != given else phrase("given, own")
    return marks


def _cell(
    named: "dict[str, VariantResult]", one: float, other: float, marked: dict[tuple[float, float], str]
) -> TurningCell:
    first, second = named[tuning_name("a", one)].errors, named[tuning_name("b", other)].errors
    if not first or not second:
        return TurningCell(math.nan, "open")
    found = compare(first, second)
    lower: Side = "open"
    if found.p_value < _LEVEL:
        lower = "second" if found.difference > 0 else "first"
    return TurningCell(found.difference, lower, marked.get((one, other), ""))


def _in_words(found: TurningMap) -> str:
    rows = []
    for label, cells in zip(found.rows, found.cells, strict=True):
        values = [f"{column} {number(cell.difference)}" for column, cell in zip(found.columns, cells, strict=True)]
        rows.append(f"{label}: {', '.join(values)}")
    return f"{'; '.join(rows)}."
