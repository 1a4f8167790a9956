"""The training loop: the same for every engine, advanced some steps at a time by whoever drives it."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from math import nan, prod

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import finite_number
from seedbed.data import Dataset
from seedbed.data.preparation import FittedInput
from seedbed.engine import multiply_adds
from seedbed.engine.base import Chunk, Engine, Images, Labels, Plan, Session
from seedbed.engine.memory import check_memory
from seedbed.training.events import Ended, EpochEnded, Event, Progress
from seedbed.training.history import EpochRecord, Intervention
from seedbed.training.order import Order, prepared, samples
from seedbed.training.outcome import FINISHED, Kind, Outcome
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import Best, RunState, check_resume

_CHUNK_S = 0.15
_EVALUATION_S = 0.5
"""Of an evaluation between two events, and of a part of it between two chances for Ctrl-C."""
_FEWEST_IMAGES = 64
"""Of such a part, and of the largest batch that an engine is ready for: it needs some to fill its lanes."""
_PREPARED_COPIES = 2
"""Prepared images are there once, and once more as the engine's own."""
_FIRST_STEPS = 8
_MULTIPLY_ADDS_PER_S = 5e9
"""Of a slow core: what the length of the first chunk is guessed from."""


@dataclass(frozen=True)
class Evaluation:
    """What the network answers to some images.

    Attributes
    ----------
    outputs : float32 array, shape (n, classes)
    loss : float
        Mean.
    error : float
        Percent of wrong answers.
    """

    outputs: NDArray[np.float32]
    loss: float
    error: float


