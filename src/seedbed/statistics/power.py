"""How many runs it takes to see a difference."""

import math

from scipy.special import chdtr, nctdtr, stdtrit

from seedbed.statistics.intervals import check_level

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
    ValueError
        The difference is 0 or not finite, or a standard deviation or probability is out of its range.

    References
    ----------
    Cohen (1988), "Statistical power analysis for the behavioral sciences", chapter 2.
    """
    check_level(level)
    if not 0 < power < 1:
        raise ValueError(f"power: expected a number between 0 and 1, got {power}.")
    if difference == 0 or not math.isfinite(difference):
        raise ValueError(f"difference: expected a finite number other than 0, got {difference}.")
    if not (0 <= std_a < math.inf and 0 <= std_b < math.inf):
        raise ValueError(f"standard deviations: expected finite numbers of at least 0, got {std_a} and {std_b}.")
    variance = std_a**2 + std_b**2
    effect = math.inf if variance == 0 else abs(difference) / math.sqrt(variance)
    if math.isinf(effect):
        return 2
    share = std_a**2 / variance
    freedom = 1 / (share**2 + (1 - share) ** 2)
    low, high = 1, 2
    while _power(high, effect, freedom, level) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _power(middle, effect, freedom, level) < power:
            low = middle
        else:
            high = middle
    return high


def _power(count: int, effect: float, freedom_per_run: float, level: float) -> float:
    freedom = (count - 1) * freedom_per_run
    bound = float(stdtrit(freedom, 1 - level / 2))
    noncentrality = effect * math.sqrt(count)
    if noncentrality > _LARGEST_NONCENTRALITY:
        # The chance in the difference is small beside the difference; that in its estimated error decides.
        return float(chdtr(freedom, freedom * (noncentrality / bound) ** 2))
    return float(nctdtr(freedom, noncentrality, -bound) + 1 - nctdtr(freedom, noncentrality, bound))
