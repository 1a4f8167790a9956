"""Chains in a report: a table with a row for each step from a recipe as published to the one as meant."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.formatting import DASH, interval_text, number, p_value_text, run_count
from seedbed.language import phrase
from seedbed.report.document import Answer, Figure, Section
from seedbed.report.figures import DotRow, draw_dots, picture
from seedbed.report.tables import Cell, RowGroup, Table
from seedbed.study.chain_wording import chain_sentence, errors_text, signed
from seedbed.study.chains import LEVEL
from seedbed.study.claim_numbers import Side
from seedbed.study.summaries import spread

if TYPE_CHECKING:
    from seedbed.study.chains import ChainResult, ChainStep


def chain_answers(chains: "Sequence[ChainResult]") -> tuple[Answer, ...]:
    """Which steps explain published figures, a sentence or a few for each."""
    if not chains:
        return ()
    return (Answer("", phrase("Why figures differ"), tuple(chain_sentence(chain) for chain in chains)),)


def chain_sections(chains: "Sequence[ChainResult]") -> list[Section]:
    """The section of all chains of a study."""
    if not chains:
        return []
    figures = [figure for place, chain in enumerate(chains, 1) if (figure := chain_figure(chain, place)) is not None]
    return [Section(phrase("As published and as meant"), (*figures, chain_table(chains)))]


def chain_figure(chain: "ChainResult", place: int) -> Figure | None:
    """Every run of every step, with the published figure at the recipe as published; None without runs."""
    sides = [(phrase("as published"), chain.as_published), *((step.change, step.side) for step in chain.steps)]
    published = chain.as_published.published
    rows = [
        DotRow(
            label=change,
            index=index,
            measured=spread(side.errors),
            outside=(),
            published=(published.error, published.std) if published is not None and not index else None,
            text=errors_text(side.errors),
            note="" if side.errors else phrase("no run finished"),
        )
        for index, (change, side) in enumerate(sides)
    ]
    if all(row.measured is None for row in rows):
        return None
    caption = phrase(
        "{title}: every run from the recipe as published, first row, to the one as meant, last row; each row changes "
        "one thing of the row above it. Look at which row moves the errors, and whether the published figure lies "
        "among the runs of the first row.",
        title=chain.title,
    )
    words = "; ".join(
        f"{row.label}: {row.text} ({run_count(len(side.errors))})" for row, (_, side) in zip(rows, sides, strict=True)
    )
    name = f"chain-{place}"
    return Figure(name, caption, picture(name, f"{caption} {words}.", lambda width: draw_dots(rows, width)))


def chain_table(chains: "Sequence[ChainResult]") -> Table:
    """All steps with what they do to the error."""
    columns = (
        Cell(phrase("Step")),
        Cell(phrase("Measured error"), phrase("mean ± std, %"), is_number=True),
        Cell(phrase("Change"), phrase("points"), is_number=True),
        Cell(phrase("95% interval"), phrase("new seeds, points"), is_number=True),
        Cell("p", phrase("corrected"), is_number=True),
    )
    groups = tuple(
        RowGroup(
            (
                (
                    Cell(phrase("as published"), code=chain.as_published.name),
                    _error_cell(chain.as_published),
                    *[Cell(DASH, is_number=True)] * 3,
                ),
                *(_row(step) for step in chain.steps),
            ),
            Cell(_head(chain)),
        )
        for chain in chains
    )
    caption = phrase(
        "From the recipe as published to the one as meant. Each step changes one thing of the row above it and stays; "
        "change: error after it minus error before it, so the steps add up to the whole. Intervals are those of each "
        "step alone; p-values are two-sided and corrected for all steps together (Holm). What a step does depends on "
        "those before it: another order of the same steps may share it out otherwise."
    )
    if any(step.level < LEVEL for chain in chains for step in chain.steps):
        caption += " " + phrase(
            "As the study was looked at more than once, intervals hold at all looks, and p is that of the look, not "
            "corrected; below it stands what it has to be under."
        )
    return Table("chains", caption, columns, groups)


def _head(chain: "ChainResult") -> str:
    published = chain.as_published.published
    if published is None:
        return chain.title
    return phrase("{title}, published {error}%", title=chain.title, error=number(published.error))


def _row(step: "ChainStep") -> tuple[Cell, ...]:
    has_test = math.isfinite(step.interval[0])
    level = phrase("level {level:.2g}", level=step.level) if step.level < LEVEL else ""
    reason = "" if has_test else phrase("needs two runs each")
    return (
        Cell(step.change, code=step.side.name),
        _error_cell(step.side),
        Cell(DASH if math.isnan(step.difference) else signed(step.difference), is_number=True),
        Cell(interval_text(step.interval), reason, is_number=True),
        Cell(p_value_text(step.p_value), level, is_number=True),
    )


def _error_cell(side: Side) -> Cell:
    runs = run_count(len(side.errors)) if side.errors else phrase("no run finished")
    return Cell(errors_text(side.errors), runs, is_number=True)
