"""Which points a sweep tries: all of a grid, some at random, or those that earlier ones make promising."""

import itertools
import sys
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from seedbed.errors import StudyError
from seedbed.study.space import Axis, Value, rounded

Point = tuple[Value, ...]

BATCH = 8
"""Points that are tried at once before the next are chosen; fixed, so that the machine has no part in the choice."""

_OPTUNA_MAJOR = 4
_GET_OPTUNA = f"Get it: {sys.executable} -m pip install 'optuna>={_OPTUNA_MAJOR},<{_OPTUNA_MAJOR + 1}'"


class Search:
    """Gives points in batches and hears how they did; a search that is asked again chooses the same.

    Attributes
    ----------
    count : int
        How many points there will be, at most.
    """

    count: int

    def batches(self) -> Iterator[list[Point]]:
        """Points to try next; ``hear`` has told all of a batch before the next is asked for."""
        raise NotImplementedError

    def hear(self, errors: Sequence[float]) -> None:
        """The validation errors of the batch, in percent."""


class GridSearch(Search):
    """Every combination of the values of the axes, the last axis running fastest.

    Raises
    ------
    StudyError
        An axis is a range.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        for axis in axes:
            if not axis.choices:
                raise StudyError(
                    f"sweep: {axis.key} is a range; a grid needs values, such as "
                    f"{axis.key}={axis.low:g},{axis.high:g}. For a range give a number of points with random or tpe."
                )
        self._axes, self.count = axes, prod(len(axis.choices) for axis in axes)

    def batches(self) -> Iterator[list[Point]]:
        yield list(itertools.product(*(axis.choices for axis in self._axes)))


class RandomSearch(Search):
    """Different points drawn evenly from the axes.

    Source: Bergstra and Bengio (2012), "Random Search for Hyper-Parameter Optimization".
    """

    def __init__(self, axes: Sequence[Axis], count: int, seed: int) -> None:
        self._axes, self.count, self._seed = axes, count, seed

    def batches(self) -> Iterator[list[Point]]:
        generator = np.random.Generator(np.random.Philox(self._seed))
        points: dict[Point, None] = {}
        # Axes with few values may not have as many different points.
        for _ in range(100 * self.count):
            shares = generator.random(len(self._axes))
            points[tuple(axis.at(float(share)) for axis, share in zip(self._axes, shares, strict=True))] = None
            if len(points) == self.count:
                break
        yield list(points)


class TreeParzenSearch(Search):
    """Points that a tree-structured Parzen estimator finds promising, by Optuna.

    Source: Bergstra, Bardenet, Bengio and Kégl (2011), "Algorithms for Hyper-Parameter Optimization".

    Raises
    ------
    StudyError
        Optuna is not installed, or another major version of it.
    """

    def __init__(self, axes: Sequence[Axis], count: int, seed: int) -> None:
        self._axes, self.count = axes, count
        self._optuna = _import_optuna()
        sampler = self._optuna.samplers.TPESampler(seed=seed)
        self._study = self._optuna.create_study(direction="minimize", sampler=sampler)
        self._trials: list[Any] = []

    def batches(self) -> Iterator[list[Point]]:
        distributions = {axis.key: self._distribution(axis) for axis in self._axes}
        for begin in range(0, self.count, BATCH):
            size = min(BATCH, self.count - begin)
            self._trials = [self._study.ask(distributions) for _ in range(size)]
            yield [tuple(_value(axis, trial.params[axis.key]) for axis in self._axes) for trial in self._trials]

    def hear(self, errors: Sequence[float]) -> None:
        for trial, error in zip(self._trials, errors, strict=True):
            self._study.tell(trial, error)

    def _distribution(self, axis: Axis) -> Any:
        made = self._optuna.distributions
        if axis.choices:
            return made.CategoricalDistribution(axis.choices)
        if axis.is_whole:
            return made.IntDistribution(int(axis.low), int(axis.high), log=axis.is_log)
        return made.FloatDistribution(axis.low, axis.high, log=axis.is_log)


def _value(axis: Axis, value: Any) -> Value:
    plain: Value = value if axis.choices or axis.is_whole else rounded(float(value))
    return plain


def _import_optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise StudyError(
            f"sweep: tpe needs Optuna, which is not installed; random search works without. {_GET_OPTUNA}"
        ) from None
    if optuna.__version__.split(".")[0] != str(_OPTUNA_MAJOR):
        raise StudyError(f"sweep: tpe needs Optuna {_OPTUNA_MAJOR}, found {optuna.__version__}. {_GET_OPTUNA}")
    # It would announce every trial on stderr.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
