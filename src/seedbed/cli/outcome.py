"""What a study or a comparison shows of its runs, and says at its end."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from seedbed.cli.as_json import print_json
from seedbed.cli.console import FAILED, INTERRUPTED, note, say
from seedbed.cli.live import live_watcher
from seedbed.formatting import counted
from seedbed.language import LANGUAGES
from seedbed.observers import Observer, observing
from seedbed.report import write_study_report
from seedbed.report.numbers import study_numbers
from seedbed.report.sentences import size_text
from seedbed.store import Workspace
from seedbed.study import Watcher
from seedbed.study.look_wording import look_text
from seedbed.study.method_wording import counting_rule
from seedbed.study.rows import variant_rows
from seedbed.study.study_result import StudyResult
from seedbed.study.summaries import summarize
from seedbed.study.tuning import TUNING
from seedbed.terminal import Terminal

_STYLES = {"supported": "green", "contradicted": "red", "undecided": "yellow"}


def conduct(
    run: Callable[[Watcher], StudyResult],
    workspace: Path | None,
    report_name: str | None,
    lang: str = LANGUAGES[0],
    observers: Sequence[Observer] = (),
    shape: str = "",
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
    observers : sequence of Observer
        Told of every run that is done.
    shape : str
        Print JSON of this shape alone: ``"compare/1"``.
    """
    watcher = live_watcher()
    try:
        with watcher, observing(observers, watcher) as watched:
            result = run(watched)
    except KeyboardInterrupt:
        done = f"{watcher.done} of {counted(watcher.total, 'run')} done" if watcher.total else "nothing was begun"
        note(f"stopped: {done}; run the same command again to go on")
        sys.exit(INTERRUPTED)
    if shape:
        path = None if report_name is None else _write(result, workspace, report_name, lang)
        print_json(shape, study_numbers(result) | {"report": path})
        if result.failures:
            sys.exit(FAILED)
        return
    show_result(result)
    say()
    if watcher.total == watcher.present:
        all_runs = f"all {watcher.total} runs are" if watcher.total > 1 else "the run is"
        say(f"{all_runs} already there" + ("" if report_name is None else "; the report was made again"))
    if report_name is not None:
        say(f"report: {_write(result, workspace, report_name, lang)}")
    if result.failures:
        sys.exit(FAILED)


def _write(result: StudyResult, workspace: Path | None, report_name: str, lang: str) -> str:
    place = Workspace(workspace)
    path = place.reports / f"{result.name}-{report_name}.html"
    return str(write_study_report(result, path, workspace=place, lang=lang))


def show_result(result: StudyResult) -> None:
    """Print the errors of each variant and the verdict on each claim."""
    summaries = [summarize(variant) for variant in result.variants]
    has_published = any(variant.published for variant in result.variants)
    headings = ["test error in %", *(["published"] if has_published else []), "measured", "95% interval", "s/epoch"]
    table = new_table(*headings, "runs")
    for row in variant_rows(summaries):
        measured = f"{row.measured} ({row.without} without)" if row.without else row.measured
        published = [row.published] if has_published else []
        table.add_row(row.title, *published, measured, row.interval, row.epoch_s, row.runs)
    print_table(table)
    if any(item.collapsed or item.diverged for item in summaries):
        say()
        say(counting_rule())
    if result.size == "quick":
        say()
        say(
            f"a first look, {size_text(result)}: too short to say who is right; leave out --quick for that",
            style="bold",
        )
        if result.claims:
            say("what the claims look like after so short a training:")
    for claim in result.claims:
        say()
        say(f"{claim.verdict}: {claim.text}", style=_STYLES[claim.verdict])
        say(f"  {claim.sentence}")
    tuning = result.remarks if any(grid.name == TUNING for grid in result.grids) else ()
    for text in (*tuning, look_text(result.looks) if result.claims else ""):
        if text:
            say()
            say(text)
    for failure in result.failures:
        say()
        say(failure.text, style="red")
    if result.size != "quick" and any(variant.cut_short for variant in result.variants):
        say()
        say(f"{size_text(result)}; what is said above holds for so short a training (leave out --epochs)")


def new_table(*headings: str) -> Table:
    """A table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Print it as a part of the result."""
    Terminal().print(table)