class TrainingLoop:
    """Takes one run from its first step, or from where an earlier one stopped, to its end.

    Nothing happens by itself: each call of ``advance`` does a part of the work and tells what was done. Between two
    calls the run stands at a step boundary, where it may be stored, looked into, changed or left.

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
        resolved = recipe.resolve(dataset, seed, threads)
        self._preparation, self._schedule = resolved.preparation, resolved.schedule
        images = min(recipe.batch_size, len(dataset.train_images))
        is_prepared = self._preparation.affine is None
        prepared_bytes = _PREPARED_COPIES * 4 * prod(self._preparation.image_shape) if is_prepared else 0
        check_memory(resolved.plan, images, engine.value_bytes, prepared_bytes)
        # No room for images that no batch will have.
        self.plan: Plan = replace(resolved.plan, batch_size=min(recipe.batch_size, max(images, _FEWEST_IMAGES)))
        if resume is not None:
            check_resume(resume, recipe, self.plan, dataset)
        self.run = resume or RunState(resolved.first_state())
        self._lr = self.run.history.learning_rate or self.plan.optimizer.lr
        self._session: Session = engine.start(self.plan, self.run.state, threads)
        self._steps_per_epoch = -(-len(dataset.train_images) // recipe.batch_size)
        self._image_s = max(multiply_adds(self.plan.network) / _MULTIPLY_ADDS_PER_S, 1e-9)
        step_s = 3 * recipe.batch_size * self._image_s
        self._chunk = max(1, min(_FIRST_STEPS, int(_CHUNK_S / step_s)))
        self._most_steps = max(1, self._preparation.images_at_once // recipe.batch_size)
        self._order = Order(recipe, dataset.train_labels, seed)
        self._images_done, self._seconds = 0, 0.0
        self._evaluation: Generator[None, None, tuple[Evaluation | None, Evaluation | None]] | None = None
        self._evaluation_s = 0.0

    @property
    def input(self) -> FittedInput:
        """What is done to stored images before they enter the network."""
        return self._preparation.input

    @property
    def learning_rate(self) -> float:
        """The optimizer's learning rate: the recipe's, or the last one set; the schedule is applied to it."""
        return self._lr

    def snapshot(self) -> RunState:
        """The run as it stands, to be stored; call it between two calls of ``advance``."""
        self.run.state = self._session.state()
        return self.run

    def advance(self, most_steps: int | None = None) -> Event:
        """Do the next part of the run: some steps of an epoch, or the evaluation at its end, or the end of the run.

        Steps are taken for about a sixth of a second, and a long evaluation comes in parts of about half of one, each
        with a ``Progress`` without new steps; their number leaves no trace in the results.

        Parameters
        ----------
        most_steps : int, optional
            Take at most so many: 1 for exactly one batch.

        Returns
        -------
        Progress, EpochEnded or Ended
        """
        history = self.run.history
        if self.run.outcome is not None:
            return Ended(self.run.outcome)
        if len(history.epochs) >= self.recipe.epochs or self._is_stale():
            return self._end()
        step = len(history.step_losses) - len(history.epochs) * self._steps_per_epoch
        if step < self._steps_per_epoch:
            return self._train(step, most_steps)
        return self._close_epoch()

    def events(self) -> Iterator[Event]:
        """Advance to the end; whoever stops iterating leaves the run at a step boundary."""
        while True:
            event = self.advance()
            yield event
            if isinstance(event, Ended):
                return

    def finish(self) -> RunState:
        """Advance to the end: all epochs, or those until early stopping, which then goes back to the best one.

        A KeyboardInterrupt leaves between two chunks of steps; ``snapshot`` then gives where to go on.
        """
        for _ in self.events():
            pass
        return self.snapshot()

    def stop(self) -> Ended:
        """End the run where it stands."""
        if self.run.outcome is None:
            self.run.outcome = Outcome(Kind.STOPPED, step=len(self.run.history.step_losses))
        return Ended(self.run.outcome)

    def set_learning_rate(self, lr: float) -> None:
        """Train on with another learning rate, an intervention that the history keeps.

        Raises
        ------
        RecipeError
            It is no finite number above 0.
        """
        self._lr = finite_number("lr", lr, above=0)
        self.run.history.interventions.append(Intervention(len(self.run.history.step_losses), "lr", self._lr))

    def outputs(self, images: Images) -> NDArray[np.float32]:
        """Outputs of the network as it is now, in evaluation mode.

        Parameters
        ----------
        images : array, shape (n, c, h, w)
            As they are stored.

        Returns
        -------
        float32 array, shape (n, classes)
        """
        return np.concatenate(list(self._outputs(images)))

    def prepared(self, images: Images) -> Iterator[Images]:
        """Stored images as a session of this plan takes them, some at a time."""
        return self._preparation.evaluation(images)

    def evaluate(self) -> Evaluation | None:
        """Answers to the test images as the network is now, which leave no trace in the run; None without any."""
        dataset = self.dataset
        images, labels = dataset.test_images, dataset.test_labels
        return self.judged(self.outputs(images), labels) if len(labels) else None

    def teach(self, images: Images, labels: Labels) -> None:
        """Take one step more, on images of a person's choice: an intervention that the history keeps.

        Parameters
        ----------
        images : array, shape (n, c, h, w)
            As they are stored; at most a batch.
        labels : uint8 array, shape (n,)
        """
        prepared = images if self._preparation.affine is not None else self._preparation.input.apply(images)
        step = len(self.run.history.step_losses)
        rate = np.array([self._lr])
        epoch = len(self.run.history.epochs)
        self._session.train(Chunk(prepared, labels, np.arange(len(images)), rate, epoch))
        self._evaluation = None
        self.run.history.interventions.append(Intervention(step, "taught", float(labels[0])))

    def set_number(self, name: str, place: int, value: float) -> None:
        """Train on with another value of one number of a parameter, an intervention that the history keeps.

        Parameters
        ----------
        name : str
            ``conv1.weight``.
        place : int
            Among its numbers in a row, from 0.
        value : float
            Finite.
        """
        state = self._session.state()
        state[name].reshape(-1)[place] = finite_number("weight", value)
        self._session.load_state(state)
        self._evaluation = None
        self.run.history.interventions.append(Intervention(len(self.run.history.step_losses), "weight", value))

    def _is_stale(self) -> bool:
        """True after ``patience`` epochs without a new best."""
        patience, best = self.recipe.patience, self.run.history.best_epoch
        return patience is not None and best is not None and len(self.run.history.epochs) - best >= patience

    def _train(self, step: int, most_steps: int | None) -> Event:
        """Take steps of the epoch in progress, from ``step`` on."""
        history = self.run.history
        epoch = len(history.epochs)
        chunk = self._chunk if most_steps is None else max(1, min(self._chunk, most_steps))
        stop = min(step + chunk, step + self._most_steps, self._steps_per_epoch)
        begun = time.perf_counter()
        part = self._chunk_of(epoch, step, stop)
        done = self._session.train(part)
        seconds = time.perf_counter() - begun
        history.add_steps(done.losses, done.wrong, seconds)
        self._images_done += len(part.order)
        self._seconds += seconds
        self._chunk = max(1, min(2 * chunk, int((stop - step) * _CHUNK_S / max(seconds, 1e-9))))
        if not np.isfinite(done.losses).all():
            first = len(history.step_losses) - len(done.losses) + int(np.argmin(np.isfinite(done.losses))) + 1
            self.run.outcome = Outcome(Kind.DIVERGED, step=first)
            return Ended(self.run.outcome)
        return self._progress()

    def _chunk_of(self, epoch: int, step: int, stop: int) -> Chunk:
        """Some steps of an epoch, on stored images if the engine can scale them itself, else on prepared ones."""
        images, labels = self.dataset.train_images, self.dataset.train_labels
        rates, batch_size = self._rates(epoch, step, stop), self.recipe.batch_size
        part, times = (
            None if one is None else one[step * batch_size : stop * batch_size] for one in self._order.of(epoch)
        )
        assert part is not None
        numbers = samples(part, times, len(labels))
        if self._preparation.affine is not None:
            return Chunk(images, labels, part, rates, epoch, samples=numbers)
        before, total = epoch * self._steps_per_epoch, self.recipe.epochs * self._steps_per_epoch
        progress = np.repeat(np.arange(before + step, before + stop) / total, batch_size)[: len(part)]
        found = prepared(self._preparation, part, times, epoch, progress)
        return Chunk(found, labels[part], np.arange(len(part)), rates, epoch, part if numbers is None else numbers)

    def _rates(self, epoch: int, step: int, stop: int) -> NDArray[np.float64]:
        """Learning rates of some steps of an epoch."""
        before = epoch * self._steps_per_epoch
        return self._schedule.rates(self._lr, before + step, before + stop, self._steps_per_epoch, self.recipe.epochs)

    def _close_epoch(self) -> Event:
        """Evaluate, for half a second at most between two events, and take down what was found."""
        if self._evaluation is None:
            self._evaluation, self._evaluation_s = self._evaluate_epoch(), 0.0
        begun = time.perf_counter()
        try:
            next(self._evaluation)
            while time.perf_counter() - begun < _EVALUATION_S:
                next(self._evaluation)
        except StopIteration as end:
            self._evaluation_s += time.perf_counter() - begun
            return self._note_epoch(*end.value)
        self._evaluation_s += time.perf_counter() - begun
        return self._progress()

    def _evaluate_epoch(self) -> Generator[None, None, tuple[Evaluation | None, Evaluation | None]]:
        """Test and validation images, some at a time."""
        dataset = self.dataset
        test = yield from self._evaluate(dataset.test_images, dataset.test_labels)
        return test, (yield from self._evaluate(dataset.validation_images, dataset.validation_labels))

    def _note_epoch(self, test: Evaluation | None, chosen_by: Evaluation | None) -> EpochEnded:
        history, dataset = self.run.history, self.dataset
        self._evaluation = None
        steps = slice(len(history.epochs) * self._steps_per_epoch, None)
        sizes = np.full(self._steps_per_epoch, self.recipe.batch_size)
        sizes[-1] = len(dataset.train_images) - sizes[:-1].sum()
        losses = history.step_losses[steps] / (sizes if self.plan.loss.is_sum else 1)
        record = EpochRecord(
            epoch=len(history.epochs) + 1,
            train_loss=float(np.average(losses, weights=sizes)),
            train_error=100 * float(history.step_wrong[steps].sum() / sizes.sum()),
            test_loss=test.loss if test else nan,
            test_error=test.error if test else nan,
            train_s=history.open_s,
            test_s=self._evaluation_s,
            validation_loss=chosen_by.loss if chosen_by else nan,
            validation_error=chosen_by.error if chosen_by else nan,
        )
        history.epochs.append(record)
        history.open_s = 0.0
        self.run.outputs = test.outputs if test else None
        if self.recipe.patience is not None:
            self._keep_best()
        return EpochEnded(record, self._progress(), self._one_answer())

    def _end(self) -> Ended:
        """After the last epoch: go back to the best one, if there is a best, and tell how the run ended."""
        if self.run.best is not None:
            self._session.load_state(self.run.best.state)
            self.run.outputs = self.run.best.outputs
            self.run.best = None
        answer = self._one_answer()
        self.run.outcome = Outcome(Kind.ONE_ANSWER, answer=answer) if answer else FINISHED
        return Ended(self.run.outcome)

    def _evaluate(self, images: Images, labels: Labels) -> Generator[None, None, Evaluation | None]:
        outputs = []
        for part in self._outputs(images) if len(labels) else ():
            outputs.append(part)
            yield
        return self.judged(np.concatenate(outputs), labels) if outputs else None

    def _outputs(self, images: Images) -> Iterator[NDArray[np.float32]]:
        """Outputs in parts, cut where that changes no bit."""
        whole = self._session.images_at_once
        count = whole * -(-max(_FEWEST_IMAGES, int(_EVALUATION_S / self._image_s)) // whole)
        for part in self.prepared(images):
            for first in range(0, len(part), count):
                yield self._session.outputs(part[first : first + count])

    def judged(self, outputs: NDArray[np.float32], labels: Labels) -> Evaluation:
        """Answers to all images; loss and error of those that the recipe counts."""
        counted, labels = outputs[: self.recipe.counted(len(labels))], labels[: self.recipe.counted(len(labels))]
        return Evaluation(
            outputs,
            loss=self.plan.loss.mean_value(counted, labels, self.plan.class_weights),
            error=100 * float(np.mean(counted.argmax(axis=1) != labels)),
        )

    def _one_answer(self) -> str:
        """The class that all test images get, though they are of several; empty if they get different ones."""
        outputs, labels = self.run.outputs, self.dataset.test_labels
        if outputs is None or (labels == labels[0]).all():
            return ""
        answers = outputs.argmax(axis=1)
        return self.dataset.answer_names(outputs.shape[1])[answers[0]] if (answers == answers[0]).all() else ""

    def _keep_best(self) -> None:
        """Keep the state of the epoch that has just ended if no earlier one had a validation error as low."""
        history = self.run.history
        errors = history.validation_error
        if history.best_epoch is None or errors[-1] < errors[history.best_epoch - 1]:
            history.best_epoch = len(errors)
            self.run.best = Best(self._session.state(), self.run.outputs)

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
            test_error=history.epochs[-1].test_error if history.epochs and len(self.dataset.test_labels) else None,
            images_per_second=speed,
            seconds_left=(total - done) * self.recipe.batch_size / max(speed, 1e-9),
        )
