"""The training loop: the same for every engine, in stretches short enough to show, to stop and to resume."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.engine.base import Engine, Plan, Session
from seedbed.network import State, initial_state
from seedbed.philox import Stream, permutation
from seedbed.training.history import EpochRecord, History
from seedbed.training.recipe import Recipe

_STRETCH_S = 0.15


class Status(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class Progress:
    """What a watcher is told, several times a second.

    Attributes
    ----------
    epoch, epochs : int
        The epoch in progress, from 1.
    step, steps : int
        Steps done and to do in the whole run.
    loss : float
        Mean training loss of the epoch so far.
    test_error : float or None
        Percent, of the last finished epoch.
    images_per_second : float
        Training speed of this process so far.
    seconds_left : float
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    test_error: float | None
    images_per_second: float
    seconds_left: float


@dataclass
class RunState:
    """A run at a step boundary: enough to go on with the same bits.

    Attributes
    ----------
    state : State
        Parameters, buffers, optimizer memory.
    history : History
    status : Status
    note : str
        Words for people on what went wrong, empty if nothing did: ``NaN at step 812``, ``constant answer 'digit 6'``.
    outputs : float32 array, shape (n_test, classes), or None
        Outputs for the test images after the last finished epoch.
    """

    state: State
    history: History = field(default_factory=History)
    status: Status = Status.RUNNING
    note: str = ""
    outputs: NDArray[np.float32] | None = None


class TrainingLoop:
    """Takes one run from its first step, or from where an earlier one stopped, to its end.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
    seed : int
    engine : Engine
    threads : int
        Cores to split one batch over; results do not depend on it.
    resume : RunState, optional
        Where to go on.
    """

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        seed: int,
        engine: Engine,
        threads: int = 1,
        resume: RunState | None = None,
    ) -> None:
        self.recipe, self.dataset, self.seed = recipe, dataset, seed
        self.plan: Plan = recipe.plan(dataset)
        self.run = resume or RunState(initial_state(self.plan.network, recipe.init, seed))
        self._session: Session = engine.start(self.plan, self.run.state, threads)
        self._steps_per_epoch = -(-len(dataset.train_images) // recipe.batch_size)
        self._stretch = 8
        self._images_done, self._seconds = 0, 0.0

    def snapshot(self) -> RunState:
        """The run as it stands, to be stored; call it between stretches or after an interruption."""
        self.run.state = self._session.state()
        return self.run

    def train(
        self,
        watch: Callable[[Progress], None] | None = None,
        after_epoch: Callable[[RunState], None] | None = None,
    ) -> RunState:
        """Train to the end.

        A KeyboardInterrupt leaves between two stretches of steps; ``snapshot`` then gives where to go on.

        Parameters
        ----------
        watch : callable, optional
            Gets a ``Progress`` after every stretch of steps, about six times a second.
        after_epoch : callable, optional
            Gets the run after every epoch, to store a checkpoint.

        Returns
        -------
        RunState
            With status ``finished`` or ``diverged``.
        """
        history = self.run.history
        while self.run.status is Status.RUNNING and len(history.epochs) < self.recipe.epochs:
            self._train_epoch(watch)
            if self.run.status is Status.RUNNING:
                self._close_epoch(watch)
            if after_epoch is not None:
                after_epoch(self.snapshot())
        if self.run.status is Status.RUNNING:
            self.run.status = Status.FINISHED
        return self.snapshot()

    def _train_epoch(self, watch: Callable[[Progress], None] | None) -> None:
        history, batch_size = self.run.history, self.recipe.batch_size
        images, labels = self.dataset.train_images, self.dataset.train_labels
        epoch = len(history.epochs)
        order = permutation(len(images), self.seed, Stream.ORDER, epoch)
        step = len(history.step_losses) - epoch * self._steps_per_epoch
        while step < self._steps_per_epoch:
            stop = min(step + self._stretch, self._steps_per_epoch)
            part = order[step * batch_size : stop * batch_size]
            begun = time.perf_counter()
            done = self._session.train(images, labels, part, np.full(stop - step, self.plan.optimizer.lr))
            seconds = time.perf_counter() - begun
            history.add_steps(done.losses, done.wrong, seconds)
            self._images_done += len(part)
            self._seconds += seconds
            self._stretch = max(1, min(2 * self._stretch, int((stop - step) * _STRETCH_S / max(seconds, 1e-9))))
            step = stop
            if not np.isfinite(done.losses).all():
                first = len(history.step_losses) - len(done.losses) + int(np.argmin(np.isfinite(done.losses))) + 1
                self.run.status, self.run.note = Status.DIVERGED, f"diverged: loss is not finite at step {first}"
                return
            if watch is not None:
                watch(self._progress())

    def _close_epoch(self, watch: Callable[[Progress], None] | None) -> None:
        history, dataset = self.run.history, self.dataset
        begun = time.perf_counter()
        outputs = self._session.outputs(dataset.test_images)
        answers = outputs.argmax(axis=1)
        test_loss = float(self.plan.loss.values(outputs, dataset.test_labels).mean())
        test_error = 100 * float(np.mean(answers != dataset.test_labels))
        steps = slice(len(history.epochs) * self._steps_per_epoch, None)
        sizes = np.full(self._steps_per_epoch, self.recipe.batch_size)
        sizes[-1] = len(dataset.train_images) - sizes[:-1].sum()
        history.epochs.append(
            EpochRecord(
                epoch=len(history.epochs) + 1,
                train_loss=float(np.average(history.step_losses[steps], weights=sizes)),
                train_error=100 * float(history.step_wrong[steps].sum() / sizes.sum()),
                test_loss=test_loss,
                test_error=test_error,
                train_s=history.open_s,
                test_s=time.perf_counter() - begun,
            )
        )
        history.open_s = 0.0
        self.run.outputs = outputs
        constant = bool((answers == answers[0]).all())
        self.run.note = f"constant answer: class '{dataset.classes[answers[0]]}'" if constant else ""
        if watch is not None:
            watch(self._progress())

    def _progress(self) -> Progress:
        history = self.run.history
        done, total = len(history.step_losses), self.recipe.epochs * self._steps_per_epoch
        current = min(len(history.epochs) + 1, self.recipe.epochs)
        recent = history.step_losses[(current - 1) * self._steps_per_epoch :]
        speed = self._images_done / max(self._seconds, 1e-9)
        return Progress(
            epoch=current,
            epochs=self.recipe.epochs,
            step=done,
            steps=total,
            loss=float(recent.mean()) if len(recent) else float("nan"),
            test_error=history.epochs[-1].test_error if history.epochs else None,
            images_per_second=speed,
            seconds_left=(total - done) * self.recipe.batch_size / max(speed, 1e-9),
        )
