"""The training loop: the same for every engine, in chunks short enough to show, to stop and to resume."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import nan

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.preparation import FittedInput, Preparation
from seedbed.engine.base import Chunk, Engine, Images, Labels, Plan, Session
from seedbed.engine.memory import check_memory
from seedbed.network import State, initial_state
from seedbed.philox import Stream, permutation
from seedbed.training.history import EpochRecord, History
from seedbed.training.recipe import Recipe
from seedbed.training.schedules import load_schedule

_CHUNK_S = 0.15


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
        Mean training loss of the epoch so far, per image; right after an epoch, of that one.
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


@dataclass(frozen=True)
class Best:
    """The best epoch of a run with early stopping: what ``RunState`` has of it."""

    state: State
    outputs: NDArray[np.float32]


@dataclass(frozen=True)
class _Evaluation:
    """Outputs for some images, their mean loss and the percentage of wrong answers."""

    outputs: NDArray[np.float32]
    loss: float
    error: float


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
        Outputs for the test images after the last finished epoch; of the best epoch when a run with early stopping has
        ended.
    best : Best or None
        With early stopping, until the run ends: where it will go back to.
    """

    state: State
    history: History = field(default_factory=History)
    status: Status = Status.RUNNING
    note: str = ""
    outputs: NDArray[np.float32] | None = None
    best: Best | None = None


