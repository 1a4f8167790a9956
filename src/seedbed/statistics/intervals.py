"""Intervals for a mean."""

import math
import statistics
from collections.abc import Sequence

from scipy.special import stdtrit

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Interval that covers the true mean with probability ``level``, for independent, roughly normal values.

    x̄ ± t · s / √n, where t is the quantile (1 + level) / 2 of Student's t with n - 1 degrees of freedom and s the
    standard deviation of the sample.

    Parameters
    ----------
    values : sequence of float, n numbers
    level : float
        Between 0 and 1.

    Returns
    -------
    (low, high)
        NaN for a single value, which says nothing of its own spread.

    Raises
    ------
    StatisticsError
        There are no values, or the level is out of its range.

    References
    ----------
    "Student" (1908), "The probable error of a mean", Biometrika 6.
    """
    check_level(level)
    if not values:
        raise StatisticsError("mean_interval: expected at least one value, got none.")
    count = len(values)
    if count == 1:
        return math.nan, math.nan
    mean = statistics.fmean(values)
    reach = float(stdtrit(count - 1, (1 + level) / 2)) * statistics.stdev(values) / math.sqrt(count)
    return mean - reach, mean + reach
