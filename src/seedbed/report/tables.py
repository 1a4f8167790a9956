"""Tables of a report as plain text in cells; the template turns any of them into HTML."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from seedbed.report.summaries import Spread, VariantSummary, state
from seedbed.report.words import (
    DASH,
    MINUS,
    counted,
    error_digits,
    interval_text,
    number,
    p_value_text,
    seconds_text,
)
from seedbed.study.wording import COUNTING_RULE

if TYPE_CHECKING:
    from seedbed.study.result import ClaimResult, Published, RunResult


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
    digits = error_digits(item.trained.std for item in summaries if item.trained)
    has_published = any(item.variant.published for item in summaries)
    columns = [
        Cell("Variant"),
        Cell("Parameters", is_number=True),
        *([Cell("Published error", "mean (std), %", is_number=True)] if has_published else []),
        Cell("Measured error", "mean ± std, %", is_number=True),
        Cell("95% interval", "of the mean, %", is_number=True),
        Cell("Best epoch", "chosen on test, %", is_number=True),
        Cell("Training", "seconds an epoch", is_number=True),
    ]
    rows = []
    for item, swatch in zip(summaries, swatches, strict=True):
        row = [
            Cell(item.variant.title, code=item.variant.name, swatch=swatch),
            Cell(number(item.variant.parameter_count, 0), is_number=True),
            *([published_cell(item.variant.published)] if has_published else []),
            measured_cell(item, digits),
            measured_interval_cell(item, digits),
            _or_dash(spread_text(item.best_epoch, digits), "no run finished"),
            Cell(seconds_text(item.epoch_s), _speed(item.images_per_second), is_number=True),
        ]
        rows.append(tuple(row))
    caption = (
        "Test error of each variant. Measured: the error after the last epoch, over all finished runs. "
        "Best epoch: the lowest error of each run, which is found by looking at the test set and is therefore too "
        "good; it is shown only to compare with sources that report it."
    )
    caption += _rule(any(item.collapsed or item.diverged for item in summaries))
    return Table("variants", caption, tuple(columns), (RowGroup(tuple(rows)),))


def claim_table(claims: Sequence["ClaimResult"]) -> Table:
    """Each claim with its verdict and the numbers behind it."""
    digits = 3 if any(0 < abs(claim.difference) < 0.02 for claim in claims) else 2
    has_published = any(claim.published_difference is not None for claim in claims)
    is_sequential = any(claim.decision is not None for claim in claims)
    columns = (
        Cell("Claim"),
        Cell("Verdict"),
        Cell("Difference", "points", is_number=True),
        Cell("95% interval", "all looks together, points" if is_sequential else "new seeds, points", is_number=True),
        *([] if is_sequential else [Cell("95% interval", "new test images too, points", is_number=True)]),
        Cell("p", "at the look" if is_sequential else "corrected" if len(claims) > 1 else "two-sided", is_number=True),
        *([Cell("Published", "difference, points", is_number=True)] if has_published else []),
    )
    rows = tuple(
        (
            Cell(claim.text, f"{claim.worse.title} {MINUS} {claim.better.title}"),
            Cell(chip=claim.verdict),
            _difference_cell(claim, digits),
            _or_dash(interval_text(claim.interval, digits), f"needs {'three' if is_sequential else 'two'} runs each"),
            *([] if is_sequential else [_images_cell(claim, digits)]),
            _p_value_cell(claim),
            *([_published_difference_cell(claim)] if has_published else []),
        )
        for claim in claims
    )
    caption = (
        "Claims. Difference: error of the variant that should be worse minus error of the one that should be better, "
        "so a claim says that it is above zero. "
    )
    if is_sequential:
        caption += "Seeds were added until each was decided; the tests and intervals allow for that."
    else:
        corrected = " and corrected for all claims of this study together (Holm)" if len(claims) > 1 else ""
        caption += f"p-values are two-sided{corrected}."
    sides = [side for claim in claims for side in (claim.better, claim.worse)]
    caption += _rule(any(side.collapsed or side.diverged for side in sides))
    return Table("claims", caption, columns, (RowGroup(rows),))


def _rule(is_needed: bool) -> str:
    """The rule for runs that went wrong, for the captions of tables that have some."""
    return f" {COUNTING_RULE}" if is_needed else ""


def _difference_cell(claim: "ClaimResult", digits: int) -> Cell:
    notes = [f"{len(claim.worse.errors)} and {counted(len(claim.better.errors), 'run')}"]
    if claim.decision is not None and claim.decision.seeds:
        when = "after" if claim.verdict == "undecided" else "decided after"
        notes = [f"{when} {counted(claim.decision.seeds, 'seed')}"]
    if claim.learned is not None:
        notes.append(f"{number(claim.learned.difference, digits)} without collapsed")
    text = number(claim.difference, digits)
    return _or_dash(text, "no runs to compare") if text == DASH else Cell(text, "\n".join(notes), is_number=True)


def _images_cell(claim: "ClaimResult", digits: int) -> Cell:
    reasons = {"runs": "needs two runs each", "answers": "answers to each image not known", "": "no image tells"}
    interval = claim.images.interval if claim.images is not None else None
    return _or_dash(interval_text(interval, digits), reasons.get(claim.images_lack, ""))


def _p_value_cell(claim: "ClaimResult") -> Cell:
    text = p_value_text(claim.p_value)
    if claim.networks is not None:
        return Cell(DASH, f"{p_value_text(claim.networks.p_value)} for these two networks (McNemar)", is_number=True)
    if text == DASH:
        few = min(len(claim.better.errors), len(claim.worse.errors)) < 2
        return _or_dash(text, "needs two runs each" if few else "no test possible")
    notes = []
    if claim.decision is not None:
        notes.append(f"level {claim.decision.level:.2g}")
    if claim.method == "paired":
        notes.append("by seed")
    if claim.correlation is not None and math.isfinite(claim.correlation.coefficient):
        notes.append(f"seeds correlate by {number(claim.correlation.coefficient)}")
    if claim.welch is not None and (claim.claims > 1 or claim.method == "paired"):
        notes.append(f"{p_value_text(claim.welch.p_value)} alone (Welch)")
    if claim.permutation is not None:
        notes.append(f"{p_value_text(claim.permutation.p_value)} alone (permutation)")
    return Cell(text, "\n".join(notes), is_number=True)


def _published_difference_cell(claim: "ClaimResult") -> Cell:
    if claim.published_difference is None:
        return Cell(DASH, "not published", is_number=True)
    notes = []
    if claim.published is not None:
        significant = "" if claim.published.p_value < 0.05 else ", not significant"
        notes.append(f"p {p_value_text(claim.published.p_value)} by its own figures{significant}")
    else:
        notes.append("without a test")
    if claim.holds_published is not None:
        notes.append("inside the measured interval" if claim.holds_published else "outside the measured interval")
    marks = [mark for side in (claim.worse, claim.better) if side.published for mark in side.published.marks]
    notes += dict.fromkeys(marks)
    return Cell(number(claim.published_difference, 2), "\n".join(notes), is_number=True)


def run_table(summaries: Sequence[VariantSummary], swatches: Sequence[str]) -> Table:
    """Every run of every variant; a variant of a grid has no swatch."""
    digits = error_digits(item.trained.std for item in summaries if item.trained)
    has_notes = any(run.note for item in summaries for run in item.variant.runs)
    columns = (
        Cell("Seed"),
        Cell("Test error", "after the last epoch, %", is_number=True),
        Cell("Lowest", "of all epochs, %", is_number=True),
        Cell("Training error", "of the last epoch, %", is_number=True),
        Cell("Seconds", "of training", is_number=True),
        Cell("State"),
        *([Cell("Note")] if has_notes else []),
    )
    groups = tuple(
        RowGroup(
            tuple(_run_row(run, item.variant.recipe.epochs, digits, has_notes) for run in item.variant.runs),
            Cell(item.variant.title, swatch=swatch),
        )
        for item, swatch in zip(summaries, swatches, strict=True)
    )
    caption = "Every run." + _rule(any(item.collapsed or item.diverged for item in summaries))
    return Table("runs", caption, columns, groups)


def spread_text(spread: Spread | None, digits: int) -> str:
    """``0.78 ± 0.06``; the mean alone for a single run; a dash for none."""
    if spread is None:
        return DASH
    return number(spread.mean, digits) + (f" ± {number(spread.std, digits)}" if spread.std is not None else "")


def runs_text(item: VariantSummary) -> str:
    """How many runs are behind a figure, and how many of them went wrong."""
    parts = [counted(item.finished, "run") if item.finished else "no run finished"]
    parts += [f"{item.collapsed} collapsed"] if item.collapsed else []
    parts += [f"{item.diverged} diverged"] if item.diverged else []
    return ", ".join(parts)


def published_cell(published: "Published | None") -> Cell:
    """A published figure with the number of its runs and what weakens it."""
    if published is None:
        return Cell(DASH, "not published", is_number=True)
    std = f" ({number(published.std)})" if published.std is not None else ""
    runs = [] if published.single_run else [counted(published.runs, "run")]
    note = "\n".join([*runs, *published.notes])
    return Cell(number(published.error) + std, note, is_number=True)


def measured_cell(item: VariantSummary, digits: int) -> Cell:
    """Mean and spread of the measured errors, with the runs behind them."""
    note = runs_text(item)
    if item.trained != item.measured:
        note += f"\n{spread_text(item.trained, digits)} without"
    return Cell(spread_text(item.measured, digits), note, is_number=True)


def measured_interval_cell(item: VariantSummary, digits: int) -> Cell:
    """The interval of the measured mean."""
    if item.measured is None:
        return Cell(DASH, "no run finished", is_number=True)
    cell = _or_dash(interval_text(item.measured.interval, digits), "needs two runs")
    if item.trained is None or item.trained == item.measured or item.trained.interval is None:
        return cell
    return replace(cell, note=f"\n{interval_text(item.trained.interval, digits)} without")


def _speed(images_per_second: float | None) -> str:
    return f"{number(images_per_second, 0)} images/s" if images_per_second is not None else "not measured"


def _or_dash(text: str, reason: str) -> Cell:
    return Cell(text, reason if text == DASH else "", is_number=True)


def _run_row(run: "RunResult", epochs: int, digits: int, has_notes: bool) -> tuple[Cell, ...]:
    done = len(run.history.epochs)
    records = [record for record in run.history.epochs if math.isfinite(record.test_error)]
    best = min(records, key=lambda record: record.test_error, default=None)
    short = f"after epoch {done} of {epochs}" if 0 < done < epochs else ""
    return (
        Cell(str(run.seed)),
        Cell(number(run.test_error, digits), "no epoch was completed" if not done else short, is_number=True),
        Cell(number(best.test_error, digits), f"epoch {best.epoch}", is_number=True)
        if best
        else Cell(DASH, is_number=True),
        Cell(number(run.history.epochs[-1].train_error, digits) if done else DASH, is_number=True),
        Cell(seconds_text(run.history.train_s), is_number=True),
        Cell(chip=state(run)),
        *([Cell(run.note)] if has_notes else []),
    )
