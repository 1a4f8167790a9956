"""A pool of Dask workers, on this machine or on many."""

import contextlib
import queue
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.data import Dataset
from seedbed.data.dataset import ARRAYS
from seedbed.errors import StoreError, StudyError
from seedbed.files import write_file
from seedbed.runner.failures import ErrorRaised, WorkerExited, WorkerKilled
from seedbed.runner.messages import Failed, Finished, Noted, Task, decode, encode
from seedbed.runner.pool import Died, Report
from seedbed.runner.shared_data import data_name, description

STOP_S = 20.0
"""Patience with workers that store their runs."""

_LOOK_S = 1.0
"""Between two looks at who the workers are: of thousands, that is a large answer."""

_SEND_S = 10.0


@dataclass
class _Submitted:
    """A task that Dask has."""

    task: Task
    slot: int
    future: Any = None
    """None while there is no worker to send it to."""


class DaskPool:
    """Sends whole runs to the workers of a Dask cluster; see ``Pool``. As many run at once as the workers have threads.

    Parameters
    ----------
    client : distributed.Client
    place : dask_worker.Place
        Where the runner's files lie.
    most : int, optional
        Tasks in progress at once, at most.
    """

    def __init__(self, client: Any, place: Any, most: int | None) -> None:
        self._client, self._place, self._most = client, place, most
        self._address = client.scheduler.address
        self._prefix = f"seedbed-{uuid.uuid4().hex[:12]}"
        self._heard: queue.SimpleQueue[str | _Submitted] = queue.SimpleQueue()
        """Messages on the way, and tasks that have ended."""
        self._tasks: dict[str, _Submitted] = {}
        """By run."""
        self._datasets: dict[str, Dataset] = {}
        self._sent: dict[str, Any] = {}
        """Futures of data, by name."""
        self._brought: dict[str, Any] = {}
        """Files of runs that have ended, until they are collected."""
        self._threads, self._looked_at = 0, -_LOOK_S
        """Of all workers, and when that was asked."""
        self._is_lack_told = False
        client.subscribe_topic(self._prefix, lambda event: self._heard.put(event[1]))

    @property
    def size(self) -> int:
        """Tasks that can be in progress at once; it changes as workers come and go."""
        threads = self._count_threads()
        return max(1, threads if self._most is None else min(threads, self._most))

    @property
    def cores(self) -> int:
        """One: Dask's workers have a thread a task."""
        return 1

    def publish(self, dataset: Dataset) -> str:
        """Keep a data set for the workers: each fetches it once, from this process or from one another."""
        name = data_name(dataset)
        self._datasets[name] = dataset
        return name

    def submit(self, task: Task) -> None:
        """Give a task to Dask, which chooses the worker and another one if that dies."""
        slot = next(n for n in range(len(self._tasks) + 1) if n not in {one.slot for one in self._tasks.values()})
        self._tasks[task.run] = one = _Submitted(task, slot)
        if self._count_threads():
            self._send(one)

    def next(self, timeout_s: float) -> Report | None:
        """The next thing that a worker said; None if there was none in time.

        Raises
        ------
        StudyError
            The scheduler is gone.
        StoreError
            A worker speaks another version.
        """
        try:
            heard = self._heard.get(timeout=timeout_s)
        except queue.Empty:
            self._check_scheduler()
            return self._send_waiting()
        if isinstance(heard, _Submitted):
            return self._ended(heard)
        message = decode(heard)
        one = self._tasks.get(message.run)
        return Report(one.slot, message) if one is not None and not isinstance(message, Task) else None

    def collect(self, run: str) -> None:
        """Write what a worker without this disk sent back."""
        brought = self._brought.pop(run)
        if not brought.file:
            return
        try:
            for name, content in brought.recording.items():
                write_file(Path(self._place.recordings) / run / Path(name).name, content)
            write_file(Path(self._place.runs) / f"{run}.safetensors", brought.file)
        except OSError as error:
            raise StoreError(
                f"run '{run}' came back but cannot be written to '{self._place.runs}': {error.strerror or error}. "
                "Make room on the disk; the same command does it again."
            ) from None

    def close(self) -> None:
        """Cancel what is in progress; runs whose workers see this disk are stored first."""
        from seedbed.runner.dask_worker import unfinished

        tasks, self._tasks = self._tasks, {}
        if not tasks or self._client.status != "running":
            return
        # A worker or the scheduler that goes now is no matter: what they were to store, a next run does again.
        with contextlib.suppress(Exception):
            self._client.cancel([one.future for one in tasks.values() if one.future is not None], force=True)
            end = time.monotonic() + STOP_S
            while any(self._client.run(unfinished, self._prefix).values()) and time.monotonic() < end:
                time.sleep(0.1)

    def _count_threads(self) -> int:
        """Of all workers."""
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._check_scheduler()
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            self._threads, self._looked_at = sum(worker["nthreads"] for worker in workers.values()), time.monotonic()
        return self._threads

    def _send(self, one: _Submitted) -> None:
        from seedbed.runner.dask_worker import do_task

        self._check_scheduler()
        try:
            data = self._data(one.task.data)
        except TimeoutError:
            # The last worker went just now.
            return
        key = f"{self._prefix}-{one.task.run}-{uuid.uuid4().hex[:6]}"
        one.future = self._client.submit(
            do_task, encode(one.task), data, self._place, self._prefix, key=key, pure=False
        )
        one.future.add_done_callback(lambda done: self._heard.put(one))

    def _send_waiting(self) -> Report | None:
        """Send what waits for a worker; that one is lacking is told once."""
        if self._count_threads():
            self._is_lack_told = False
            for one in self._tasks.values():
                if one.future is None:
                    self._send(one)
        elif self._tasks and not self._is_lack_told:
            self._is_lack_told = True
            one = next(iter(self._tasks.values()))
            return Report(one.slot, Noted(one.task.run, f"no worker is connected to {self._address}; waiting for one."))
        return None

    def _data(self, name: str) -> Any:
        """The future of a data set; sent again if the workers that held it are gone."""
        if (future := self._sent.get(name)) is None or future.status != "finished":
            dataset = self._datasets[name]
            values = description(dataset) | {array: getattr(dataset, array) for array in ARRAYS}
            self._sent[name] = future = self._client.scatter({name: values}, timeout=_SEND_S)[name]
        return future

    def _ended(self, one: _Submitted) -> Report | None:
        if self._tasks.get(one.task.run) is not one:
            return None
        del self._tasks[one.task.run]
        brought, problem = None, ""
        try:
            if one.future.status == "finished":
                brought = one.future.result()
        except Exception as error:  # Whatever befell the worker, or the way from it.
            problem = str(error)
        if brought is not None and brought.end:
            end = decode(brought.end)
            assert isinstance(end, Finished | Failed)
            self._brought[one.task.run] = brought
            return Report(one.slot, end)
        self._check_scheduler()
        if one.future.status == "error":
            cause = one.future.exception()
            if isinstance(cause, StoreError):
                return Report(one.slot, Failed(one.task.run, ErrorRaised(str(cause)), is_fatal=True))
            if type(cause).__name__ == "KilledWorker":
                return Report(one.slot, Died(one.task.run, WorkerKilled("SIGKILL")))
            problem = f"{type(cause).__name__}: {cause}"
        return Report(one.slot, Died(one.task.run, WorkerExited(1, problem or "Dask cancelled it")))

    def _check_scheduler(self) -> None:
        if self._client.status != "running":
            raise StudyError(
                f"on: the Dask scheduler at {self._address} is gone. Runs that have ended are kept; start the cluster "
                "again, and the same command goes on."
            )