class TrainingLoop:
    """Takes one run from its first step, or from where an earlier one stopped, to its end.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
        As ``Recipe.split`` gives it.
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
        self.plan: Plan = recipe.plan(dataset, seed)
        check_memory(self.plan, min(recipe.batch_size, len(dataset.train_images)), engine.value_bytes)
        self._preparation = Preparation(recipe.input, recipe.augment, dataset, seed, threads)
        self.run = resume or RunState(initial_state(self.plan.network, recipe.init, seed))
        self._schedule = load_schedule(recipe.schedule)
        self._session: Session = engine.start(self.plan, self.run.state, threads)
        self._steps_per_epoch = -(-len(dataset.train_images) // recipe.batch_size)
        self._chunk = 8
        self._most_steps = max(1, self._preparation.images_at_once // recipe.batch_size)
        self._images_done, self._seconds = 0, 0.0

    @property
    def input(self) -> FittedInput:
        """What is done to stored images before they enter the network."""
        return self._preparation.input

    def snapshot(self) -> RunState:
        """The run as it stands, to be stored; call it between chunks or after an interruption."""
        self.run.state = self._session.state()
        return self.run

    def train(
        self,
        watch: Callable[[Progress], None] | None = None,
        after_epoch: Callable[[RunState], None] | None = None,
    ) -> RunState:
        """Train to the end: all epochs, or those until early stopping, which then goes back to the best one.

        A KeyboardInterrupt leaves between two chunks of steps; ``snapshot`` then gives where to go on.

        Parameters
        ----------
        watch : callable, optional
            Gets a ``Progress`` after every chunk of steps, about six times a second.
        after_epoch : callable, optional
            Gets the run after every epoch, to store a checkpoint.

        Returns
        -------
        RunState
            With status ``finished`` or ``diverged``.
        """
        history = self.run.history
        while self.run.status is Status.RUNNING and len(history.epochs) < self.recipe.epochs and not self._is_stale():
            self._train_epoch(watch)
            if self.run.status is Status.RUNNING:
                self._close_epoch(watch)
            if after_epoch is not None:
                after_epoch(self.snapshot())
        if self.run.status is Status.RUNNING:
            self.run.status = Status.FINISHED
            self._go_back_to_best()
        return self.snapshot()

    def _is_stale(self) -> bool:
        """True after ``patience`` epochs without a new best."""
        patience, best = self.recipe.patience, self.run.history.best_epoch
        return patience is not None and best is not None and len(self.run.history.epochs) - best >= patience

    def _train_epoch(self, watch: Callable[[Progress], None] | None) -> None:
        history, batch_size = self.run.history, self.recipe.batch_size
        epoch = len(history.epochs)
        order = permutation(len(self.dataset.train_images), self.seed, Stream.ORDER, epoch)
        step = len(history.step_losses) - epoch * self._steps_per_epoch
        while step < self._steps_per_epoch:
            stop = min(step + self._chunk, step + self._most_steps, self._steps_per_epoch)
            part = order[step * batch_size : stop * batch_size]
            begun = time.perf_counter()
            done = self._session.train(self._chunk_of(part, epoch, step, stop))
            seconds = time.perf_counter() - begun
            history.add_steps(done.losses, done.wrong, seconds)
            self._images_done += len(part)
            self._seconds += seconds
            self._chunk = max(1, min(2 * self._chunk, int((stop - step) * _CHUNK_S / max(seconds, 1e-9))))
            step = stop
            if not np.isfinite(done.losses).all():
                first = len(history.step_losses) - len(done.losses) + int(np.argmin(np.isfinite(done.losses))) + 1
                self.run.status, self.run.note = Status.DIVERGED, f"diverged: loss is not finite at step {first}"
                return
            if watch is not None:
                watch(self._progress())

    def _chunk_of(self, part: NDArray[np.int64], epoch: int, step: int, stop: int) -> Chunk:
        """Some steps of an epoch, on stored images if the engine can scale them itself, else on prepared ones."""
        images, labels = self.dataset.train_images, self.dataset.train_labels
        rates = self._rates(epoch, step, stop)
        if self._preparation.affine is not None:
            return Chunk(images, labels, part, rates, epoch)
        before, total = epoch * self._steps_per_epoch, self.recipe.epochs * self._steps_per_epoch
        progress = np.repeat(np.arange(before + step, before + stop) / total, self.recipe.batch_size)[: len(part)]
        prepared = self._preparation.train(part, epoch, progress)
        return Chunk(prepared, labels[part], np.arange(len(part)), rates, epoch, samples=part)

    def _rates(self, epoch: int, step: int, stop: int) -> NDArray[np.float64]:
        """Learning rates of some steps of an epoch."""
        before, lr = epoch * self._steps_per_epoch, self.plan.optimizer.lr
        return self._schedule.rates(lr, before + step, before + stop, self._steps_per_epoch, self.recipe.epochs)

    def _close_epoch(self, watch: Callable[[Progress], None] | None) -> None:
        history, dataset = self.run.history, self.dataset
        begun = time.perf_counter()
        test = self._evaluate(dataset.test_images, dataset.test_labels)
        chosen_by = None
        if len(dataset.validation_labels):
            chosen_by = self._evaluate(dataset.validation_images, dataset.validation_labels)
        steps = slice(len(history.epochs) * self._steps_per_epoch, None)
        sizes = np.full(self._steps_per_epoch, self.recipe.batch_size)
        sizes[-1] = len(dataset.train_images) - sizes[:-1].sum()
        losses = history.step_losses[steps] / (sizes if self.plan.loss.is_sum else 1)
        history.epochs.append(
            EpochRecord(
                epoch=len(history.epochs) + 1,
                train_loss=float(np.average(losses, weights=sizes)),
                train_error=100 * float(history.step_wrong[steps].sum() / sizes.sum()),
                test_loss=test.loss,
                test_error=test.error,
                train_s=history.open_s,
                test_s=time.perf_counter() - begun,
                validation_loss=chosen_by.loss if chosen_by else nan,
                validation_error=chosen_by.error if chosen_by else nan,
            )
        )
        history.open_s = 0.0
        self._set_outputs(test.outputs)
        if self.recipe.patience is not None:
            self._keep_best(test.outputs)
        if watch is not None:
            watch(self._progress())

    def _evaluate(self, images: Images, labels: Labels) -> _Evaluation:
        outputs = np.concatenate([self._session.outputs(part) for part in self._preparation.evaluation(images)])
        return _Evaluation(
            outputs,
            loss=float(self.plan.loss.values(outputs, labels).mean()),
            error=100 * float(np.mean(outputs.argmax(axis=1) != labels)),
        )

    def _set_outputs(self, outputs: NDArray[np.float32]) -> None:
        answers = outputs.argmax(axis=1)
        constant = bool((answers == answers[0]).all())
        self.run.outputs = outputs
        names = self.dataset.answer_names(outputs.shape[1])
        self.run.note = f"constant answer: class '{names[answers[0]]}'" if constant else ""

    def _keep_best(self, outputs: NDArray[np.float32]) -> None:
        """Keep the state of the epoch that has just ended if no earlier one had a validation error as low."""
        history = self.run.history
        errors = history.validation_error
        if history.best_epoch is None or errors[-1] < errors[history.best_epoch - 1]:
            history.best_epoch = len(errors)
            self.run.best = Best(self._session.state(), outputs)

    def _go_back_to_best(self) -> None:
        if self.run.best is not None:
            self._session.load_state(self.run.best.state)
            self._set_outputs(self.run.best.outputs)
            self.run.best = None

    def _progress(self) -> Progress:
        history = self.run.history
        done, total = len(history.step_losses), self.recipe.epochs * self._steps_per_epoch
        current = min(len(history.epochs) + 1, self.recipe.epochs)
        recent = history.step_losses[len(history.epochs) * self._steps_per_epoch :]
        speed = self._images_done / max(self._seconds, 1e-9)
        images = self.recipe.batch_size if self.plan.loss.is_sum else 1
        return Progress(
            epoch=current,
            epochs=self.recipe.epochs,
            step=done,
            steps=total,
            loss=float(recent.mean()) / images if len(recent) else history.epochs[-1].train_loss,
            test_error=history.epochs[-1].test_error if history.epochs else None,
            images_per_second=speed,
            seconds_left=(total - done) * self.recipe.batch_size / max(speed, 1e-9),
        )
