"""One experiment of the lab: recipes A and B, their runs, and what a person does to them.

A state machine without web, threads or clocks: whoever drives it calls ``advance`` for one run after the other, each
from one thread at a time.
"""

import contextlib
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.engine import ENGINES, load_engine
from seedbed.errors import DataError, inside
from seedbed.insight.lesion import without_units
from seedbed.insight.probe import BatchSession, probe_batch
from seedbed.lab.configuration import Configuration
from seedbed.lab.curve import Curve
from seedbed.lab.kept_states import KeptStates
from seedbed.network import State
from seedbed.training.events import Ended, EpochEnded, Event
from seedbed.training.loop import TrainingLoop
from seedbed.training.outcome import Outcome
from seedbed.training.recipe import Recipe

_PROBED = 20
"""Images of the batch by which states are looked into."""

_TAUGHT_STEPS = 8
_TAUGHT_SHARE = 4
"""One of so many images of a batch is the drawing; the others are training images, so that nothing else is
forgotten."""


@dataclass
class LabRun:
    """One run with what is shown of it.

    Attributes
    ----------
    side : str
        ``a`` or ``b``.
    place : int
        Among the runs of its side, from 0.
    loop : TrainingLoop
    losses : Curve
        Training loss of an image, by epoch.
    tested : list of (epoch, error in percent, loss)
        On all test images.
    answers : int64 array, shape (test images,), or None
        What it answered when it was last tested.
    outcome : Outcome or None
    """

    side: str
    place: int
    loop: TrainingLoop
    kept: KeptStates | None
    losses: Curve = field(default_factory=Curve)
    tested: list[tuple[float, float, float]] = field(default_factory=list)
    answers: NDArray[np.int64] | None = None
    outcome: Outcome | None = None

    @property
    def steps_per_epoch(self) -> int:
        """Of one epoch."""
        return -(-len(self.loop.dataset.train_labels) // self.loop.recipe.batch_size)

    @property
    def step(self) -> int:
        """Steps taken."""
        return len(self.loop.run.history.step_losses)

    @property
    def epoch(self) -> float:
        """Epochs trained, with the part of the one in progress."""
        return self.step / self.steps_per_epoch

    @property
    def has_interventions(self) -> bool:
        """Whether a person reached in, so that it counts in no comparison."""
        return bool(self.loop.run.history.interventions)


class Experiment:
    """Runs of one or two recipes on the same data with the same seeds.

    Parameters
    ----------
    configuration : Configuration
    dataset : Dataset
        What its ``data`` names, whole.

    Raises
    ------
    SeedbedError
        A setting is wrong, or a network does not fit the data.
    """

    def __init__(self, configuration: Configuration, dataset: Dataset) -> None:
        self.configuration = configuration
        self.recipes: tuple[Recipe, ...] = configuration.recipes()
        self.dataset = self.recipes[0].split(dataset)
        self._engine = load_engine(ENGINES[0])
        self.sides = ("a", "b")[: len(self.recipes)]
        self.runs: list[LabRun] = []
        self._viewers: dict[str, BatchSession] = {}
        self.add_seeds(configuration.seeds)

    def of_side(self, side: str) -> list[LabRun]:
        """The runs of a side, by seed."""
        return [run for run in self.runs if run.side == side]

    def recipe(self, side: str) -> Recipe:
        """The recipe of a side."""
        return self.recipes[self.sides.index(side)]

    def add_seeds(self, count: int) -> None:
        """Have so many runs of each side; those that are too many go, in pairs."""
        self.configuration = self.configuration.with_seeds(count)
        self.runs = [run for run in self.runs if run.place < count]
        for place in range(count):
            for side, recipe in zip(self.sides, self.recipes, strict=True):
                if not any(run.side == side and run.place == place for run in self.runs):
                    self.runs.append(self._new_run(side, recipe, place))
        self.runs.sort(key=lambda run: (run.place, run.side))

    def advance(self, run: LabRun, most_steps: int) -> Event:
        """Take at most so many steps of a run, or close its epoch, or end it."""
        before = run.step
        event = run.loop.advance(most_steps)
        history = run.loop.run.history
        images = run.loop.recipe.batch_size if run.loop.plan.loss.is_sum else 1
        for step in range(before, run.step):
            run.losses.add((step + 1) / run.steps_per_epoch, float(history.step_losses[step]) / images)
        match event:
            case EpochEnded(record=record):
                outputs = run.loop.run.outputs
                if outputs is not None:
                    run.answers = outputs.argmax(axis=1)
                    run.tested.append((float(record.epoch), record.test_error, record.test_loss))
            case Ended(outcome=outcome):
                run.outcome = outcome
                if history.best_epoch is not None and history.result is not None and run.loop.run.outputs is not None:
                    # Early stopping went back to its best epoch.
                    run.answers = run.loop.run.outputs.argmax(axis=1)
                    run.tested.append((run.epoch, history.result.test_error, history.result.test_loss))
        if run.kept is not None and run.kept.wants(run.step):
            run.kept.keep(run.step, run.epoch, run.loop.snapshot().state)
        return event

    def test(self, run: LabRun) -> None:
        """Answer all test images between two epochs."""
        if (found := run.loop.evaluate()) is not None:
            run.answers = found.outputs.argmax(axis=1)
            run.tested.append((run.epoch, found.error, found.loss))

    def set_learning_rate(self, side: str, value: float) -> None:
        """Change the learning rate of all runs of a side."""
        for run in self.of_side(side):
            run.loop.set_learning_rate(value)

    def teach(self, run: LabRun, image: NDArray[np.uint8 | np.float32], label: int) -> None:
        """Train a run on an image, among training images so that it forgets nothing else.

        Parameters
        ----------
        image : array of the data set's type, shape (c, h, w)
        label : int
            Its class.

        Raises
        ------
        DataError
            There is no such class.
        """
        dataset = self.dataset
        if not 0 <= label < len(dataset.classes):
            raise DataError(f"teach: expected a class from 0 to {len(dataset.classes) - 1}, got {label}.")
        count = min(run.loop.recipe.batch_size, len(dataset.train_labels))
        own = max(1, count // _TAUGHT_SHARE)
        random = np.random.Generator(np.random.Philox(run.step))
        for _ in range(_TAUGHT_STEPS):
            others = random.integers(0, len(dataset.train_labels), count - own)
            images = np.concatenate([np.repeat(image[np.newaxis], own, axis=0), dataset.train_images[others]])
            labels = np.concatenate([np.full(own, label, np.uint8), dataset.train_labels[others]])
            run.loop.teach(images, labels)

    def view(self, run: LabRun, at: int | None = None, *, off: frozenset[tuple[str, int]] = frozenset()) -> State:
        """Parameters and buffers of a run: as it is, or as it was, with some units switched off.

        Parameters
        ----------
        at : int, optional
            Place of a kept state.
        off : set of (layer, unit)
        """
        if at is not None and run.kept is not None and 0 <= at < len(run.kept):
            state = run.kept[at].state
        else:
            state = run.loop.snapshot().state
        return without_units(run.loop.plan.network, state, off) if off else state

    def viewer(self, side: str) -> BatchSession:
        """A session of its own for looking into states of a side, with a batch of training images."""
        if side not in self._viewers:
            recipe, plan = self.recipe(side), self.of_side(side)[0].loop.plan
            self._viewers[side] = BatchSession(plan, probe_batch(recipe, self.dataset, _PROBED))
        return self._viewers[side]

    def differences(self) -> dict[str, tuple[str, str]]:
        """What differs between the recipes, by the name of the setting: the value of A and that of B."""
        if len(self.recipes) == 1:
            return {}
        a, b = (recipe.to_dict() for recipe in self.recipes)
        return {name: (str(a[name]), str(b[name])) for name in a if a[name] != b[name]}

    def _new_run(self, side: str, recipe: Recipe, place: int) -> LabRun:
        seed = self.configuration.first_seed + place
        with inside("b") if side == "b" else contextlib.nullcontext():
            loop = TrainingLoop(recipe, self.dataset, seed, self._engine)
        names = (*loop.plan.network.parameter_shapes, *loop.plan.network.buffer_shapes)
        run = LabRun(side, place, loop, KeptStates(names) if place == 0 else None)
        if run.kept is not None:
            run.kept.keep(0, 0.0, loop.snapshot().state)
        return run


def other_seeds(configuration: Configuration) -> Configuration:
    """The same experiment with seeds that it has not had."""
    return replace(configuration, first_seed=configuration.first_seed + configuration.seeds)
