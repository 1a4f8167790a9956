"""Whether two recipes are compared seed by seed."""

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from seedbed.statistics.checks import checked_pairs
from seedbed.statistics.comparison import Comparison, compare, compare_pairs

# A false verdict can come of a wrong choice only where the choice is wrong: one time in a thousand.
PAIRING_LEVEL = 0.001


@dataclass(frozen=True)
class SeedCorrelation:
    """How the errors of two recipes go together from seed to seed.

    Attributes
    ----------
    coefficient : float
        Pearson's r; NaN for fewer than 3 seeds or an arm without spread.
    p_value : float
        One-sided, for the hypothesis that the true correlation is 0 or less; NaN with the coefficient.
    seeds : int
        That both recipes have.
    """

    coefficient: float
    p_value: float
    seeds: int


@dataclass(frozen=True)
class SeedComparison:
    """A comparison, and how it was made.

    Attributes
    ----------
    comparison : Comparison
    method : str
        ``welch`` (all runs, the seeds ignored) or ``paired`` (the seeds that both arms have).
    correlation : SeedCorrelation
    """

    comparison: Comparison
    method: Literal["welch", "paired"]
    correlation: SeedCorrelation


def seed_correlation(
    errors_a: Sequence[float] | NDArray[np.floating], errors_b: Sequence[float] | NDArray[np.floating]
) -> SeedCorrelation:
    """Pearson's r with the one-sided test t = r √((n - 2) / (1 - r²)), n - 2 degrees of freedom.

    Errors on a small test set are equal now and then, and three of them lie on a line by luck. So p is never below
    that of the rarest outcome of a permutation test: 1 / n!, times the orders of equal errors.

    Parameters
    ----------
    errors_a, errors_b : sequence of float, n numbers
        The same place in both is the same seed.

    Raises
    ------
    StatisticsError
        The groups differ in length, or a value is NaN or infinite.

    References
    ----------
    Fisher (1915), "Frequency distribution of the values of the correlation coefficient in samples from an indefinitely
    large population", Biometrika 10.
    """
    a, b = checked_pairs(errors_a, errors_b)
    if len(a) < 3 or len(set(a)) == 1 or len(set(b)) == 1:
        return SeedCorrelation(math.nan, math.nan, len(a))
    coefficient = max(-1.0, min(1.0, statistics.correlation(a, b)))
    rarest = max(_equal_orders(a), _equal_orders(b)) / math.factorial(len(a))
    if abs(coefficient) == 1:
        return SeedCorrelation(coefficient, rarest if coefficient > 0 else 1.0, len(a))
    t = coefficient * math.sqrt((len(a) - 2) / ((1 - coefficient) * (1 + coefficient)))
    return SeedCorrelation(coefficient, max(float(stdtr(len(a) - 2, -t)), rarest), len(a))


def _equal_orders(errors: Sequence[float]) -> int:
    """In how many orders the errors are the same sequence."""
    return math.prod(math.factorial(count) for count in Counter(errors).values())


def compare_seeds(errors_a: Mapping[int, float], errors_b: Mapping[int, float], level: float = 0.95) -> SeedComparison:
    """Compare two recipes by Welch's test, or seed by seed if their seeds are shown to correlate positively.

    The rule is fixed beforehand: pair if the one-sided test of a positive correlation gives p < 0.001. Where seeds do
    not correlate this pairs by mistake one time in a thousand, so that at most 0.1% is added to the false verdicts of
    Welch's test; where they do, Welch's test errs to the safe side, and pairing gains what the correlation gives:
    the variance of the difference falls by the factor 1 - ρ (for equal spreads). Pairing without correlation would
    halve the degrees of freedom for nothing. Where seeds correlate negatively, Welch's test errs more often than it
    says (10.5% at ρ = -0.5 and ten seeds) and this rule does not mend it: `compare_pairs` holds for any correlation.

    Parameters
    ----------
    errors_a, errors_b : mapping of seed to float
    level : float
        Of the interval.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or the level is out of its range.
    """
    seeds = sorted(errors_a.keys() & errors_b.keys())
    a, b = [errors_a[seed] for seed in seeds], [errors_b[seed] for seed in seeds]
    correlation = seed_correlation(a, b)
    if correlation.p_value < PAIRING_LEVEL:
        paired = compare_pairs(a, b, level)
        if not math.isnan(paired.p_value):
            return SeedComparison(paired, "paired", correlation)
    return SeedComparison(compare(list(errors_a.values()), list(errors_b.values()), level), "welch", correlation)
