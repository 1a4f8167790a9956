"""How often two recipes fail."""

import math
from dataclasses import dataclass

from scipy.special import gammaln, ndtri

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level

# Tables that are equally likely differ by rounding; they count as equal.
_TIE = 1e-7


@dataclass(frozen=True)
class FailureComparison:
    """Two rates of failure compared.

    Attributes
    ----------
    rate_a, rate_b : float
        Percent of runs that failed; NaN for an arm without runs.
    difference : float
        rate_a - rate_b, percent points.
    interval : (low, high)
        Newcombe's, for the difference of the true rates, percent points; it may hold 0 where p is small and leave it
        out where p is not, for it is approximate and the test is not.
    p_value : float
        Two-sided and exact: never too small, for few runs far too large. NaN if an arm has no runs.
    """

    rate_a: float
    rate_b: float
    difference: float
    interval: tuple[float, float]
    p_value: float


def compare_failures(failed_a: int, runs_a: int, failed_b: int, runs_b: int, level: float = 0.95) -> FailureComparison:
    """Fisher's exact test: does one recipe fail (diverge, collapse, miss a target) more often than the other?

    Given how many runs failed in all, and were there no difference, the number among those of a is hypergeometric. p is
    the probability of all tables that are no more likely than the one seen. A few failed runs move a mean by so much
    that no test of means holds its level with them, so rates are compared on their own, and means where it learns.

    The interval is Newcombe's: with Wilson's (l, u) of each rate, d - √((p_a - l_a)² + (u_b - p_b)²) to
    d + √((u_a - p_a)² + (p_b - l_b)²).

    Parameters
    ----------
    failed_a, failed_b : int
    runs_a, runs_b : int
        All runs, failed ones too.
    level : float
        Of the interval.

    Raises
    ------
    StatisticsError
        A number is negative, more runs failed than there are, or the level is out of its range.

    References
    ----------
    Fisher (1935), "The logic of inductive inference", Journal of the Royal Statistical Society 98. Newcombe (1998),
    "Interval estimation for the difference between independent proportions: comparison of eleven methods", Statistics
    in Medicine 17, method 10.
    """
    check_level(level)
    for arm, failed, runs in (("a", failed_a, runs_a), ("b", failed_b, runs_b)):
        if not 0 <= failed <= runs:
            raise StatisticsError(
                f"failed_{arm}: expected a number from 0 to the {runs} runs of the arm, got {failed}."
            )
    if runs_a == 0 or runs_b == 0:
        rate_a, rate_b = (_percent(*arm) for arm in ((failed_a, runs_a), (failed_b, runs_b)))
        return FailureComparison(rate_a, rate_b, math.nan, (math.nan, math.nan), math.nan)
    a, b = failed_a / runs_a, failed_b / runs_b
    (low_a, high_a), (low_b, high_b) = (wilson(*arm, level) for arm in ((failed_a, runs_a), (failed_b, runs_b)))
    low = a - b - math.hypot(a - low_a, high_b - b)
    high = a - b + math.hypot(high_a - a, b - low_b)
    p_value = _p_value(failed_a, runs_a, failed_b, runs_b)
    return FailureComparison(100 * a, 100 * b, 100 * (a - b), (100 * low, 100 * high), p_value)


def wilson(hits: int, tries: int, level: float) -> tuple[float, float]:
    """Wilson's (1927) score interval for a proportion, between 0 and 1; ``tries`` is above 0."""
    z = float(ndtri((1 + level) / 2))
    middle = (hits + z * z / 2) / (tries + z * z)
    reach = z / (tries + z * z) * math.sqrt(hits * (tries - hits) / tries + z * z / 4)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _percent(hits: int, tries: int) -> float:
    return 100 * hits / tries if tries else math.nan


def _p_value(failed_a: int, runs_a: int, failed_b: int, runs_b: int) -> float:
    failed, runs = failed_a + failed_b, runs_a + runs_b

    def chance(among_a: int) -> float:
        return math.exp(
            _log_binomial(runs_a, among_a)
            + _log_binomial(runs_b, failed - among_a)
            - _log_binomial(runs, failed)
        )  # fmt: skip

    seen = chance(failed_a)
    possible = range(max(0, failed - runs_b), min(failed, runs_a) + 1)
    return min(1.0, math.fsum(one for one in map(chance, possible) if one <= seen * (1 + _TIE)))


def _log_binomial(total: int, part: int) -> float:
    return float(gammaln(total + 1) - gammaln(part + 1) - gammaln(total - part + 1))
