"""A process that conducts one run after another for a runner.

It reads one task a line from its standard input and writes what happens, one message a line, to its standard output.
The end of the input, because all is done, stopped or was killed, ends it: a run in progress is stored first. It never
opens the ledger.
"""

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from seedbed.data import Dataset
from seedbed.engine import load_engine
from seedbed.errors import SeedbedError, StoreError
from seedbed.runner.driver import Driver
from seedbed.runner.failures import ErrorRaised, OutOfMemory
from seedbed.runner.messages import Advanced, Answer, EpochDone, Failed, Finished, Noted, Started, Task, decode, encode
from seedbed.runner.shared_data import map_dataset
from seedbed.training.events import Ended, EpochEnded, Progress
from seedbed.training.recipe import Recipe

_PROGRESS_S = 0.2


@dataclass(frozen=True)
class Folders:
    """Where a worker of this machine finds data by name, and where it keeps files of runs and recordings."""

    data: Path
    runs: Path
    recordings: Path


class _Stopped(Exception):
    """The runner wants no more."""


class _Worker:
    def __init__(self, folders: Folders, tasks: TextIO, answers: TextIO) -> None:
        self._folders, self._tasks, self._answers = folders, tasks, answers
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._dataset: Dataset | None = None
        self._data = ""
        """Name of the data set at hand."""

    def work(self) -> None:
        reader = threading.Thread(target=self._read)
        reader.start()
        with contextlib.suppress(_Stopped):
            while (task := self._waiting.get()) is not None:
                try:
                    self._conduct(task)
                except SeedbedError as error:
                    self._tell(Failed(task.run, ErrorRaised(str(error)), is_fatal=isinstance(error, StoreError)))
                except MemoryError:
                    self._tell(Failed(task.run, OutOfMemory(), is_fatal=False))
        reader.join()

    def _read(self) -> None:
        try:
            for line in self._tasks:
                message = decode(line)
                assert isinstance(message, Task)
                self._waiting.put(message)
        finally:
            self._stop.set()
            self._waiting.put(None)

    def _tell(self, answer: Answer) -> None:
        try:
            self._answers.write(encode(answer) + "\n")
            self._answers.flush()
        except OSError:
            # Nobody listens any more.
            self._stop.set()

    def _conduct(self, task: Task) -> None:
        recipe, engine = Recipe(**task.recipe), load_engine(task.engine)
        if self._dataset is None or self._data != task.data:
            self._dataset, self._data = map_dataset(self._folders.data / task.data), task.data
        driver = Driver(
            recipe,
            self._dataset,
            task.seed,
            engine,
            threads=task.threads if engine.same_bits_on_threads else 1,
            file=self._folders.runs / f"{task.run}.safetensors",
            recording=self._folders.recordings / task.run if task.is_recorded else None,
            checkpoint_s=task.checkpoint_s,
        )
        if driver.problem:
            self._tell(Noted(task.run, f"{driver.problem}."))
        self._tell(Started(task.run, len(driver.loop.run.history.epochs) + 1 if driver.is_resumed else 0))
        told_at = time.monotonic()
        with contextlib.closing(driver.events()) as events:
            for event in events:
                match event:
                    case Progress() if time.monotonic() - told_at >= _PROGRESS_S:
                        told_at = time.monotonic()
                        self._tell(Advanced(task.run, event))
                    case EpochEnded():
                        self._tell(EpochDone(task.run, event))
                    case Ended():
                        self._tell(self._finished(task, driver, event, engine.description))
                        return
                if self._stop.is_set():
                    raise _Stopped

    def _finished(self, task: Task, driver: Driver, event: Ended, executed_by: str) -> Finished:
        assert self._dataset is not None
        history = driver.loop.run.history
        result = history.result
        return Finished(
            run=task.run,
            outcome=event.outcome,
            sha256=driver.sha256,
            test_error=result.test_error if result else None,
            executed_by=executed_by,
            seconds=history.train_s,
            images_per_second=history.images_per_second(len(self._dataset.train_images), driver.loop.recipe.batch_size),
            data_source=self._dataset.source,
        )


def main(data: str, runs: str, recordings: str) -> None:
    """Work until the standard input ends."""
    # Ctrl-C reaches every process of a terminal; the runner alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not end up among the messages.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        _Worker(Folders(Path(data), Path(runs), Path(recordings)), sys.stdin, answers).work()
    except BaseException:
        # A defect: its last line is told as the reason. The thread that reads tasks would keep the process alive.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
