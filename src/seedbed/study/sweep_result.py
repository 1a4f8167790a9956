"""What a sweep found: validation errors of all points, and one test error, that of the winner."""

import hashlib
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from seedbed.runner.failures import RunFailure
from seedbed.statistics import behind_best, mean_interval
from seedbed.training.recipe import Recipe

if TYPE_CHECKING:
    from pandas import DataFrame

LEVEL = 0.05


@dataclass(frozen=True)
class PointResult:
    """One point of a sweep.

    Attributes
    ----------
    coordinates : dict of str to str
        Its value on each axis, as text.
    recipe : Recipe
    errors : tuple of float
        Validation error of each seed in percent; 100 for a run that diverged.
    diverged : int
        How many did.
    seeds : tuple of int
        Those of the errors.
    """

    coordinates: dict[str, str]
    recipe: Recipe
    errors: tuple[float, ...]
    diverged: int
    seeds: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """``lr=0.1, batch_size=40``."""
        return ", ".join(f"{key}={value}" for key, value in self.coordinates.items())

    @property
    def mean(self) -> float:
        """Mean validation error in percent; NaN if no run was done."""
        return statistics.fmean(self.errors) if self.errors else math.nan

    @property
    def std(self) -> float | None:
        """Standard deviation of the sample, None for fewer than two seeds."""
        return statistics.stdev(self.errors) if len(self.errors) > 1 else None


@dataclass(frozen=True)
class SweepResult:
    """Everything a report of a sweep shows.

    Attributes
    ----------
    network : str
        As it was given.
    search : str
        ``grid``, ``random`` or ``tpe``.
    axes : dict of str to tuple of str
        The values of each axis in order, those of a range that were tried.
    points : tuple of PointResult
        In the order in which they were tried.
    winner : PointResult
        The lowest mean validation error.
    ties : tuple of PointResult
        Points that their seeds do not tell from the winner.
    validation : int
        Images held out of the training images.
    seeds : int
        Of each point.
    test_errors : tuple of float
        Of the winner with fresh seeds, in percent: the only test errors of the sweep.
    diverged : int
        Runs of the winner without a test error.
    machine, versions : dict of str to str
    data_source, command : str
    failures : tuple of RunFailure
        One for each run that was given up.
    test_seeds : tuple of int
        Those of the test errors.
    definition : dict
        Plain values that make the same ``Sweep`` again.
    """

    network: str
    search: str
    axes: dict[str, tuple[str, ...]]
    points: tuple[PointResult, ...]
    winner: PointResult
    ties: tuple[PointResult, ...]
    validation: int
    seeds: int
    test_errors: tuple[float, ...]
    diverged: int
    machine: dict[str, str]
    versions: dict[str, str]
    data_source: str
    command: str
    failures: tuple[RunFailure, ...] = ()
    test_seeds: tuple[int, ...] = ()
    definition: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """Ten hexadecimal digits that tell sweeps apart: of all their recipes and numbers of seeds."""
        parts = [*(point.recipe.fingerprint for point in self.points), self.seeds, len(self.test_errors)]
        return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:10]

    def records(self) -> list[dict[str, Any]]:
        """A row of plain values for each run: first those that chose, with a validation error in percent (100 for one
        that diverged), then those of the winner that met the test images."""
        searched = [
            _record("search", point, seed, validation_error=error)
            for point in self.points
            for seed, error in zip(point.seeds, point.errors, strict=True)
        ]
        tested = zip(self.test_seeds, self.test_errors, strict=True)
        return searched + [_record("test", self.winner, seed, test_error=error) for seed, error in tested]

    def to_frame(self) -> "DataFrame":
        """``records`` as a data frame.

        Raises
        ------
        StudyError
            pandas is not installed.
        """
        from seedbed.study.frames import data_frame

        return data_frame(self.records())

    @property
    def test_error(self) -> float:
        """Mean test error of the winner in percent; NaN if no run finished."""
        return statistics.fmean(self.test_errors) if self.test_errors else math.nan

    @property
    def test_std(self) -> float | None:
        """Standard deviation of the sample, None for fewer than two runs."""
        return statistics.stdev(self.test_errors) if len(self.test_errors) > 1 else None

    @property
    def test_interval(self) -> tuple[float, float] | None:
        """95% interval of the mean (Student's t), None for fewer than two runs."""
        return mean_interval(self.test_errors) if len(self.test_errors) > 1 else None


def _record(
    stage: str, point: PointResult, seed: int, validation_error: float = math.nan, test_error: float = math.nan
) -> dict[str, Any]:
    errors = {"validation_error": validation_error, "test_error": test_error}
    row = {"stage": stage, "seed": seed} | errors | asdict(point.recipe)
    return row | {key: value for key, value in point.coordinates.items() if key not in row}


def not_told_apart(winner: PointResult, points: Sequence[PointResult]) -> tuple[PointResult, ...]:
    """The points whose validation errors are not told from the winner's, the best first.

    By Tukey's studentized range at 5% over all points: see ``behind_best``. Where no test is possible, because of a
    single seed or of no spread at all, points are not told apart. All errors are of the same validation images, so this
    is the luck of the seed alone.
    """
    others = [point for point in points if point is not winner and point.errors]
    p_values = behind_best([winner.errors, *(point.errors for point in others)])[1:]
    tied = [point for point, p in zip(others, p_values, strict=True) if not p < LEVEL]
    return tuple(sorted(tied, key=lambda point: point.mean))
