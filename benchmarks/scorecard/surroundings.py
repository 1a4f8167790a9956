"""What happens around a command while it runs: the clock, the workspace, other processes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from command_cases import CASES, told_wrong, what_counts
from disk_calls import Action

from scorecard.commands import Place, servers, tried
from scorecard.row import Row, Size, spread

_CASES = [case for case in CASES if case.name in ("train", "train --record, early stopping", "compare")]
_BACK_S = (1, 3600, 30 * 365 * 86400)
_PROCESSES = 8
_NOBODY = 65534
_COMPARE = next(case.words for case in CASES if case.name == "compare")


def rows(size: Size) -> Iterator[Row]:
    """The clock, a workspace that changes, and many processes."""
    changes = [
        ("renamed", _renamed),
        ("removed", _removed),
        *([("made read-only", _locked)] if os.getuid() == 0 else []),
    ]
    with servers(size) as where:
        for case in _CASES:
            row = Row("surroundings", f"clock set back: {case.name}")
            if size.wants(row.what):
                yield tried(row, size, case, where, partial(_calls, size), _clock_back)
            for what, change in changes:
                row = Row("surroundings", f"workspace {what} while it runs: {case.name}")
                if size.wants(row.what):
                    yield tried(row, size, case, where, partial(_calls, size), partial(_changed, change=change))
    row = Row("surroundings", f"{_PROCESSES} processes on one workspace, some killed", of=20 if size.is_long else 1)
    if not size.wants(row.what):
        return
    begun = time.monotonic()
    row.take((_many(size.folder / f"many-{number}", size) for number in range(row.of)), lambda: False)
    row.wall_s = time.monotonic() - begun
    yield row


def _clock_back(place: Place, number: int) -> str:
    with place.copy() as folder:
        back_s = _BACK_S[number % len(_BACK_S)]
        ended = place.server.run(place.words, folder, Action.CLOCK_BACK, at=number, clock_s=back_s)
        return told_wrong(ended) or place.ends_the_same(folder)


def _calls(size: Size, place: Place) -> list[int]:
    """Numbers of the calls to try."""
    return list(spread(place.calls, size.random("surroundings")))


def _changed(place: Place, number: int, change: "Callable[[Path], Callable[[], None]]") -> str:
    """The process stands still at a call while its workspace is changed; afterwards it is put right."""
    with place.copy() as folder:
        workspaces = [folder / word for word in place.words if word in ("w", "w2")]
        undo: list[Callable[[], None]] = []

        def meanwhile() -> None:
            undo.extend(change(one) for one in workspaces if one.exists())

        user = _NOBODY if change is _locked else 0
        if user:
            for path in (folder, place.server.work / "tmp", *folder.rglob("*")):
                os.chown(path, user, user)
        ended = place.server.run(place.words, folder, Action.STOP, at=number, meanwhile=meanwhile, user=user)
        for one in undo:
            one()
        return told_wrong(ended) or place.ends_the_same(folder)


def _renamed(workspace: Path) -> Callable[[], None]:
    moved = workspace.with_name("moved")
    workspace.rename(moved)

    def undo() -> None:
        # What was written to the old name meanwhile is another workspace.
        shutil.rmtree(workspace, ignore_errors=True)
        moved.rename(workspace)

    return undo


def _removed(workspace: Path) -> Callable[[], None]:
    shutil.rmtree(workspace)
    return lambda: None


def _locked(workspace: Path) -> Callable[[], None]:
    folders = [workspace, *(path for path in workspace.rglob("*") if path.is_dir())]
    for one in folders:
        one.chmod(0o500)

    def undo() -> None:
        for one in folders:
            with suppress(FileNotFoundError):
                one.chmod(0o755)

    return undo


def _many(folder: Path, size: Size) -> str:
    """Eight comparisons at once, every second one killed and begun again: each run is there once, with its bits."""
    expected = folder / "alone"
    for one in (folder, expected):
        one.mkdir()
    command = [sys.executable, "-B", "-m", "seedbed.cli.app", *_COMPARE, "--no-report"]
    subprocess.run(command, cwd=expected, capture_output=True, check=True)
    together = folder / "together"
    together.mkdir()
    chance = size.random(str(folder))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, cwd=together, start_new_session=True, **quiet) for _ in range(_PROCESSES)]
    for process in processes[::2]:
        time.sleep(chance.uniform(0, 1.5))
        os.killpg(process.pid, signal.SIGKILL)
    again = [subprocess.Popen(command, cwd=together, **quiet) for _ in processes[::2]]
    statuses = [process.wait() for process in (*processes[1::2], *again)]
    for process in processes[::2]:
        process.wait()
    if any(statuses):
        return f"statuses {statuses}"
    try:
        return "" if what_counts(together) == what_counts(expected) else "other bits, or runs lost or doubled"
    except AssertionError as error:
        return str(error)
