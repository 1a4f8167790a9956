"""A process that trains one run after another for a study.

It reads one job per line from its standard input and writes what happens, one event per line, to its standard output,
both as JSON. The end of the input, because the study is done, stopped or was killed, ends it: a run in progress is
stored first. It never opens the ledger.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from seedbed.data import Dataset
from seedbed.engine import load_engine
from seedbed.errors import SeedbedError, StoreError
from seedbed.study.lending import borrow
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.loop import Progress, RunState, TrainingLoop
from seedbed.training.recipe import Recipe
from seedbed.training.recording import Recorder

_PROGRESS_S = 0.2


@dataclass(frozen=True)
class Order:
    """What the study asks of a worker.

    Attributes
    ----------
    recipe : dict
        Plain values of a Recipe.
    seed : int
    engine : str
    data : str
        Folder of the lent data set, with the recipe's validation images held out.
    file : str
        Where to store checkpoints and the end of the run, and where to go on if it exists.
    checkpoint_s : float
        Seconds between two checkpoints.
    recording : str
        Folder to record the run in; empty if it is not to be recorded.
    threads : int
        Cores that the run may use, where they do not change its bits.
    """

    recipe: dict[str, Any]
    seed: int
    engine: str
    data: str
    file: str
    checkpoint_s: float
    recording: str = ""
    threads: int = 1


class _Stopped(Exception):
    """The study wants no more."""


class _Worker:
    def __init__(self, orders: TextIO, events: TextIO) -> None:
        self._orders, self._events = orders, events
        self._waiting: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._dataset: Dataset | None = None
        self._borrowed = ""
        """Where the data set at hand lies."""

    def work(self) -> None:
        reader = threading.Thread(target=self._read)
        reader.start()
        with contextlib.suppress(_Stopped):
            while (order := self._waiting.get()) is not None:
                try:
                    self._do(order)
                except (SeedbedError, MemoryError) as error:
                    message = str(error) or "not enough memory"
                    self._tell("failed", message=message, is_fatal=isinstance(error, StoreError))
        reader.join()

    def _read(self) -> None:
        for line in self._orders:
            self._waiting.put(Order(**json.loads(line)))
        self._stop.set()
        self._waiting.put(None)

    def _tell(self, event: str, **values: Any) -> None:
        try:
            self._events.write(json.dumps({"event": event, **values}) + "\n")
            self._events.flush()
        except OSError:
            # Nobody listens any more.
            self._stop.set()

    def _do(self, order: Order) -> None:
        recipe, path = Recipe(**order.recipe), Path(order.file)
        engine = load_engine(order.engine)
        if self._dataset is None or self._borrowed != order.data:
            self._dataset, self._borrowed = borrow(Path(order.data)), order.data
        resume = self._checkpoint(path, recipe, order.seed)
        threads = order.threads if engine.same_bits_on_threads else 1
        loop = TrainingLoop(recipe, self._dataset, order.seed, engine, threads, resume)
        recorder = None
        if order.recording:
            recorder = Recorder(Path(order.recording), recipe, order.seed, loop.plan.network)
            recorder(loop.run)
        stored_at = told_at = time.monotonic()

        def watch(progress: Progress) -> None:
            nonlocal stored_at, told_at
            now = time.monotonic()
            if self._stop.is_set():
                raise _Stopped
            if now - told_at >= _PROGRESS_S:
                told_at = now
                self._tell("progress", progress=asdict(progress))
            if now - stored_at >= order.checkpoint_s:
                save_run(path, loop.snapshot(), recipe, order.seed)
                stored_at = time.monotonic()

        self._tell("started", epoch=len(loop.run.history.epochs) + 1 if resume else 0)
        try:
            run = loop.train(watch, recorder)
        except _Stopped:
            save_run(path, loop.snapshot(), recipe, order.seed)
            raise
        self._tell(
            "finished",
            sha256=save_run(path, run, recipe, order.seed),
            status=str(run.status),
            note=run.note,
            test_error=run.history.result.test_error if run.history.result else None,
            executed_by=engine.description,
            seconds=run.history.train_s,
            images_per_second=run.history.images_per_second(len(self._dataset.train_images), recipe.batch_size),
            data_source=self._dataset.source,
        )

    def _checkpoint(self, path: Path, recipe: Recipe, seed: int) -> RunState | None:
        if not path.exists():
            return None
        try:
            run, *stored_for = load_run(path)
            if stored_for == [recipe, seed]:
                return run
            problem = f"checkpoint '{path}' belongs to another run"
        except StoreError as error:
            problem = str(error).rstrip(".")
        path.replace(path.with_name(f"{path.name}.damaged"))
        self._tell("note", text=f"{problem}; it was set aside and the run begins anew.")
        return None


def main() -> None:
    """Work until the standard input ends."""
    # Ctrl-C reaches every process of a terminal; the study alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not end up among the events.
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _Worker(sys.stdin, events).work()
