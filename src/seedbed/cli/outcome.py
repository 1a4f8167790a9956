"""What a study or a comparison shows of its runs, and says at its end."""

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seedbed.cli.console import FAILED, INTERRUPTED, note, say
from seedbed.cli.live import live_watcher
from seedbed.formatting import DASH, counted, error_digits, interval_text, number, seconds_text
from seedbed.language import LANGUAGES
from seedbed.report import write_study_report
from seedbed.report.sentences import size_text
from seedbed.store import Workspace
from seedbed.study import Watcher
from seedbed.study.published import Published
from seedbed.study.study_result import StudyResult
from seedbed.study.summaries import VariantSummary, summarize
from seedbed.study.wording import counting_rule

_STYLES = {"supported": "green", "contradicted": "red", "undecided": "yellow"}


def conduct(
    run: Callable[[Watcher], StudyResult], workspace: Path | None, report_name: str | None, lang: str = LANGUAGES[0]
) -> None:
    """Do the runs with a live display, print what was found and write the report; ends the program if not all went
    well.

    Parameters
    ----------
    run : callable
        Does the runs.
    workspace : Path, optional
    report_name : str or None
        What the report's file is called beside the name of the study: ``full-4-seeds``; None for no report.
    lang : str
        Of the report; the terminal speaks English.
    """
    watcher = live_watcher()
    try:
        with watcher:
            result = run(watcher)
    except KeyboardInterrupt:
        done = f"{watcher.done} of {counted(watcher.total, 'run')} done" if watcher.total else "nothing was begun"
        note(f"stopped: {done}; run the same command again to go on")
        sys.exit(INTERRUPTED)
    show_result(result)
    say()
    if watcher.total == watcher.present:
        all_runs = f"all {watcher.total} runs are" if watcher.total > 1 else "the run is"
        say(f"{all_runs} already there" + ("" if report_name is None else "; the report was made again"))
    if report_name is not None:
        place = Workspace(workspace)
        path = place.reports / f"{result.name}-{report_name}.html"
        say(f"report: {write_study_report(result, path, workspace=place, lang=lang)}")
    if result.failures:
        sys.exit(FAILED)


def show_result(result: StudyResult) -> None:
    """Print the errors of each variant and the verdict on each claim."""
    summaries = [summarize(variant) for variant in result.variants]
    digits = error_digits(item.measured.std for item in summaries if item.measured)
    has_published = any(variant.published for variant in result.variants)
    headings = ["test error in %", *(["published"] if has_published else []), "measured", "95% interval", "s/epoch"]
    table = new_table(*headings, "runs")
    for item in summaries:
        published = [published_text(item.variant.published)] if has_published else []
        interval = interval_text(item.measured.interval if item.measured else None, digits)
        table.add_row(
            item.variant.title, *published, _measured(item, digits), interval, seconds_text(item.epoch_s), _runs(item)
        )
    print_table(table)
    if any(item.collapsed or item.diverged for item in summaries):
        say()
        say(counting_rule())
    for claim in result.claims:
        say()
        say(f"{claim.verdict}: {claim.text}", style=_STYLES[claim.verdict])
        say(f"  {claim.sentence}")
    for failure in result.failures:
        say()
        say(failure, style="red")
    if result.size == "quick":
        say()
        say(f"{size_text(result)}, for a first look; published figures come from longer runs (leave out --quick)")
    elif any(variant.cut_short for variant in result.variants):
        say()
        say(f"{size_text(result)}; what is said above holds for so short a training (leave out --epochs)")


def published_text(published: Published | None) -> str:
    """``0.96 (0.06)``."""
    if published is None:
        return DASH
    return number(published.error) + (f" ({number(published.std)})" if published.std is not None else "")


def new_table(*headings: str) -> Table:
    """A table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Print it as a part of the result."""
    Console(markup=False, highlight=False).print(table)


def _measured(item: VariantSummary, digits: int) -> str:
    if item.measured is None:
        return DASH
    std = f" ± {number(item.measured.std, digits)}" if item.measured.std is not None else ""
    without = (
        f" ({number(item.trained.mean, digits)} without)" if item.trained and item.trained != item.measured else ""
    )
    return number(item.measured.mean, digits) + std + without


def _runs(item: VariantSummary) -> str:
    parts = [str(item.finished)]
    parts += [f"{item.collapsed} collapsed"] if item.collapsed else []
    parts += [f"{item.diverged} diverged"] if item.diverged else []
    return ", ".join(parts)
