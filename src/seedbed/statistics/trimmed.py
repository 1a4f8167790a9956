"""The difference between two groups of runs, a few strange ones left out of account."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.comparison import Comparison, compare_shares


def compare_trimmed(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    trim: float = 0.2,
    level: float = 0.95,
) -> Comparison:
    """Yuen's test: Welch's, of trimmed means.

    The g = ⌊trim · n⌋ smallest and largest errors of each arm are left out of its mean; for its spread they are set to
    the nearest error that is left (Winsor). With h = n - 2 g and the variance s_w² of the n values so changed, a mean
    has the squared error (n - 1) s_w² / (h (h - 1)), and h - 1 degrees of freedom. One arm's 10% of strange runs do not
    decide here, but it is a statement about the bulk of the runs: means may differ where trimmed means do not.

    With fewer than 1 / trim runs nothing is trimmed and the test is `compare`.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    trim : float
        Part to leave out at each end, from 0 to under 0.5.
    level : float
        Of the interval.

    Returns
    -------
    Comparison
        Of the trimmed means.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or trim or level is out of its range.

    References
    ----------
    Yuen (1974), "The two-sample trimmed t for unequal population variances", Biometrika 61.
    """
    check_level(level)
    if not 0 <= trim < 0.5:
        raise StatisticsError(f"trim: expected a number from 0 to under 0.5, got {trim}.")
    arms = [sorted(checked_errors(name, errors)) for name, errors in (("errors_a", errors_a), ("errors_b", errors_b))]
    a, b = (_trimmed(values, trim) for values in arms)
    return compare_shares(a[0] - b[0], [a[1:], b[1:]], level)


def _trimmed(values: Sequence[float], trim: float) -> tuple[float, float, int]:
    """Trimmed mean, its squared error and the number of values in it."""
    cut = int(trim * len(values))
    inner = values[cut : len(values) - cut]
    count = len(inner)
    if count == 0:
        return math.nan, math.nan, 0
    mean = math.fsum(inner) / count
    if count < 2 or inner[0] == inner[-1]:
        return mean, 0.0, count
    whole = [inner[0]] * cut + [*inner] + [inner[-1]] * cut
    middle = math.fsum(whole) / len(whole)
    return mean, math.fsum((value - middle) ** 2 for value in whole) / (count * (count - 1)), count
