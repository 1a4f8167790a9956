"""A process that has imported all readers, and gives each, in a fork of its own, one spoiled input after another.

The fork says in mapped memory which input it is at and what it has cost, so that a crash or a hang has a number; what
went wrong it writes into a file. For each reader the process prints one JSON line.
"""

import json
import mmap
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import time
import warnings
from pathlib import Path

from fuzz_targets import target

MOST_S, MOST_BYTES = 1.0, 512 << 20
_MEMORY_STATUS = 3
"""Of a fork that held more than it may: a new one goes on."""

_ROOM_BYTES = 4 << 30
_HANG_S, _POLL_S = 60.0, 0.1
_STATE = struct.Struct("<qdd")
"""The input that it is at, seconds of the slowest, the most memory more than at rest."""


def main(inputs: str, seconds: str, seed: str, found: str, *names: str) -> None:
    """Try so many inputs of each reader, for so many seconds at most."""
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for name in names:
        row = _Reader(name, int(inputs), float(seconds), int(seed), Path(found)).row()
        sys.stdout.write(f"{json.dumps(row)}\n")
        sys.stdout.flush()


class _Reader:
    def __init__(self, name: str, inputs: int, seconds: float, seed: int, found: Path) -> None:
        self._name, self._inputs, self._seconds, self._seed, self._found = name, inputs, seconds, seed, found
        self._begun = time.monotonic()
        self._state = mmap.mmap(-1, _STATE.size)

    def row(self) -> dict[str, object]:
        """Tried, found, and what the costliest input cost."""
        first, status = 0, 1
        wrong: list[str] = []
        with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder:
            place, notes = Path(folder), Path(folder, "notes")
            while status and first < self._inputs and (first == 0 or not self._is_over()):
                self._state[:8] = struct.pack("<q", first)
                pid = os.fork()
                if pid == 0:
                    os._exit(self._try_all(first, place, notes))
                status = self._wait(pid)
                at = _STATE.unpack(self._state[:])[0]
                wrong += notes.read_text("utf-8").splitlines() if notes.exists() else []
                notes.unlink(missing_ok=True)
                if status not in (0, _MEMORY_STATUS):
                    wrong.append(f"{'hangs' if status is None else f'ends with status {status}'} # {at}")
                first = at + 1
        _, slowest_s, more_bytes = _STATE.unpack(self._state[:])
        costs = {"slowest_s": slowest_s, "more_bytes": more_bytes}
        return {"name": self._name, "tried": first, "found": wrong, "wall_s": time.monotonic() - self._begun} | costs

    def _is_over(self) -> bool:
        return time.monotonic() - self._begun > self._seconds

    def _wait(self, pid: int) -> int | None:
        """Exit status of the fork; None if it stayed at one input and was killed."""
        at, since = -1, time.monotonic()
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(_POLL_S)
            now = _STATE.unpack(self._state[:])[0]
            if now != at:
                at, since = now, time.monotonic()
            elif time.monotonic() - since > _HANG_S:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return None

    def _try_all(self, first: int, place: Path, notes: Path) -> int:
        """In the fork."""
        reader = target(self._name, place)
        rest = _peak_bytes()
        _bound(_ROOM_BYTES)
        for number in range(first, self._inputs):
            self._state[:8] = struct.pack("<q", number)
            content = reader.spoil(random.Random(f"{self._name} {self._seed} {number}"))
            begun = time.process_time()
            wrong = reader.problem(content)
            cpu_s, more_bytes = time.process_time() - begun, _peak_bytes() - rest
            _, slowest_s, most_bytes = _STATE.unpack(self._state[:])
            self._state[8:24] = struct.pack("<dd", max(cpu_s, slowest_s), max(more_bytes, most_bytes))
            wrong = wrong or (f"{cpu_s:.1f} s" if cpu_s > MOST_S else "")
            wrong = wrong or (f"{more_bytes >> 20} MB" if more_bytes > MOST_BYTES else "")
            if wrong:
                with notes.open("a", encoding="utf-8", errors="replace") as file:
                    file.write(f"{wrong} # {number}".replace("\n", " ") + "\n")
                name = f"{self._name} {self._seed} {number}".replace(" ", "_")
                (self._found / name).write_bytes(content)
            if more_bytes > MOST_BYTES:
                return _MEMORY_STATUS
            if self._is_over():
                break
        return 0


def _memory_folder() -> str | None:
    """Files that come and go need no disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _bound(more_bytes: int) -> None:
    """Memory without end is refused before the machine suffers."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (pages + more_bytes, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(*sys.argv[1:])
