"""``seedbed study``: run, list and show studies."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from seedbed.cli.console import FAILED, INTERRUPTED, note, say
from seedbed.cli.live import live_watcher
from seedbed.engine import ENGINES
from seedbed.errors import StoreError
from seedbed.report import write_study_report
from seedbed.report.sentences import size_text
from seedbed.report.summaries import VariantSummary, summarize
from seedbed.report.words import DASH, counted, error_digits, interval_text, number, seconds_text
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.definition import Definition, VariantDefinition
from seedbed.study.plan import SIZES
from seedbed.study.result import Published, StudyResult

app = typer.Typer(help="Compare networks over many random seeds; give each claim a verdict.", no_args_is_help=True)

_STYLES = {"supported": "green", "contradicted": "red", "undecided": "yellow"}

_Name = Annotated[str, typer.Argument(help="A study by name, or the path of your own .toml file.", show_default=False)]


def _option(help: str, default: str | bool = False, **more: Any) -> Any:
    return typer.Option(help=help, show_default=default, **more)


@app.command("run", epilog="Examples:  seedbed study run lenet5-improved --quick   |   seedbed study run mine.toml")
def run_command(
    name: _Name,
    quick: Annotated[bool, typer.Option("--quick", help="The small size of the study: a first look.")] = False,
    seeds: Annotated[int | None, _option("Seeds of each variant.", "as the study says", min=1)] = None,
    epochs: Annotated[int | None, _option("Epochs of each run.", "as the study says", min=1)] = None,
    jobs: Annotated[int | None, _option("Runs at a time.", "one per usable core", min=1)] = None,
    workspace: Annotated[
        Path | None, _option("Folder that keeps runs and reports.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    engine: Annotated[str, _option(f"What computes: {' or '.join(ENGINES)}.", True, metavar="NAME")] = ENGINES[0],
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no HTML report.")] = False,
) -> None:
    """Train what is missing of a study, print its verdicts and write its report.

    Every run is kept in the workspace. After Ctrl-C, or even kill -9, the same
    command goes on from the last checkpoints and ends with the same bits.

    Exit status: 0 done; 1 some runs failed; 2 wrong input; 130 interrupted.
    """
    study = Study.load(name)
    watcher = live_watcher()
    try:
        with watcher:
            result = study.run(
                quick=quick, seeds=seeds, epochs=epochs, jobs=jobs, workspace=workspace, engine=engine, watch=watcher
            )
    except KeyboardInterrupt:
        done = f"{watcher.done} of {counted(watcher.total, 'run')} done" if watcher.total else "nothing was begun"
        note(f"stopped: {done}; run the same command again to go on")
        sys.exit(INTERRUPTED)
    _show_result(result)
    say()
    if watcher.total == watcher.present:
        all_runs = f"all {watcher.total} runs are" if watcher.total > 1 else "the run is"
        say(f"{all_runs} already there" + ("" if no_report else "; the report was made again"))
    if not no_report:
        chosen = [f"-{value}-{word}" for value, word in ((seeds, "seeds"), (epochs, "epochs")) if value is not None]
        file_name = f"{result.name}-{result.size}{''.join(chosen)}.html"
        say(f"report: {_write_report(result, workspace, file_name)}")
    if result.failures:
        sys.exit(FAILED)


@app.command("list")
def list_command() -> None:
    """Show the studies that come with Seedbed."""
    table = _table("name", "runs", "quick", "title")
    for name in Study.names():
        definition = Study.load(name).definition
        table.add_row(name, *(_size_text(definition, size) for size in SIZES), definition.title)
    _print(table)


@app.command("show")
def show_command(name: _Name) -> None:
    """Show what a study asks, its variants and its claims."""
    study = Study.load(name)
    definition = study.definition
    say(definition.title, style="bold")
    say(definition.question)
    if definition.source:
        say(f"source: {definition.source}")
    for size in ("full", "quick"):
        chosen = definition.full if size == "full" else definition.quick
        say(f"{size}: {counted(chosen.seeds, 'seed')} × {counted(chosen.epochs, 'epoch')}")
    for variant in definition.variants:
        if not definition.grid_of(variant)[0]:
            say()
            _show_variant(definition, variant)
    for grid in definition.grids:
        say()
        say(f"{grid.caption} ({grid.name})", style="bold")
        for axis, labels in grid.axes.items():
            say(f"  {axis:<10}  {', '.join(labels)}")
        names = list(grid.cells)
        say(f"  variants    {counted(len(names), 'variant')}, {names[0]} to {names[-1]}")
    for heading, lines in (("claims", [claim.text for claim in definition.claims]), ("remarks", definition.remarks)):
        if lines:
            say()
            say(heading, style="bold")
        for line in lines:
            say(f"  {line}")


def _size_text(definition: Definition, size: str) -> str:
    sizes = [definition.size_of(variant, size) for variant in definition.in_size(size).variants]
    epochs = {own.epochs for own in sizes}
    most = f"up to {max(epochs)}" if len(epochs) > 1 else str(max(epochs))
    return f"{sum(own.seeds for own in sizes)} × {most} epochs"


def _show_variant(definition: Definition, variant: VariantDefinition) -> None:
    say(f"{variant.title} ({variant.name})", style="bold")
    for key, value in definition.recipe(variant, definition.full.epochs).to_dict().items():
        if key != "epochs" and value not in ("", None):
            say(f"  {key.replace('_', ' '):<10}  {value}")
    for key, count in (("seeds", variant.seeds), ("epochs", variant.epochs)):
        if count is not None:
            say(f"  {key:<10}  {count}")
    if variant.published:
        published = variant.published.figures()
        notes = f" ({'; '.join(published.notes)})" if published.notes else ""
        say(f"  published   {_published(published)}% over {counted(published.runs, 'run')}{notes}")


def _show_result(result: StudyResult) -> None:
    summaries = [summarize(variant) for variant in result.variants]
    digits = error_digits(item.measured.std for item in summaries if item.measured)
    has_published = any(variant.published for variant in result.variants)
    headings = ["test error in %", *(["published"] if has_published else []), "measured", "95% interval", "s/epoch"]
    table = _table(*headings, "runs")
    for item in summaries:
        published = [_published(item.variant.published)] if has_published else []
        interval = interval_text(item.measured.interval if item.measured else None, digits)
        table.add_row(
            item.variant.title, *published, _measured(item, digits), interval, seconds_text(item.epoch_s), _runs(item)
        )
    _print(table)
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


def _measured(item: VariantSummary, digits: int) -> str:
    if item.measured is None:
        return DASH
    std = f" ± {number(item.measured.std, digits)}" if item.measured.std is not None else ""
    return number(item.measured.mean, digits) + std


def _published(published: Published | None) -> str:
    if published is None:
        return DASH
    return number(published.error) + (f" ({number(published.std)})" if published.std is not None else "")


def _runs(item: VariantSummary) -> str:
    parts = [str(item.finished)]
    parts += [f"{item.collapsed} collapsed"] if item.collapsed else []
    parts += [f"{item.diverged} diverged"] if item.diverged else []
    return ", ".join(parts)


def _write_report(result: StudyResult, workspace: Path | None, name: str) -> Path:
    path = Workspace(workspace).reports / name
    try:
        return write_study_report(result, path)
    except OSError as error:
        raise StoreError(f"report '{path}' cannot be written: {error.strerror or error}.") from None


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _print(table: Table) -> None:
    Console(markup=False, highlight=False).print(table)
