"""The study's side of a worker process."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from seedbed.errors import StudyError
from seedbed.study.plan import Job
from seedbed.study.worker import Order

Events = queue.SimpleQueue[tuple["Member", dict[str, Any] | None]]
"""A member and what it told; None when its process has ended."""

# A fresh interpreter with this one's path: unlike multiprocessing it never runs the user's script a second time, so
# a study may be started from a script without a main guard, a notebook or a pipe.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from seedbed.study.worker import main; sys.exit(main())"
)
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_PATIENCE_S = 20.0


class Member:
    """A worker process with the job that it does.

    Parameters
    ----------
    core : int
        Its place among the workers, from 0.
    events : Events
        Gets what the worker tells.

    Raises
    ------
    StudyError
        The process cannot be started.
    """

    def __init__(self, core: int, events: Events) -> None:
        self.core = core
        self.job: Job | None = None
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        command = [sys.executable, "-c", _PROGRAM, json.dumps([str(folder) for folder in sys.path])]
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            with _interrupt_blocked():
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._words,
                    env=os.environ | _ONE_THREAD,
                    encoding="utf-8",
                    creationflags=flags,
                )
        except OSError as error:
            self._words.close()
            raise StudyError(f"a worker process cannot be started: {error.strerror or error}.") from None
        self._reader = threading.Thread(target=self._read, args=(events,), daemon=True)
        self._reader.start()

    def do(self, job: Job, data: str, file: str, checkpoint_s: float, recording: str, threads: int) -> None:
        """Give it a job; see ``Order``."""
        self.job = job
        order = Order(job.recipe.to_dict(), job.key.seed, job.key.engine, data, file, checkpoint_s, recording, threads)
        # A worker that is dead already tells so by the end of its output.
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(asdict(order)) + "\n")
            self.process.stdin.flush()

    def dismiss(self) -> None:
        """Let it end: it stores a run in progress first."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def bury(self) -> str:
        """Clean up after a process that has ended; says how it ended."""
        self.dismiss()
        status = self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        with self._words as file:
            file.seek(0)
            words = file.read().decode(errors="replace").strip().splitlines()
        if status < 0:
            name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
            hint = ", perhaps because memory ran out" if name == "SIGKILL" else ""
            return f"its process was killed ({name}{hint})"
        return f"its process ended with status {status}" + (f": {words[-1]}" if words else "")

    def _read(self, events: Events) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # The last line of a process that was killed may be cut.
            with contextlib.suppress(ValueError):
                events.put((self, json.loads(line)))
        self.process.wait()
        events.put((self, None))


def dismiss_all(members: Iterable[Member]) -> None:
    """Let all end together; one that does not within a while is killed."""
    members = list(members)
    for member in members:
        member.dismiss()
    end = time.monotonic() + _PATIENCE_S
    try:
        for member in members:
            member.process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    finally:
        for member in members:
            if member.process.poll() is None:
                member.process.kill()
            member.bury()


@contextlib.contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, not even before it can say so itself."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
