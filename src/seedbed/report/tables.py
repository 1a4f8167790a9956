"""Tables of a report as plain text in cells; the template turns any of them into HTML."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from seedbed.formatting import (
    DASH,
    MINUS,
    interval_text,
    number,
    p_value_text,
    run_count,
    seconds_text,
    seed_count,
)
from seedbed.language import phrase
from seedbed.study.method_wording import counting_rule
from seedbed.study.rows import ClaimRow, VariantRow, claim_rows, published_text, shared_digits, variant_rows
from seedbed.study.summaries import VariantSummary, state

if TYPE_CHECKING:
    from seedbed.statistics import Replication
    from seedbed.study.claim import ClaimResult
    from seedbed.study.result import RunResult

_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Cell:
    """What one cell says.

    Attributes
    ----------
    text : str
    note : str
        Smaller lines below.
    code : str
        A name as it is typed, below the text.
    chip : str
        A verdict or a state, shown as colour, symbol and word in place of the text.
    swatch : str
        SVG of the line that stands for it in the figures; made by this package, so not escaped.
    is_number : bool
    """

    text: str = ""
    note: str = ""
    code: str = ""
    chip: str = ""
    swatch: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class RowGroup:
    """Rows under a common head; without a head the first cell of each row names that row."""

    rows: tuple[tuple[Cell, ...], ...]
    head: Cell | None = None


@dataclass(frozen=True)
class Table:
    """A table; ``columns`` are the heads."""

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Cell, ...]
    groups: tuple[RowGroup, ...]


def variant_table(summaries: Sequence[VariantSummary], swatches: Sequence[str]) -> Table:
    """What was published and what was measured, one row for each variant."""
    has_published = any(item.variant.published for item in summaries)
    columns = [
        Cell(phrase("Variant")),
        Cell(phrase("Parameters"), is_number=True),
        *([published_head()] if has_published else []),
        *measured_heads(),
        Cell(phrase("Best epoch"), phrase("chosen on test, %"), is_number=True),
        Cell(phrase("Training"), phrase("seconds an epoch"), is_number=True),
    ]
    rows = []
    for item, row, swatch in zip(summaries, variant_rows(summaries), swatches, strict=True):
        cells = [
            Cell(row.title, code=row.name, swatch=swatch),
            Cell(number(item.variant.parameter_count, 0), is_number=True),
            *([published_cell(item)] if has_published else []),
            measured_cell(row),
            measured_interval_cell(row),
            _or_dash(row.best_epoch, phrase("no run finished")),
            Cell(row.epoch_s, row.speed, is_number=True),
        ]
        rows.append(tuple(cells))
    caption = phrase(
        "Test error of each variant. Measured: the error after the last epoch, over all finished runs. "
        "Best epoch: the lowest error of each run, which is found by looking at the test set and is therefore too "
        "good; it is shown only to compare with sources that report it."
    )
    if any(item.replication is not None and item.replication.replicates is not None for item in summaries):
        caption += f" {published_rule()}"
    caption += _rule(any(item.collapsed or item.diverged for item in summaries))
    return Table("variants", caption, tuple(columns), (RowGroup(tuple(rows)),))


def published_rule() -> str:
    """What stands below a published figure in `published_cell`."""
    return phrase(
        "Below a published figure stands the interval in which 95% of such figures would fall if the source's recipe "
        "were this one: the luck of its runs and of these."
    )


def published_head() -> Cell:
    """The head of a column of `published_cell`."""
    return Cell(phrase("Published error"), phrase("mean (std), %"), is_number=True)


def measured_heads() -> tuple[Cell, Cell]:
    """The heads of columns of `measured_cell` and `measured_interval_cell`."""
    return (
        Cell(phrase("Measured error"), phrase("mean ± std, %"), is_number=True),
        Cell(phrase("95% interval"), phrase("of the mean, %"), is_number=True),
    )


def claim_table(claims: Sequence["ClaimResult"]) -> Table:
    """Each claim with its verdict and the numbers behind it."""
    has_published = any(claim.published_difference is not None for claim in claims)
    is_sequential = any(claim.decision is not None for claim in claims)
    if is_sequential:
        least = phrase("needs three runs each")
        tests: tuple[Cell, ...] = (
            Cell(phrase("95% interval"), phrase("all looks together, points"), is_number=True),
            Cell("p", phrase("at the look"), is_number=True),
        )
    else:
        least = phrase("needs two runs each")
        tests = (
            Cell(phrase("95% interval"), phrase("new seeds, points"), is_number=True),
            Cell(phrase("95% interval"), phrase("new test images too, points"), is_number=True),
            Cell("p", phrase("corrected") if len(claims) > 1 else phrase("two-sided"), is_number=True),
        )
    columns = (
        Cell(phrase("Claim")),
        Cell(phrase("Verdict")),
        Cell(phrase("Difference"), phrase("points"), is_number=True),
        *tests,
        *([Cell(phrase("Published"), phrase("difference, points"), is_number=True)] if has_published else []),
    )
    rows = tuple(
        (
            Cell(claim.text, f"{claim.worse.title} {MINUS} {claim.better.title}"),
            Cell(chip=claim.verdict),
            _difference_cell(claim, row),
            _or_dash(row.interval, least),
            *([] if is_sequential else [_images_cell(claim, row)]),
            _p_value_cell(claim, row),
            *([_published_difference_cell(claim, row)] if has_published else []),
        )
        for claim, row in zip(claims, claim_rows(claims), strict=True)
    )
    caption = phrase(
        "Claims. Difference: error of the variant that should be worse minus error of the one that should be better, "
        "so a claim says that it is above zero."
    )
    sides = [side for claim in claims for side in (claim.better, claim.worse)]
    caption += f" {_tests_text(claims, is_sequential)}{_rule(any(side.collapsed or side.diverged for side in sides))}"
    return Table("claims", caption, columns, (RowGroup(rows),))


def _tests_text(claims: Sequence["ClaimResult"], is_sequential: bool) -> str:
    if is_sequential:
        return phrase("The tests and intervals allow for a look after every seed.")
    text = phrase("p-values are two-sided.")
    if len(claims) > 1:
        text = phrase("p-values are two-sided and corrected for all claims of this study together (Holm).")
    if any(claim.networks is not None for claim in claims):
        text += " " + phrase("McNemar's is about these two networks alone.")
    if any(claim.permutation is not None and claim.networks is None for claim in claims):
        text += " " + phrase(
            "Below them: r, the correlation of the errors by seed, and other tests of that claim alone, not corrected."
        )
    return text


def _rule(is_needed: bool) -> str:
    """The rule for runs that went wrong, for the captions of tables that have some."""
    return f" {counting_rule()}" if is_needed else ""


def _difference_cell(claim: "ClaimResult", row: ClaimRow) -> Cell:
    worse, better = len(claim.worse.errors), len(claim.better.errors)
    notes = [phrase("{worse} and {better:,} runs", worse=worse, better=better)]
    if better == 1:
        notes = [phrase("{worse} and 1 run", worse=worse)]
    if claim.decision is not None and claim.decision.seeds:
        seeds = seed_count(claim.decision.seeds)
        is_open = claim.verdict == "undecided"
        notes = [phrase("after {seeds}", seeds=seeds) if is_open else phrase("decided after {seeds}", seeds=seeds)]
    if row.without:
        notes.append(phrase("{figure} without collapsed", figure=row.without))
    if row.difference == DASH:
        return _or_dash(row.difference, phrase("no runs to compare"))
    return Cell(row.difference, "\n".join(notes), is_number=True)


def _images_cell(claim: "ClaimResult", row: ClaimRow) -> Cell:
    reasons = {
        "runs": phrase("needs two runs each"),
        "answers": phrase("answers to each image not known"),
        "": phrase("no image tells"),
    }
    return _or_dash(row.images_interval, reasons.get(claim.images_lack, ""))


def _p_value_cell(claim: "ClaimResult", row: ClaimRow) -> Cell:
    if claim.networks is not None:
        p_value = p_value_text(claim.networks.p_value)
        return Cell(DASH, phrase("McNemar {p}", p=p_value).replace(" ", _NO_BREAK), is_number=True)
    if row.p_value == DASH:
        few = min(len(claim.better.errors), len(claim.worse.errors)) < 2
        return _or_dash(row.p_value, phrase("needs two runs each") if few else phrase("no test possible"))
    notes = []
    if claim.decision is not None:
        notes.append(phrase("level {level:.2g}", level=claim.decision.level))
    if claim.method == "paired":
        notes.append(phrase("by seed"))
    if claim.correlation is not None and math.isfinite(claim.correlation.coefficient):
        notes.append(phrase("r = {coefficient}", coefficient=number(claim.correlation.coefficient)))
    if claim.welch is not None and (claim.claims > 1 or claim.method == "paired"):
        notes.append(phrase("Welch {p}", p=p_value_text(claim.welch.p_value)))
    if claim.permutation is not None:
        notes.append(phrase("permutation {p}", p=p_value_text(claim.permutation.p_value)))
    return Cell(row.p_value, "\n".join(notes).replace(" ", _NO_BREAK), is_number=True)


def _published_difference_cell(claim: "ClaimResult", row: ClaimRow) -> Cell:
    if claim.published_difference is None:
        return Cell(DASH, phrase("not published"), is_number=True)
    notes = [_published_test(claim)]
    notes += _replication_notes(claim.replication)
    marks = [mark for side in (claim.worse, claim.better) if side.published for mark in side.published.marks]
    notes += dict.fromkeys(marks)
    return Cell(row.published, "\n".join(notes), is_number=True)


def _published_test(claim: "ClaimResult") -> str:
    if claim.published is None:
        return phrase("without a test")
    p_value = p_value_text(claim.published.p_value)
    if claim.published.p_value < 0.05:
        return phrase("p {p} by its own figures", p=p_value)
    return phrase("p {p} by its own figures, not significant", p=p_value)


def run_table(summaries: Sequence[VariantSummary], swatches: Sequence[str]) -> Table:
    """Every run of every variant; a variant of a grid has no swatch."""
    digits = shared_digits(summaries)
    has_notes = any(run.outcome.text for item in summaries for run in item.variant.runs)
    columns = (
        Cell(phrase("Seed")),
        Cell(phrase("Test error"), phrase("after the last epoch, %"), is_number=True),
        Cell(phrase("Lowest"), phrase("of all epochs, %"), is_number=True),
        Cell(phrase("Training error"), phrase("of the last epoch, %"), is_number=True),
        Cell(phrase("Seconds"), phrase("of training"), is_number=True),
        Cell(phrase("State")),
        *([Cell(phrase("Note"))] if has_notes else []),
    )
    groups = tuple(
        RowGroup(
            tuple(_run_row(run, item.variant.recipe.epochs, digits, has_notes) for run in item.variant.runs),
            Cell(item.variant.title, swatch=swatch),
        )
        for item, swatch in zip(summaries, swatches, strict=True)
    )
    caption = phrase("Every run.") + _rule(any(item.collapsed or item.diverged for item in summaries))
    return Table("runs", caption, columns, groups)


def published_cell(item: VariantSummary) -> Cell:
    """A published figure with the number of its runs, where luck would put it, and what weakens it."""
    published = item.variant.published
    if published is None:
        return Cell(DASH, phrase("not published"), is_number=True)
    runs = [] if published.single_run else [run_count(published.runs)]
    notes = [*runs, *_replication_notes(item.replication), *published.notes]
    return Cell(published_text(published), "\n".join(notes), is_number=True)


def _replication_notes(found: "Replication | None") -> list[str]:
    if found is None or found.replicates is None:
        return []
    interval = interval_text(found.interval)
    if found.replicates:
        return [phrase("inside {interval}, the luck of such runs", interval=interval)]
    return [phrase("outside {interval}, the luck of such runs", interval=interval)]


def measured_cell(row: VariantRow) -> Cell:
    """Mean and spread of the measured errors, with the runs behind them."""
    notes = [row.runs_in_words, *([phrase("{figure} without", figure=row.without)] if row.without else [])]
    return Cell(row.measured, "\n".join(notes), is_number=True)


def measured_interval_cell(row: VariantRow) -> Cell:
    """The interval of the measured mean."""
    if row.measured == DASH:
        return Cell(DASH, phrase("no run finished"), is_number=True)
    if not row.interval_without:
        return _or_dash(row.interval, phrase("needs two runs"))
    # The empty line sets it beside the same figure of the cell before.
    return Cell(row.interval, "\n" + phrase("{figure} without", figure=row.interval_without), is_number=True)


def _or_dash(text: str, reason: str) -> Cell:
    return Cell(text, reason if text == DASH else "", is_number=True)


def _run_row(run: "RunResult", epochs: int, digits: int, has_notes: bool) -> tuple[Cell, ...]:
    done = len(run.history.epochs)
    records = [record for record in run.history.epochs if math.isfinite(record.test_error)]
    best = min(records, key=lambda record: record.test_error, default=None)
    short = phrase("after epoch {done} of {epochs}", done=done, epochs=epochs) if 0 < done < epochs else ""
    return (
        Cell(str(run.seed)),
        Cell(number(run.test_error, digits), short if done else phrase("no epoch was completed"), is_number=True),
        Cell(number(best.test_error, digits), phrase("epoch {epoch}", epoch=best.epoch), is_number=True)
        if best
        else Cell(DASH, is_number=True),
        Cell(number(run.history.epochs[-1].train_error, digits) if done else DASH, is_number=True),
        Cell(seconds_text(run.history.train_s), is_number=True),
        Cell(chip=state(run)),
        *([Cell(run.outcome.text)] if has_notes else []),
    )
