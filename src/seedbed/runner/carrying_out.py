"""Carrying out one task of a runner, wherever the worker is."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from seedbed.data import Dataset
from seedbed.engine import load_engine
from seedbed.errors import SeedbedError, StoreError
from seedbed.runner.driver import Driver
from seedbed.runner.failures import ErrorRaised, OutOfMemory
from seedbed.runner.messages import Advanced, Answer, EpochDone, Failed, Finished, Noted, Started, Task
from seedbed.training.events import Ended, EpochEnded, Progress
from seedbed.training.recipe import Recipe

PROGRESS_S = 0.2


def carry_out(
    task: Task,
    data: Callable[[str], Dataset],
    file: Path,
    recording: Path,
    tell: Callable[[Answer], None],
    is_stopped: Callable[[], bool],
    progress_s: float = PROGRESS_S,
) -> Finished | Failed | None:
    """Conduct the run of a task, from its checkpoint if there is one.

    Parameters
    ----------
    task : Task
    data : callable
        Gives the data set of a name.
    file, recording : Path
        Where the run is stored, and recorded if the task asks for it.
    tell : callable
        Gets what happens on the way.
    is_stopped : callable
        Asked at every event; if it is, the run is stored as it stands.
    progress_s : float
        Seconds between two ``Advanced``, at least.

    Returns
    -------
    Finished, Failed or None
        How it ended; None if it was stopped.
    """
    try:
        return _conduct(task, data, file, recording, tell, is_stopped, progress_s)
    except SeedbedError as error:
        return Failed(task.run, ErrorRaised(str(error)), is_fatal=isinstance(error, StoreError))
    except MemoryError:
        return Failed(task.run, OutOfMemory(), is_fatal=False)


def _conduct(
    task: Task,
    data: Callable[[str], Dataset],
    file: Path,
    recording: Path,
    tell: Callable[[Answer], None],
    is_stopped: Callable[[], bool],
    progress_s: float,
) -> Finished | None:
    recipe, engine, dataset = Recipe(**task.recipe), load_engine(task.engine), data(task.data)
    driver = Driver(
        recipe,
        dataset,
        task.seed,
        engine,
        threads=task.threads if engine.same_bits_on_threads else 1,
        file=file,
        recording=recording if task.is_recorded else None,
        checkpoint_s=task.checkpoint_s,
    )
    if driver.problem:
        tell(Noted(task.run, f"{driver.problem}."))
    tell(Started(task.run, len(driver.loop.run.history.epochs) + 1 if driver.is_resumed else 0))
    told_at = time.monotonic()
    with contextlib.closing(driver.events()) as events:
        for event in events:
            match event:
                case Progress() if time.monotonic() - told_at >= progress_s:
                    told_at = time.monotonic()
                    tell(Advanced(task.run, event))
                case EpochEnded():
                    tell(EpochDone(task.run, event))
                case Ended():
                    return _finished(task, driver, dataset, event, engine.description)
            if is_stopped():
                return None
    raise AssertionError("a run ends with its last event")


def _finished(task: Task, driver: Driver, dataset: Dataset, event: Ended, executed_by: str) -> Finished:
    history = driver.loop.run.history
    result = history.result
    return Finished(
        run=task.run,
        outcome=event.outcome,
        sha256=driver.sha256,
        test_error=result.test_error if result else None,
        executed_by=executed_by,
        seconds=history.train_s,
        images_per_second=history.images_per_second(len(dataset.train_images), driver.loop.recipe.batch_size),
        data_source=dataset.source,
    )
