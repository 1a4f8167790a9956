"""What every function here asks of its numbers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.checks import finite_number
from seedbed.errors import StatisticsError


def check_level(level: float, name: str = "level") -> None:
    """Refuse a probability that is not between 0 and 1.

    Raises
    ------
    StatisticsError
    """
    finite_number(name, level, above=0, below=1, error=StatisticsError)


def checked_errors(name: str, errors: Sequence[float] | NDArray[np.floating]) -> list[float]:
    """Return the errors of the runs of one arm as floats.

    Raises
    ------
    StatisticsError
        There is more than one dimension, or a value is NaN or infinite.
    """
    if np.ndim(errors) != 1:
        raise StatisticsError(f"{name}: expected one number per run, got an array of shape {np.shape(errors)}.")
    values = [float(value) for value in errors]
    for place, value in enumerate(values):
        if not math.isfinite(value):
            raise StatisticsError(
                f"{name}: expected finite numbers, got {value} at place {place} of {len(values)}. "
                "A diverged run has no error: sort such runs out with seedbed.statistics.sort_runs and report how many."
            )
    return values


def checked_pairs(
    errors_a: Sequence[float] | NDArray[np.floating], errors_b: Sequence[float] | NDArray[np.floating]
) -> tuple[list[float], list[float]]:
    """Return two arms with one value each per seed.

    Raises
    ------
    StatisticsError
        The arms differ in length, or as in `checked_errors`.
    """
    a, b = checked_errors("errors_a", errors_a), checked_errors("errors_b", errors_b)
    if len(a) != len(b):
        raise StatisticsError(
            f"errors_a, errors_b: expected one value of each per seed, got {len(a)} and {len(b)}. "
            "Keep only the seeds that both have."
        )
    return a, b


def checked_curves(name: str, curves: ArrayLike, places: ArrayLike | None) -> tuple[NDArray[np.float64], ...]:
    """Return curves of shape (seeds, points) and the points' places, 1, 2, … if none are given.

    Raises
    ------
    StatisticsError
        The curves have another shape than (seeds, points) with two points or more, or the places are not as many
        finite, rising numbers.
    """
    values = np.asarray(curves, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise StatisticsError(
            f"{name}: expected an array of shape (seeds, points) with two points or more, got shape {values.shape}."
        )
    along = np.arange(1.0, values.shape[1] + 1) if places is None else np.asarray(places, dtype=np.float64)
    if along.shape != (values.shape[1],) or not np.isfinite(along).all() or (np.diff(along) <= 0).any():
        raise StatisticsError(f"places: expected {values.shape[1]} finite, rising numbers, got {places!r}.")
    return values, along
