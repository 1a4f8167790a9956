"""Run a program that downloads into a folder."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_POLL_S = 0.2


def run(
    command: Sequence[str], *, what: str, folder: Path, progress: Progress, environment: Mapping[str, str] | None = None
) -> None:
    """Run `command` to its end, reporting the bytes that arrive in `folder`; it is killed on Ctrl-C.

    Raises
    ------
    DataError
        With the last error line of the program, if it cannot be started or fails.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise DataError(f"{command[0]} cannot be started ({error.strerror or error})") from None
    with process:
        try:
            errors = _wait(process, what, folder, progress)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise DataError(_last_error(errors) or f"{command[0]} ended with status {process.returncode}")


def _wait(process: subprocess.Popen[str], what: str, folder: Path, progress: Progress) -> str:
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[1]
        except subprocess.TimeoutExpired:
            progress(what, _size_bytes(folder), None)


def _size_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # gone since it was listed
            continue
    return total


def _last_error(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("ERROR:", "E:"))]
    return (marked or lines or [""])[-1]
