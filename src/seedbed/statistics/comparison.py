"""The difference between two groups of runs."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from seedbed.statistics.intervals import check_level


@dataclass(frozen=True)
class Comparison:
    """Two groups compared.

    Attributes
    ----------
    difference : float
        mean(a) - mean(b); NaN if a group is empty.
    interval : (low, high)
        For the true difference.
    p_value : float
        Two-sided, for the hypothesis that the true means are equal.
    degrees_of_freedom : float
    standard_error : float
        Of the difference.

    All but the difference are NaN where no test is possible: fewer than two values in a group, or no spread in either.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float
    degrees_of_freedom: float
    standard_error: float


def compare(errors_a: Sequence[float], errors_b: Sequence[float], level: float = 0.95) -> Comparison:
    """Welch's test: means of two independent groups whose variances may differ.

    t = (ā - b̄) / √(s_a²/n_a + s_b²/n_b), with Satterthwaite's degrees of freedom
    ν = (s_a²/n_a + s_b²/n_b)² / ((s_a²/n_a)²/(n_a - 1) + (s_b²/n_b)²/(n_b - 1)).

    Values that are all equal in both groups come from counting few mistakes on few images, not from an absence of
    chance. A t of infinity would then be a false certainty, so no test is made.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    level : float
        Of the interval.

    References
    ----------
    Welch (1947), "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34. Satterthwaite (1946), "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2.
    """
    check_level(level)
    if not errors_a or not errors_b:
        return _untested(math.nan)
    difference = statistics.fmean(errors_a) - statistics.fmean(errors_b)
    if len(errors_a) < 2 or len(errors_b) < 2:
        return _untested(difference)
    share_a = statistics.variance(errors_a) / len(errors_a)
    share_b = statistics.variance(errors_b) / len(errors_b)
    error = math.sqrt(share_a + share_b)
    if error == 0:
        return _untested(difference)
    # As parts of their sum, so that tiny variances do not vanish when squared.
    part_a, part_b = share_a / (share_a + share_b), share_b / (share_a + share_b)
    freedom = 1 / (part_a**2 / (len(errors_a) - 1) + part_b**2 / (len(errors_b) - 1))
    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return Comparison(difference, (difference - reach, difference + reach), p_value, freedom, error)


def _untested(difference: float) -> Comparison:
    return Comparison(difference, (math.nan, math.nan), math.nan, math.nan, math.nan)
