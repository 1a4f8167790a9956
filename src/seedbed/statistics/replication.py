"""Whether a published figure is what other runs of the same recipe would have given."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.comparison import Comparison, Summary, compare_shares, mean_of, variance_of


@dataclass(frozen=True)
class Replication:
    """A published figure against our runs.

    Attributes
    ----------
    published, measured : float
        The source's mean (of one run, or of several) and ours.
    interval : (low, high)
        In which a figure such as the published one falls with probability ``level`` if its recipe is ours.
    p_value : float
        How often luck would put such a figure this far from our mean or farther.
    replicates : bool or None
        The published figure lies in the interval; None where no interval is possible: with fewer than 2 runs of ours
        or without any spread.
    """

    published: float
    measured: float
    interval: tuple[float, float]
    p_value: float
    replicates: bool | None


def prediction_interval(
    errors: Sequence[float] | NDArray[np.floating], level: float = 0.95, count: int = 1
) -> tuple[float, float]:
    """Interval that holds the mean of ``count`` further runs with probability ``level``.

    x̄ ± t s √(1 / n + 1 / count), where t is the quantile (1 + level) / 2 of Student's t with n - 1 degrees of freedom.
    For a single run it is wider than the range of the n runs where they are few, and hardly narrows with more of them:
    that is the luck of one run.

    Parameters
    ----------
    errors : sequence of float, n numbers
    level : float
    count : int
        Further runs, at least 1.

    Returns
    -------
    (low, high)
        NaN for fewer than 2 runs or without spread.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or level or count is out of its range.

    References
    ----------
    Whitmore (1986), "Prediction limits for a univariate normal observation", The American Statistician 40.
    """
    if count < 1:
        raise StatisticsError(f"count: expected at least 1 further run, got {count}.")
    # What they are is not asked, only how far they may be.
    return replication(errors, Summary(0.0, 0.0, count), level).interval


def replication(errors: Sequence[float] | NDArray[np.floating], published: Summary, level: float = 0.95) -> Replication:
    """Does a published figure lie where runs of our recipe would have put it?

    With a single run, or where no standard deviation is stated (0), the luck of the source is taken to be ours: the
    prediction interval x̄ ± t s √(1 / n + 1 / m) for its m runs. With its own standard deviation s_m, the interval is
    x̄ ± t √(s² / n + s_m² / m), with the degrees of freedom of `compare`.

    A figure outside says that recipe, data or evaluation differ; one inside that luck suffices, not that the recipes
    are equal.

    Parameters
    ----------
    errors : sequence of float, n numbers
        Of our runs.
    published : Summary
        Mean, standard deviation and number of runs of the source.
    level : float
        Of the interval.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or the level is out of its range.

    References
    ----------
    Spence and Stanley (2016), "Prediction interval: what to expect when you're expecting … a replication", PLOS ONE 11.
    """
    check_level(level)
    ours = checked_errors("errors", errors)
    measured = mean_of(ours) if ours else math.nan
    found = _against([ours], [published], measured - published.mean, level)
    return _replication(published.mean, measured, found)


def replication_of_difference(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    published_a: Summary,
    published_b: Summary,
    level: float = 0.95,
) -> Replication:
    """Does a published difference of two recipes lie where runs of ours would have put it?

    As `replication`, for mean(a) - mean(b): the squared standard errors of both arms, ours and the source's, add up.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
        Of our runs.
    published_a, published_b : Summary
    level : float
        Of the interval.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or the level is out of its range.
    """
    check_level(level)
    a, b = checked_errors("errors_a", errors_a), checked_errors("errors_b", errors_b)
    measured = mean_of(a) - mean_of(b) if a and b else math.nan
    published = published_a.mean - published_b.mean
    found = _against([a, b], [published_a, published_b], measured - published, level)
    return _replication(published, measured, found)


def _against(
    ours: Sequence[Sequence[float]], published: Sequence[Summary], difference: float, level: float
) -> Comparison:
    """Squared standard errors by what they were estimated from, each with its number of runs."""
    shares: list[tuple[float, int]] = []
    for errors, source in zip(ours, published, strict=True):
        if len(errors) < 2:
            return compare_shares(difference, [(math.nan, len(errors))], level)
        variance = variance_of(errors)
        if source.count > 1 and source.std > 0:
            shares += [(variance / len(errors), len(errors)), (source.std**2 / source.count, source.count)]
        else:
            shares.append((variance * (1 / len(errors) + 1 / source.count), len(errors)))
    return compare_shares(difference, shares, level)


def _replication(published: float, measured: float, found: Comparison) -> Replication:
    if math.isnan(found.p_value):
        return Replication(published, measured, (math.nan, math.nan), math.nan, None)
    low, high = (end + published for end in found.interval)
    return Replication(published, measured, (low, high), found.p_value, low <= published <= high)
