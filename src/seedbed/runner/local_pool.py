"""A pool of worker processes on this machine."""

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
from collections.abc import Iterator
from pathlib import Path

from seedbed.data import Dataset
from seedbed.errors import StoreError, StudyError
from seedbed.machine import usable_cores
from seedbed.runner.failures import WorkerExited, WorkerKilled
from seedbed.runner.messages import MESSAGE_START, Failed, Finished, Task, decode, encode
from seedbed.runner.pool import Died, Report
from seedbed.runner.shared_data import SharedData

# A fresh interpreter with this one's path: unlike multiprocessing it never runs the user's script a second time, so
# a study may be started from a script without a main guard, a notebook or a pipe.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from seedbed.runner.worker import main; sys.exit(main(*sys.argv[2:]))"
)
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_PATIENCE_S = 20.0

Lines = queue.SimpleQueue[tuple["WorkerProcess", str | None]]
"""A worker and a line that it wrote; None when its process has ended."""


class WorkerProcess:
    """A worker process with the task that it does.

    Parameters
    ----------
    number : int
        Its place among the workers, from 0.
    lines : Lines
        Gets what the worker writes.
    arguments : list of str
        Of its program.

    Raises
    ------
    StudyError
        The process cannot be started.
    """

    def __init__(self, number: int, lines: Lines, arguments: list[str]) -> None:
        self.number = number
        self.run: str | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        command = [sys.executable, "-c", _PROGRAM, json.dumps([str(folder) for folder in sys.path]), *arguments]
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            with _interrupt_blocked():
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._stderr,
                    env=os.environ | _ONE_THREAD,
                    encoding="utf-8",
                    errors="replace",
                    creationflags=flags,
                )
        except OSError as error:
            self._stderr.close()
            raise StudyError(f"a worker process cannot be started: {error.strerror or error}.") from None
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._reader.start()

    def begin(self, task: Task) -> None:
        """Give it a task."""
        self.run = task.run
        # A worker that is dead already tells so by the end of its output.
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.write(encode(task) + "\n")
            self.process.stdin.flush()

    def release(self) -> None:
        """Let it end: it stores a run in progress first."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def reap(self) -> WorkerKilled | WorkerExited:
        """Clean up after a process that has ended; tells how it ended."""
        self.release()
        status = self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        with self._stderr as file:
            file.seek(0)
            words = file.read().decode(errors="replace").strip().splitlines()
        if status < 0:
            return WorkerKilled(signal.Signals(-status).name if -status in set(signal.Signals) else str(-status))
        return WorkerExited(status, words[-1] if words else "")

    def _read(self, lines: Lines) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.put((self, line))
        self.process.wait()
        lines.put((self, None))


class LocalPool:
    """Worker processes of this machine, started when they are needed; see ``Pool``.

    Parameters
    ----------
    size : int
    shared : SharedData
    runs, recordings : Path
        Folders of the workspace in which workers store runs in progress, and recordings.
    """

    def __init__(self, size: int, shared: SharedData, runs: Path, recordings: Path) -> None:
        self._size, self._shared = size, shared
        self._arguments = [str(folder.absolute()) for folder in (shared.folder, runs, recordings)]
        self._workers: list[WorkerProcess] = []
        self._lines: Lines = queue.SimpleQueue()

    @property
    def size(self) -> int:
        """Tasks that can be in progress at once."""
        return self._size

    @property
    def cores(self) -> int:
        """Of this machine, as far as this process may use them."""
        return usable_cores()

    def publish(self, dataset: Dataset) -> str:
        """Write a data set where all workers map it into memory."""
        return self._shared.publish(dataset)

    def submit(self, task: Task) -> None:
        """Give a task to a worker that has none, else to a new one."""
        idle = [worker for worker in self._workers if worker.run is None]
        (idle[0] if idle else self._start()).begin(task)

    def next(self, timeout_s: float) -> Report | None:
        """The next thing that a worker said; None if there was none in time.

        Raises
        ------
        StoreError
            A worker speaks another version: Seedbed was replaced while it ran.
        """
        try:
            worker, line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if line is None:
            run = worker.run
            if worker not in self._workers:
                return None
            self._workers.remove(worker)
            reason = worker.reap()
            return Report(worker.number, Died(run, reason)) if run is not None else None
        try:
            message = decode(line)
        except StoreError:
            if line.startswith(MESSAGE_START) and line.endswith("\n"):
                raise
            # Something that a library printed, or the last line, cut, of a process that was killed.
            return None
        if isinstance(message, Task):
            return None
        if isinstance(message, Failed | Finished):
            worker.run = None
        return Report(worker.number, message)

    def collect(self, run: str) -> None:
        """Nothing: workers write into the workspace."""

    def close(self) -> None:
        """Let all end together; one that does not within a while is killed."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.release()
        end = time.monotonic() + _PATIENCE_S
        try:
            for worker in workers:
                worker.process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        finally:
            for worker in workers:
                if worker.process.poll() is None:
                    worker.process.kill()
                worker.reap()

    def _start(self) -> WorkerProcess:
        taken = {worker.number for worker in self._workers}
        number = next(number for number in range(len(taken) + 1) if number not in taken)
        worker = WorkerProcess(number, self._lines, self._arguments)
        self._workers.append(worker)
        return worker


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
