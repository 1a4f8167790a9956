"""Recall, precision and F1 of every class, over runs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.intervals import mean_interval


@dataclass(frozen=True)
class Rates:
    """How well one run does on each class; all in percent.

    Attributes
    ----------
    recall : float64 array, shape (classes,)
        Of the images of a class, those that are answered with it; NaN for a class without images.
    precision : float64 array, shape (classes,)
        Of the answers with a class, those that are right; NaN for a class that is never answered.
    f1 : float64 array, shape (classes,)
        Harmonic mean of both, 200 right / (images + answers); NaN for a class with neither.
    balanced_error : float
        100 - mean recall over the classes that have images: the error if all classes were equally frequent.
    """

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    f1: NDArray[np.float64]
    balanced_error: float


@dataclass(frozen=True)
class Rate:
    """One rate over runs, in percent.

    Attributes
    ----------
    mean : float
        Over the runs that have it; NaN if none has.
    interval : (low, high)
        Of Student's t for the mean over seeds, cut to 0 … 100; NaN for fewer than 2 runs.
    runs : int
        That have it.
    """

    mean: float
    interval: tuple[float, float]
    runs: int


@dataclass(frozen=True)
class ClassRates:
    """Rates of every class over the runs of a recipe.

    Attributes
    ----------
    recall, precision, f1 : tuple of Rate
        One for each class, as in `Rates`.
    balanced_error : Rate
    """

    recall: tuple[Rate, ...]
    precision: tuple[Rate, ...]
    f1: tuple[Rate, ...]
    balanced_error: Rate


def rates(confusion: ArrayLike) -> Rates:
    """Recall, precision, F1 of each class and the balanced error of one run.

    Parameters
    ----------
    confusion : integer array, shape (classes, classes)
        Rows are labels, columns are answers, as ``seedbed.insight.confusion`` counts them.

    Raises
    ------
    StatisticsError
        It is not square, holds a negative number, or no image.

    References
    ----------
    Brodersen, Ong, Stephan, Buhmann (2010), "The balanced accuracy and its posterior distribution", ICPR. van
    Rijsbergen (1979), "Information retrieval" (F1).
    """
    counts = np.asarray(confusion)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise StatisticsError(f"confusion: expected a square array of counts, got shape {counts.shape}.")
    if counts.min() < 0 or counts.sum() == 0:
        raise StatisticsError("confusion: expected counts of at least 0 with an image among them.")
    right, images, answers = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    recall = _percent(right, images)
    return Rates(
        recall=recall,
        precision=_percent(right, answers),
        f1=_percent(2 * right, images + answers),
        balanced_error=100 - float(np.nanmean(recall)),
    )


def class_rates(confusions: ArrayLike, level: float = 0.95) -> ClassRates:
    """The rates of several runs of a recipe, with intervals for the mean over seeds on these test images.

    Parameters
    ----------
    confusions : integer array, shape (runs, classes, classes)
        Of each run, as in `rates`.
    level : float
        Of the intervals, each on its own.

    Raises
    ------
    StatisticsError
        As `rates`, there is no run, or the level is out of its range.
    """
    check_level(level)
    counts = np.asarray(confusions)
    if counts.ndim != 3 or len(counts) == 0:
        raise StatisticsError(f"confusions: expected an array (runs, classes, classes), got shape {counts.shape}.")
    found = [rates(one) for one in counts]
    return ClassRates(
        recall=tuple(_rate(values, level) for values in zip(*(one.recall for one in found), strict=True)),
        precision=tuple(_rate(values, level) for values in zip(*(one.precision for one in found), strict=True)),
        f1=tuple(_rate(values, level) for values in zip(*(one.f1 for one in found), strict=True)),
        balanced_error=_rate([one.balanced_error for one in found], level),
    )


def _percent(part: NDArray[np.integer], whole: NDArray[np.integer]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.where(whole > 0, 100 * part / np.maximum(whole, 1), np.nan)
    return found


def _rate(values: ArrayLike, level: float) -> Rate:
    told = [float(value) for value in np.asarray(values) if not np.isnan(value)]
    if not told:
        return Rate(float("nan"), (float("nan"), float("nan")), 0)
    low, high = mean_interval(told, level)
    # NaN stays NaN: min and max would drop it.
    return Rate(float(np.mean(told)), (float(np.maximum(0, low)), float(np.minimum(100, high))), len(told))
