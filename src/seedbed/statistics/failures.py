"""Runs that did not learn: diverged, or with one answer for every image."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import StatisticsError


@dataclass(frozen=True)
class SortedRuns:
    """The runs of one arm by what became of them.

    Tables count every run that has an error, constant answers too, and state a second figure of the runs that learned:
    the arm "where it learns". How often it does not is a result of its own.

    Attributes
    ----------
    counted : tuple of float
        Errors of the runs that learned, percent, in their order.
    diverged : int
        Runs with a NaN or an infinity.
    constant : tuple of tuple of int
        For each run with a constant answer, the classes that it may be: one, or all those of equal frequency.
    """

    counted: tuple[float, ...]
    diverged: int
    constant: tuple[tuple[int, ...], ...]


def constant_classes(error: float, class_counts: Sequence[int] | NDArray[np.integer]) -> tuple[int, ...]:
    """Return the classes that, as the one answer to every image, have exactly this error; none if the run learned.

    A constant answer is right on its class alone: accuracy = count of the class / images. MNIST tells its classes apart
    (11.35% is digit 1), Fashion-MNIST does not (10.00% is any). Works on published figures too.

    Parameters
    ----------
    error : float
        Percent; NaN matches no class.
    class_counts : sequence of int, shape (classes,)
        Images of each class in the test set.

    Raises
    ------
    StatisticsError
        There are fewer than two classes, a count is negative, or there is no image.
    """
    counts = np.asarray(class_counts)
    if counts.ndim != 1 or len(counts) < 2 or counts.min() < 0 or counts.sum() == 0:
        raise StatisticsError(
            f"class_counts: expected the number of images of two classes or more, got {class_counts}."
        )
    images = int(counts.sum())
    right = (100 - error) / 100 * images
    return tuple(int(place) for place in np.flatnonzero(np.abs(counts - right) < 0.5))


def sort_runs(
    errors: Sequence[float] | NDArray[np.floating], class_counts: Sequence[int] | NDArray[np.integer]
) -> SortedRuns:
    """Part the runs of an arm into those that learned, that diverged, and that answer with a constant.

    Parameters
    ----------
    errors : sequence of float
        Percent of wrong answers of each run; NaN for a diverged one.
    class_counts : sequence of int, shape (classes,)

    Raises
    ------
    StatisticsError
        As `constant_classes`.
    """
    finite = [float(error) for error in errors if math.isfinite(error)]
    classes = [constant_classes(error, class_counts) for error in finite]
    return SortedRuns(
        counted=tuple(error for error, named in zip(finite, classes, strict=True) if not named),
        diverged=len(errors) - len(finite),
        constant=tuple(named for named in classes if named),
    )
