"""What a study or a sweep shows of its runs while they are trained."""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from seedbed.cli.console import note
from seedbed.formatting import counted
from seedbed.progress_line import duration_text, stderr_is_terminal
from seedbed.runner.failures import Death, Reason
from seedbed.runner.job import Job
from seedbed.runner.watcher import Watcher
from seedbed.store import RunEntry
from seedbed.terminal import Terminal
from seedbed.training import Progress

_QUIET_S = 30.0


def live_watcher() -> "Tally":
    """Bars on a terminal, lines elsewhere."""
    return _Live() if stderr_is_terminal() else _Lines()


class Tally(Watcher):
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

    def started(self, worker: int, job: Job, epoch: int) -> None:
        # What an earlier call did, or is done again after a restart, says nothing of the speed now.
        self._left[job] = job.work * (1 - max(0, epoch - 1) / job.recipe.epochs)

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        self._leave(job, job.work * (1 - progress.step / progress.steps))

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        if worker is None:
            self._left[job] = 0.0
        else:
            self._leave(job, 0.0)
        self.done += 1

    def restarted(self, job: Job, reason: Death) -> None:
        self.note(f"{job.name}: {reason.text}; it goes on from its last checkpoint")

    def failed(self, job: Job, reason: Reason) -> None:
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


class _Lines(Tally):
    """A line for each finished run, and now and then one for a run in progress: for logs and pipes."""

    def __init__(self) -> None:
        super().__init__()
        self._said = time.monotonic()

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        super().planned(total, missing)
        if missing:
            note(f"{counted(len(missing), 'run')} to do, {self.present} of {total} already there")

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        super().progressed(worker, job, progress)
        if time.monotonic() - self._said >= _QUIET_S:
            self._say(f"{self.done} of {self.total} done, {self.time_left}; {job.name}: {_progress_text(progress)}")

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        super().finished(worker, job, entry, test_error)
        parts = [f"{self.done} of {self.total} done", job.name, _end_text(entry, test_error)]
        self._say(": ".join(part for part in parts if part))

    def _say(self, text: str) -> None:
        note(text)
        self._said = time.monotonic()


class _Live(Tally):
    """A bar for each core and one for the study."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Terminal(on_stderr=True)
        name, text = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[text]}", markup=False)
        self._bars = Bars(name, BarColumn(20), text, console=self._console, transient=True, redirect_stdout=False)
        self._whole = self._bars.add_task("starting", total=None, text="")
        self._of_worker: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def note(self, text: str) -> None:
        self._console.print_line(text, "yellow")

    def started(self, worker: int, job: Job, epoch: int) -> None:
        super().started(worker, job, epoch)
        if worker not in self._of_worker:
            self._of_worker[worker] = self._bars.add_task("", text="")
        begun = "starting" if epoch == 0 else f"going on in epoch {epoch}"
        self._bars.update(self._of_worker[worker], description=job.name, completed=0, total=1, text=begun)
        self._refresh()

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        super().progressed(worker, job, progress)
        text = _progress_text(progress)
        self._bars.update(self._of_worker[worker], completed=progress.step, total=progress.steps, text=text)
        self._refresh()

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        super().finished(worker, job, entry, test_error)
        if worker is not None:
            self._bars.update(self._of_worker[worker], completed=1, total=1, text=_end_text(entry, test_error))
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
    error = f"test error {test_error:.2f}%" if test_error is not None and entry.outcome.is_complete else ""
    return ", ".join(part for part in (error, entry.outcome.text) if part)
