"""``seedbed study``: run, list and show studies."""

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table

from seedbed.cli.console import FAILED, INTERRUPTED, note, say
from seedbed.engine import ENGINES
from seedbed.errors import StoreError
from seedbed.progress_line import duration_text, stderr_is_terminal
from seedbed.report import write_study_report
from seedbed.report.sentences import size_text
from seedbed.report.summaries import VariantSummary, summarize
from seedbed.report.words import DASH, counted, error_digits, interval_text, number, seconds_text
from seedbed.store import RunEntry, Workspace
from seedbed.study import Study, Watcher
from seedbed.study.plan import Job
from seedbed.study.result import Published, StudyResult
from seedbed.training import Progress

app = typer.Typer(help="Compare networks over many random seeds; give each claim a verdict.", no_args_is_help=True)

_STYLES = {"supported": "green", "contradicted": "red", "undecided": "yellow"}
_QUIET_S = 30.0

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
    watcher = _Live() if stderr_is_terminal() else _Lines()
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
        variants = len(definition.variants)
        sizes = [f"{variants * size.seeds} × {size.epochs} epochs" for size in (definition.full, definition.quick)]
        table.add_row(name, *sizes, definition.title)
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
        say()
        say(f"{variant.title} ({variant.name})", style="bold")
        for key, value in definition.recipe(variant, definition.full.epochs).to_dict().items():
            if key != "epochs":
                say(f"  {key.replace('_', ' '):<10}  {value}")
        if variant.published:
            remark = f" ({variant.published.remark})" if variant.published.remark else ""
            published = Published(**variant.published.model_dump())
            say(f"  published   {_published(published)}% over {counted(published.runs, 'run')}{remark}")
    for heading, lines in (("claims", [claim.text for claim in definition.claims]), ("remarks", definition.remarks)):
        if lines:
            say()
            say(heading, style="bold")
        for line in lines:
            say(f"  {line}")


class _Tally(Watcher):
    """Counts what is done and guesses what is left.

    Attributes
    ----------
    total, present, done : int
        Runs of the study, those that were there from the start, and those that are there now.
    """

    def __init__(self) -> None:
        self.total = self.present = self.done = 0
        self._begun = time.monotonic()
        self._left: dict[Job, float] = {}
        self._worked = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def note(self, text: str) -> None:
        note(text, style="yellow")

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self.total, self.present, self.done = total, total - len(missing), total - len(missing)
        self._left = {job: job.work for job in missing}
        self._begun = time.monotonic()

    def started(self, core: int, job: Job, epoch: int) -> None:
        # What an earlier call did, or is done again after a restart, says nothing of the speed now.
        self._left[job] = job.work * (1 - max(0, epoch - 1) / job.recipe.epochs)

    def progressed(self, core: int, job: Job, progress: Progress) -> None:
        self._leave(job, job.work * (1 - progress.step / progress.steps))

    def finished(self, core: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self._leave(job, 0.0)
        self.done += 1

    def restarted(self, job: Job, reason: str) -> None:
        self.note(f"{job.name}: {reason}; it goes on from its last checkpoint")

    def failed(self, job: Job, reason: str) -> None:
        self._left[job] = 0.0

    @property
    def time_left(self) -> str:
        """``2:40 left``, empty while there is nothing to tell from."""
        if not self._worked:
            return ""
        return f"{duration_text(sum(self._left.values()) * (time.monotonic() - self._begun) / self._worked)} left"

    def _leave(self, job: Job, work: float) -> None:
        self._worked += max(0.0, self._left[job] - work)
        self._left[job] = work


class _Lines(_Tally):
    """A line for each finished run, and now and then one for a run in progress: for logs and pipes."""

    def __init__(self) -> None:
        super().__init__()
        self._said = time.monotonic()

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        super().planned(total, missing)
        if missing:
            note(f"{counted(len(missing), 'run')} to do, {self.present} of {total} already there")

    def progressed(self, core: int, job: Job, progress: Progress) -> None:
        super().progressed(core, job, progress)
        if time.monotonic() - self._said >= _QUIET_S:
            self._say(f"{self.done} of {self.total} done, {self.time_left}; {job.name}: {_progress_text(progress)}")

    def finished(self, core: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
        super().finished(core, job, entry, test_error)
        self._say(f"{self.done} of {self.total} done: {job.name}: {_end_text(entry, test_error)}")

    def _say(self, text: str) -> None:
        note(text)
        self._said = time.monotonic()


class _Live(_Tally):
    """A bar for each core and one for the study."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(stderr=True, markup=False, highlight=False)
        name, text = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[text]}", markup=False)
        self._bars = Bars(name, BarColumn(20), text, console=self._console, transient=True, redirect_stdout=False)
        self._whole = self._bars.add_task("starting", total=None, text="")
        self._of_core: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def note(self, text: str) -> None:
        self._console.print(text, style="yellow", soft_wrap=True)

    def started(self, core: int, job: Job, epoch: int) -> None:
        super().started(core, job, epoch)
        if core not in self._of_core:
            self._of_core[core] = self._bars.add_task("", text="")
        begun = "starting" if epoch == 0 else f"going on in epoch {epoch}"
        self._bars.update(self._of_core[core], description=job.name, completed=0, total=1, text=begun)
        self._refresh()

    def progressed(self, core: int, job: Job, progress: Progress) -> None:
        super().progressed(core, job, progress)
        text = _progress_text(progress)
        self._bars.update(self._of_core[core], completed=progress.step, total=progress.steps, text=text)
        self._refresh()

    def finished(self, core: int, job: Job, entry: RunEntry, test_error: float | None) -> None:
        super().finished(core, job, entry, test_error)
        self._bars.update(self._of_core[core], completed=1, total=1, text=_end_text(entry, test_error))
        self._refresh()

    def _refresh(self) -> None:
        total = self._worked + sum(self._left.values())
        description = f"{self.done} of {counted(self.total, 'run')}"
        self._bars.update(
            self._whole, description=description, completed=self._worked, total=total, text=self.time_left
        )


def _progress_text(progress: Progress) -> str:
    parts = [f"epoch {progress.epoch}/{progress.epochs}", f"loss {progress.loss:.4f}"]
    if progress.test_error is not None:
        parts.append(f"test error {progress.test_error:.2f}%")
    return "  ".join([*parts, f"{progress.images_per_second:,.0f} images/s"])


def _end_text(entry: RunEntry, test_error: float | None) -> str:
    error = f"test error {test_error:.2f}%" if test_error is not None and entry.status == "finished" else ""
    return ", ".join(part for part in (error, entry.note) if part)


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
