"""A process that does many runs, one after another or as a study, and says what it held after some of them."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import seedbed as sb
from seedbed.study import Watcher

FIRST = 50
"""Run after which all is warm."""

_STUDY = """
name = "load"
title = "Many runs"
question = "Does it grow?"
source = ""
[defaults]
data = "digits"
network = "flatten linear(10)"
batch_size = 128
[full]
seeds = {seeds}
epochs = 1
[quick]
seeds = {seeds}
epochs = 1
[[variants]]
name = "a"
title = "A"
optimizer = "sgd(lr=0.1)"
[[variants]]
name = "b"
title = "B"
optimizer = "sgd(lr=0.2)"
"""


def held() -> dict[str, int]:
    """Memory and open files of this process and its workers."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = files = 0
    for pid in (str(os.getpid()), *children):
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {"bytes": pages * os.sysconf("SC_PAGESIZE"), "files": files}


class _Counting(Watcher):
    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._tell, self._done = tell, 0

    def finished(self, *arguments: Any) -> None:
        super().finished(*arguments)
        self._done += 1
        self._tell(self._done)


def main(kind: str, count: str) -> None:
    """Do so many runs; print what was held after the 50th and after the last."""
    found: dict[int, dict[str, int]] = {}

    def tell(done: int) -> None:
        if done in (FIRST, int(count)):
            found[done] = held()

    with tempfile.TemporaryDirectory() as folder:
        if kind == "study":
            path = Path(folder, "load.toml")
            path.write_text(_STUDY.format(seeds=int(count) // 2), "utf-8")
            sb.Study.load(path).run(workspace=Path(folder, "w"), watch=_Counting(tell))
        else:
            for number in range(int(count)):
                run = sb.train("flatten linear(10)", "digits", epochs=1, seed=number, workspace=Path(folder, "w"))
                run.model.save(Path(folder, "model"))
                sb.Model.load(Path(folder, "model"))
                tell(number + 1)
    print(json.dumps([found[FIRST], found[int(count)]]))


if __name__ == "__main__":
    main(*sys.argv[1:])
