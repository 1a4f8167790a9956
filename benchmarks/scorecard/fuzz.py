"""Spoiled inputs: each reader of what others wrote gets good ones with something wrong, many thousands of them.

Counted are crashes of the process, inputs that take more than a second of the processor or 512 MB more memory, and
errors that are no SeedbedError. What was found lies in build/scorecard afterwards.
"""

import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

from fuzz_targets import NAMES

from scorecard import ROOT
from scorecard.row import Row, Size

INPUTS = 200_000
"""Of each reader in the long size."""

FOUND = ROOT / "build/scorecard"


def rows(size: Size) -> Iterator[Row]:
    """A row for each reader, as many at a time as there are cores."""
    FOUND.mkdir(parents=True, exist_ok=True)
    names = [name for name in NAMES if size.wants(name)]
    seconds = 1e9 if size.is_long else size.seconds
    words = [sys.executable, "-B", "-m", "scorecard.fuzz_worker", str(INPUTS), str(seconds), str(size.seed), str(FOUND)]
    processes = [
        subprocess.Popen([*words, *names[core :: size.cores]], stdout=subprocess.PIPE, text=True)
        for core in range(size.cores)
    ]
    lines: queue.SimpleQueue[str | int] = queue.SimpleQueue()
    for process in processes:
        threading.Thread(target=_listen, args=(process, lines)).start()
    left = len(processes)
    while left:
        line = lines.get()
        if isinstance(line, str):
            yield _row(json.loads(line))
            continue
        left -= 1
        if line:
            yield Row("fuzz", "the process of the readers", tried=1, found=Counter({f"status {line}": 1}))


def _listen(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str | int]") -> None:
    """Hand on what it says, and its exit status in the end."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(process.wait())


def _row(said: dict[str, object]) -> Row:
    remark = f"slowest {said['slowest_s']:.2f} s, {said['more_bytes'] / 1e6:.0f} MB more at most"  # type: ignore[operator]
    row = Row("fuzz", str(said["name"]), tried=int(str(said["tried"])), of=INPUTS, remark=remark)
    row.found.update(said["found"])  # type: ignore[call-overload]
    row.wall_s = float(str(said["wall_s"]))
    return row
