"""Which of two recipes errs more, run against run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.permutation import as_extreme, deals


@dataclass(frozen=True)
class RankComparison:
    """Two groups compared by order alone.

    Attributes
    ----------
    probability : float
        That a run of a errs more than a run of b, equal errors counted as half; NaN if a group is empty.
    interval : (low, high)
        For the true probability; NaN for fewer than 2 runs in a group.
    p_value : float
        Two-sided, for the hypothesis that it is 1/2, by permutation; NaN with the interval.
    rearrangements : int
        Looked at.
    exact : bool
        They are all, not a random sample.
    """

    probability: float
    interval: tuple[float, float]
    p_value: float
    rearrangements: int
    exact: bool


def compare_ranks(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    level: float = 0.95,
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> RankComparison:
    """Brunner and Munzel's test in its permutation form: is a run of a as often above as below one of b?

    With P_i the number of runs of the other arm below run i (equal ones count half) and S² the variance of P over an
    arm, p̂ = mean of P over a / n_b and t = (p̂ - 1/2) / e with e² = S_a² / (n_a n_b²) + S_b² / (n_b n_a²). t is
    compared with its values in all ways to deal the runs to two groups (at random in 9,999 of them where there are over
    20,000): exact for arms of one distribution, and right for many runs where only the probability is 1/2 and spreads
    differ. One run far off has a rank and no more, so it cannot decide alone.

    The interval p̂ ± c e, with c the largest t that has a p of 1 - level or more, leaves 1/2 out exactly if p is under
    it. Where the arms do not overlap, e is 0; then, with m the smaller number of runs, it reaches from
    ((1 - level) / 2)^(1 / m) to 1, or is that mirrored: m disjoint pairs would all have the same order. For m = 5 this
    careful interval holds 1/2 though p may be small.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    level : float
        Of the interval.
    resamples : int
        At least 1.
    seed : int
        Of the random deals.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, the level is out of its range, or there is no resample.

    References
    ----------
    Brunner and Munzel (2000), "The nonparametric Behrens-Fisher problem: asymptotic theory and a small-sample
    approximation", Biometrical Journal 42. Neubert and Brunner (2007), "A studentized permutation test for the
    non-parametric Behrens-Fisher problem", Computational Statistics & Data Analysis 51. Pauly, Asendorf and Konietschke
    (2016), "Permutation-based inference for the AUC", Biometrical Journal 58 (interval).
    """
    check_level(level)
    if resamples < 1:
        raise StatisticsError(f"resamples: expected at least 1, got {resamples}.")
    a, b = checked_errors("errors_a", errors_a), checked_errors("errors_b", errors_b)
    values = np.array(a + b)
    below = (values[:, None] > values).astype(np.float64) + 0.5 * (values[:, None] == values)
    if len(a) < 2 or len(b) < 2:
        probability = float(below[: len(a), len(a) :].mean()) if a and b else math.nan
        return RankComparison(probability, (math.nan, math.nan), math.nan, 0, True)
    rows, is_exact = deals(len(a), len(values), resamples, np.random.default_rng(seed))
    (probability,), (error,) = _placements(below, np.arange(len(a))[None])
    found = _statistic(*_placements(below, rows))
    observed = float(_statistic(np.array([probability]), np.array([error]))[0])
    test = as_extreme(found, observed, is_exact)
    if error > 0:
        interval = _interval(probability, error, found, is_exact, level)
    else:
        nearest = ((1 - level) / 2) ** (1 / min(len(a), len(b)))
        interval = (nearest, 1.0) if probability > 0.5 else (0.0, 1 - nearest)
    if np.ptp(values) == 0:
        interval = (math.nan, math.nan)
    return RankComparison(float(probability), interval, test.p_value, test.rearrangements, is_exact)


def _placements(below: NDArray[np.float64], rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """p̂ and its standard error for groups a given by their places; two arrays of shape (rows,)."""
    runs, count_a = len(below), rows.shape[1]
    count_b = runs - count_a
    in_a = np.zeros((len(rows), runs))
    np.put_along_axis(in_a, rows, 1.0, axis=1)
    under_a = in_a @ below.T
    under_b = below.sum(axis=1) - under_a
    mean_a = (under_b * in_a).sum(axis=1) / count_a
    mean_b = (under_a * (1 - in_a)).sum(axis=1) / count_b
    squares_a = ((under_b - mean_a[:, None]) ** 2 * in_a).sum(axis=1) / (count_a - 1)
    squares_b = ((under_a - mean_b[:, None]) ** 2 * (1 - in_a)).sum(axis=1) / (count_b - 1)
    error = np.sqrt(squares_a / (count_a * count_b**2) + squares_b / (count_b * count_a**2))
    return mean_a / count_b, error


def _statistic(probability: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
    """abs(t); infinite for groups that do not overlap, 0 for p̂ = 1/2."""
    off = np.abs(probability - 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(off < 1e-12, 0.0, np.divide(off, error))


def _interval(
    probability: float, error: float, found: NDArray[np.float64], is_exact: bool, level: float
) -> tuple[float, float]:
    added = 0 if is_exact else 1
    # So many of the largest t have p-values under 1 - level; the next one has not.
    few = math.ceil((1 - level) * (len(found) + added) * (1 - 1e-12)) - 1 - added
    # Equal t differ by rounding.
    largest = float(np.sort(found)[::-1][max(0, few)]) * (1 + 1e-9)
    if math.isinf(largest):
        return 0.0, 1.0
    return max(0.0, probability - largest * error), min(1.0, probability + largest * error)
