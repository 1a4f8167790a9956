"""How many runs it takes to see a difference."""

import math

from scipy.special import chdtr, nctdtr

from seedbed.checks import finite_number, whole_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.welch import WelchDistribution

# Above this the noncentral t of scipy.special gives NaN.
_LARGEST_NONCENTRALITY = 30.0


def runs_needed(difference: float, std_a: float, std_b: float, power: float = 0.8, level: float = 0.05) -> int:
    """Runs in each of two groups for a two-sided Welch test to find ``difference`` with probability ``power``.

    The smallest n ≥ 2 with P(abs(T) > t) ≥ power, where T follows the noncentral t distribution with noncentrality
    abs(difference) / √((σ_a² + σ_b²) / n) and ν = (n - 1)(σ_a² + σ_b²)² / (σ_a⁴ + σ_b⁴), and t is the quantile
    1 - level / 2 of Student's t with ν degrees of freedom.

    Parameters
    ----------
    difference : float
        True difference of the means, not 0.
    std_a, std_b : float
        Standard deviation of one run in each group.
    power : float
        Probability to find the difference.
    level : float
        Probability of a false positive.

    Raises
    ------
    StatisticsError
        The difference is 0 or not finite, or a standard deviation or probability is out of its range.

    References
    ----------
    Cohen (1988), "Statistical power analysis for the behavioral sciences", chapter 2.
    """
    _check(difference, std_a, std_b, power, level)
    return _smallest(2, difference, std_a, std_b, (0, 0), power, level)


def further_runs(
    difference: float,
    std_a: float,
    std_b: float,
    counts: tuple[int, int],
    power: float = 0.8,
    level: float = 0.05,
) -> int:
    """Further runs in each of two groups that have some, for Welch's test of all runs to find ``difference``.

    The smallest m ≥ 0, with at least 2 runs in a group then, such that the test of n_a + m against n_b + m runs has the
    power. Calculated as `runs_needed`, with noncentrality abs(difference) / √(σ_a²/(n_a + m) + σ_b²/(n_b + m)), and t
    the quantile that `compare` takes for so uneven numbers of runs.

    With the difference and spreads that the runs so far show, it says how many seeds would decide *if these are the
    true ones*; they are estimates, and so is the answer. Testing again after so many seeds is one more look: for a
    verdict that may be looked at as one goes, use `SequentialComparison`.

    Parameters
    ----------
    difference, std_a, std_b, power, level
        As `runs_needed`.
    counts : (n_a, n_b)
        Runs that the groups have.

    Raises
    ------
    StatisticsError
        As `runs_needed`, or a count is negative.
    """
    _check(difference, std_a, std_b, power, level)
    for count in counts:
        whole_number("counts", count, error=StatisticsError)
    return _smallest(max(0, 2 - min(counts)), difference, std_a, std_b, counts, power, level)


def _check(difference: float, std_a: float, std_b: float, power: float, level: float) -> None:
    check_level(level)
    check_level(power, "power")
    if difference == 0 or not math.isfinite(difference):
        raise StatisticsError(f"difference: expected a finite number other than 0, got {difference}.")
    for name, std in (("std_a", std_a), ("std_b", std_b)):
        finite_number(name, std, least=0, error=StatisticsError)


def _smallest(
    least: int, difference: float, std_a: float, std_b: float, counts: tuple[int, int], power: float, level: float
) -> int:
    # In units of the difference, so that no square vanishes.
    variances = (std_a / difference) ** 2, (std_b / difference) ** 2

    def enough(more: int) -> bool:
        return _power(variances, (counts[0] + more, counts[1] + more), level) >= power

    if enough(least):
        return least
    low, high = least, 2 * least + 1
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def _power(variances: tuple[float, float], counts: tuple[int, int], level: float) -> float:
    """Power of Welch's test for a difference of 1."""
    shares = variances[0] / counts[0], variances[1] / counts[1]
    total = sum(shares)
    if total == 0 or 1 / math.sqrt(total) == math.inf:
        return 1.0
    chance = WelchDistribution.of(shares[0], counts[0], shares[1], counts[1])
    freedom, bound = chance.freedom, chance.quantile(1 - level / 2)
    noncentrality = 1 / math.sqrt(total)
    if noncentrality > _LARGEST_NONCENTRALITY:
        # The chance in the difference is small beside the difference; that in its estimated error decides.
        return float(chdtr(freedom, freedom * (noncentrality / bound) ** 2))
    return float(nctdtr(freedom, noncentrality, -bound) + 1 - nctdtr(freedom, noncentrality, bound))
