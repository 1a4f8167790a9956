"""One live line on the terminal while a run trains: loss, test error, speed, time left."""

import sys
from collections.abc import Callable
from html import escape
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from seedbed.runner.local import Listener, Note, Resumed
from seedbed.training import EpochEnded, Event, Progress


def stderr_is_terminal() -> bool:
    """Whether somebody can watch a live line."""
    return sys.stderr is not None and sys.stderr.isatty()


def in_notebook() -> bool:
    """Whether the code runs in a notebook's kernel, which shows what is displayed and updates it."""
    ipython = sys.modules.get("IPython")
    return "ipykernel" in sys.modules and ipython is not None and ipython.get_ipython() is not None


def live_line() -> "ProgressLine | NotebookLine":
    """The line for where the code runs."""
    return NotebookLine() if in_notebook() else ProgressLine()


class NotebookLine:
    """The same line under a notebook's cell; the last one stays."""

    def __init__(self) -> None:
        # A kernel has it; nobody else needs it.
        self._display: Any = import_module("IPython.display").display
        self._handle: Any = None
        self._told: list[str] = []

    def __enter__(self) -> Self:
        self._handle = self._display({"text/plain": "starting"}, raw=True, display_id=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to do: what was displayed last stays."""

    def __call__(self, event: object) -> None:
        match event:
            case Progress():
                self._draw(event)
            case EpochEnded(progress=progress):
                self._draw(progress)
            case Note(text=text):
                self._told.append(f"{text}.")

    def _draw(self, progress: Progress) -> None:
        text = f"epoch {progress.epoch}/{progress.epochs}  {progress_text(progress)}"
        bar = f'<progress value="{progress.step}" max="{progress.steps}"></progress>'
        told = "".join(f"<div>{escape(line)}</div>" for line in self._told)
        page = f"{told}<div>{bar} {escape(text)}</div>"
        self._handle.update({"text/plain": "\n".join([*self._told, text]), "text/html": page}, raw=True)


class ProgressLine:
    """Draws the line while it is entered; call it with every event of a run. It is erased at the end."""

    def __init__(self) -> None:
        # rich takes a tenth of a second to import; whoever trains in silence need not wait for it.
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        from seedbed.terminal import Terminal

        self.console = Terminal(on_stderr=True)
        text = TextColumn("{task.fields[text]}", markup=False)
        start = TextColumn("{task.description}", markup=False)
        self._bars = Bars(start, BarColumn(24), text, console=self.console, transient=True, redirect_stdout=False)
        self._task = self._bars.add_task("starting", total=None, text="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, event: object) -> None:
        match event:
            case Progress():
                self._draw(event)
            case EpochEnded(progress=progress):
                self._draw(progress)
            case Note(text=text):
                self.print(f"{text}.")

    def _draw(self, progress: Progress) -> None:
        self._bars.update(
            self._task,
            description=f"epoch {progress.epoch}/{progress.epochs}",
            completed=progress.step,
            total=progress.steps,
            text=progress_text(progress),
        )

    def print(self, text: str) -> None:
        """Print a line above the live one."""
        self.console.print_line(text)


def progress_text(progress: Progress) -> str:
    """``loss 0.0812  test error 1.53%  52,310 images/s  0:02 left``."""
    parts = [f"loss {progress.loss:.4f}"]
    if progress.test_error is not None:
        parts.append(f"test error {progress.test_error:.2f}%")
    parts += [f"{progress.images_per_second:,.0f} images/s", f"{duration_text(progress.seconds_left)} left"]
    return "  ".join(parts)


def duration_text(seconds: float) -> str:
    """``0:02``, ``12:40`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def progress_only(told: Callable[[Progress], None]) -> Listener:
    """A listener that passes on where the run stands."""

    def listen(event: Event | Note | Resumed) -> None:
        match event:
            case Progress():
                told(event)
            case EpochEnded(progress=progress):
                told(progress)

    return listen
