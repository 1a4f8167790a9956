"""From the events of one run, or the watcher of many, to observers."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from seedbed.observers.observer import ObservedRun, Observer
from seedbed.runner.failures import Death, Reason
from seedbed.runner.job import Job, run_key
from seedbed.runner.local import Listener, Note, Resumed
from seedbed.runner.watcher import Watcher
from seedbed.store import RunEntry
from seedbed.training.events import Ended, EpochEnded, Event, Progress
from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import RunState


class _Observers:
    """Observers that cannot stop a run: one that fails is told of nothing more."""

    def __init__(self, observers: Sequence[Observer], note: Callable[[str], None]) -> None:
        self._observers, self._note = list(observers), note

    def tell(self, told: Callable[[Observer], None]) -> None:
        for observer in tuple(self._observers):
            try:
                told(observer)
            except Exception as error:  # Whatever it is, training goes on.
                self._observers.remove(observer)
                reason = f"{type(error).__name__}: {error}"
                self._note(f"{type(observer).__name__} is told of nothing more: it failed ({reason})")


class ObservedListener:
    """A listener of one run that tells observers beside another listener.

    Parameters
    ----------
    observers : sequence of Observer
    recipe : Recipe
    seed : int
    engine : str
    listen : callable
        The other one.
    """

    def __init__(self, observers: Sequence[Observer], recipe: Recipe, seed: int, engine: str, listen: Listener) -> None:
        self._observers = _Observers(observers, lambda text: listen(Note(text)))
        self._listen = listen
        identity = run_key(recipe, seed, engine).identity
        self._run = ObservedRun(identity, f"{recipe.network}, seed {seed}", recipe.to_dict(), seed, engine)
        self._has_started, self._test_error = False, math.nan

    def __call__(self, event: Event | Note | Resumed) -> None:
        self._listen(event)
        match event:
            case Resumed(epochs=epochs):
                self._start(epochs + 1)
            case Progress():
                self._start(0)
            case EpochEnded(record=record):
                self._start(0)
                self._tell_epoch(record)
            case Ended(outcome=outcome):
                self._end(outcome)

    def was_there(self, state: RunState) -> None:
        """Tell of a run that the workspace had already, from its history."""
        self._start(0)
        for record in state.history.epochs:
            self._tell_epoch(record)
        if state.outcome is not None:
            self._end(state.outcome)

    def close(self) -> None:
        """Close the observers."""
        self._observers.tell(lambda one: one.close())

    def _start(self, epoch: int) -> None:
        if not self._has_started:
            self._has_started = True
            self._observers.tell(lambda one: one.started(self._run, epoch))

    def _tell_epoch(self, record: EpochRecord) -> None:
        self._test_error = record.test_error
        self._observers.tell(lambda one: one.epoch_ended(self._run, record))

    def _end(self, outcome: Outcome) -> None:
        error = None if math.isnan(self._test_error) else self._test_error
        self._observers.tell(lambda one: one.ended(self._run, outcome, error))


class ObservingWatcher(Watcher):
    """A watcher that tells observers of every run of a study, a comparison or a sweep beside another watcher.

    Of runs that are in the ledger already nothing is told. Of a sweep no test error is.
    """

    def __init__(self, observers: Sequence[Observer], watcher: Watcher | None = None) -> None:
        self._watcher = watcher or Watcher()
        self._observers = _Observers(observers, self._watcher.note)

    def note(self, text: str) -> None:
        self._watcher.note(text)

    def planned(self, total: int, missing: tuple[Job, ...]) -> None:
        self._watcher.planned(total, missing)

    def started(self, worker: int, job: Job, epoch: int) -> None:
        self._watcher.started(worker, job, epoch)
        self._observers.tell(lambda one: one.started(_run(job), epoch))

    def progressed(self, worker: int, job: Job, progress: Progress) -> None:
        self._watcher.progressed(worker, job, progress)

    def epoch_ended(self, worker: int, job: Job, event: EpochEnded) -> None:
        self._watcher.epoch_ended(worker, job, event)
        self._observers.tell(lambda one: one.epoch_ended(_run(job), event.record))

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self._watcher.finished(worker, job, entry, test_error)
        if worker is not None:
            self._observers.tell(lambda one: one.ended(_run(job), entry.outcome, test_error))

    def restarted(self, job: Job, reason: Death) -> None:
        self._watcher.restarted(job, reason)

    def failed(self, job: Job, reason: Reason) -> None:
        self._watcher.failed(job, reason)

    def close(self) -> None:
        """Close the observers."""
        self._observers.tell(lambda one: one.close())


@contextmanager
def observing(observers: Sequence[Observer], watcher: Watcher | None = None) -> Iterator[Watcher]:
    """A watcher for ``Study.run(watch=…)`` that tells observers; they are closed at the end."""
    watched = ObservingWatcher(observers, watcher)
    try:
        yield watched
    finally:
        watched.close()


def _run(job: Job) -> ObservedRun:
    return ObservedRun(job.key.identity, job.name, job.recipe.to_dict(), job.key.seed, job.key.engine)
