"""A process that conducts one run after another for a runner.

It reads one task a line from its standard input and writes what happens, one message a line, to its standard output.
The end of the input, because all is done, stopped or was killed, ends it: a run in progress is stored first. It never
opens the ledger.
"""

import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from seedbed.data import Dataset
from seedbed.runner.carrying_out import carry_out
from seedbed.runner.messages import Answer, Task, decode, encode
from seedbed.runner.shared_data import map_dataset


@dataclass(frozen=True)
class Folders:
    """Where a worker of this machine finds data by name, and where it keeps files of runs and recordings."""

    data: Path
    runs: Path
    recordings: Path


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
        while (task := self._waiting.get()) is not None:
            file = self._folders.runs / f"{task.run}.safetensors"
            recording = self._folders.recordings / task.run
            end = carry_out(task, self._find, file, recording, self._tell, self._stop.is_set)
            if end is None:
                break
            self._tell(end)
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

    def _find(self, name: str) -> Dataset:
        if self._dataset is None or self._data != name:
            self._dataset, self._data = map_dataset(self._folders.data / name), name
        return self._dataset


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
