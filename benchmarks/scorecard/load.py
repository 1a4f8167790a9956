"""Many runs: memory and open files stay where they are from the fiftieth to the last; eight studies side by side."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

from command_cases import what_counts

from scorecard.load_worker import FIRST
from scorecard.row import Row, Size

_MORE_BYTES = 16 << 20
"""What a process may grow by: allocators round up."""

_STUDIES = 8
_COMPARE = ("--data", "digits", "--epochs", "1", "--seeds", "3", "--jobs", "1", "--no-report", "--workspace", "w")


def rows(size: Size) -> Iterator[Row]:
    """One row each."""
    for kind, what in (("runs", "runs in one process"), ("study", "runs of a study, with its workers")):
        count = 500 if size.is_long else 150
        row = Row("load", f"memory and open files, run {FIRST} to {count}: {what}", of=count)
        if size.wants(row.what):
            yield _flat(row, kind, count)
    row = Row("load", f"{_STUDIES} studies side by side on one workspace", of=_STUDIES)
    if size.wants(row.what):
        yield _side_by_side(row, size)


def _flat(row: Row, kind: str, count: int) -> Row:
    begun = time.monotonic()
    command = [sys.executable, "-B", "-m", "scorecard.load_worker", kind, str(count)]
    ended = subprocess.run(command, capture_output=True, text=True)
    row.tried, row.wall_s = count, time.monotonic() - begun
    if ended.returncode:
        row.found[ended.stderr[-300:]] += 1
        return row
    before, after = json.loads(ended.stdout.splitlines()[-1])
    more_bytes, more_files = after["bytes"] - before["bytes"], after["files"] - before["files"]
    row.remark = (
        f"{more_bytes / 1e6:+.1f} MB of {before['bytes'] / 1e6:.0f}, {more_files:+d} files of {before['files']}"
    )
    if more_bytes > _MORE_BYTES or more_files > 0:
        row.found[row.remark] += 1
    return row


def _side_by_side(row: Row, size: Size) -> Row:
    """Each with a network of its own and one that all share."""
    begun, folder = time.monotonic(), size.folder / "side-by-side"
    folder.mkdir()
    command = [sys.executable, "-B", "-m", "seedbed.cli.app", "compare", "softmax"]
    processes = [
        subprocess.Popen(
            [*command, f"flatten linear({width}) tanh linear(10)", *_COMPARE],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for width in range(4, 4 + _STUDIES)
    ]
    for process in processes:
        words = process.communicate()[1]
        row.count("" if process.returncode == 0 else f"status {process.returncode}: {words[-200:]}")
    try:
        runs = [name for name in what_counts(folder) if name.startswith("w/")]
        if len(runs) != 3 * (_STUDIES + 1):
            row.found[f"{len(runs)} runs"] += 1
    except AssertionError as error:
        row.found[str(error)] += 1
    row.wall_s = time.monotonic() - begun
    return row
