"""Whether a recipe errs less than a given value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.comparison import compare_pairs, mean_of
from seedbed.statistics.verdict import Verdict, verdict_of_sides


@dataclass(frozen=True)
class BoundTest:
    """A mean error against a bound.

    Attributes
    ----------
    mean : float
        NaN without runs.
    interval : (low, high)
        At 1 - 2 · level: ``high`` is the one-sided upper limit of the mean at 1 - level, ``low`` the lower one.
    p_value, p_against : float
        One-sided, for the hypotheses that the true mean is the bound or more, or the bound or less. NaN for fewer than
        2 runs or without spread.
    verdict : str
        ``supported`` where p_value is under the level, so the interval below the bound; ``contradicted`` where
        p_against is, so the interval above it; else ``undecided``.
    share : float
        Percent of runs under the bound.
    share_interval : (low, high)
        Clopper and Pearson's, at 1 - level, for the share of all seeds.
    """

    mean: float
    interval: tuple[float, float]
    p_value: float
    p_against: float
    verdict: Verdict
    share: float
    share_interval: tuple[float, float]


def under_bound(errors: Sequence[float] | NDArray[np.floating], bound: float, level: float = 0.05) -> BoundTest:
    """Student's one-sided tests of a mean: "the test error is under 1%".

    t = (x̄ - bound) / (s / √n) with n - 1 degrees of freedom, tested in both directions, each at the level. As the true
    mean lies on one side only, a false verdict has a chance of at most the level. It is about the mean over seeds on
    these test images; how many seeds are under the bound is another question, and ``share`` answers it.

    Parameters
    ----------
    errors : sequence of float
    bound : float
        In the unit of the errors, fixed before the runs are seen.
    level : float
        Probability of a false verdict; under 0.5.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or the level is out of its range.

    References
    ----------
    "Student" (1908), "The probable error of a mean", Biometrika 6. Clopper and Pearson (1934), "The use of confidence
    or fiducial limits illustrated in the case of the binomial", Biometrika 26.
    """
    check_level(2 * level, "2 · level")
    if not math.isfinite(bound):
        raise StatisticsError(f"bound: expected a finite number, got {bound}.")
    values = checked_errors("errors", errors)
    found = compare_pairs(values, [bound] * len(values), 1 - 2 * level)
    one_side = found.p_value / 2
    p_value, p_against = (one_side, 1 - one_side) if found.difference < 0 else (1 - one_side, one_side)
    verdict = verdict_of_sides(p_value, p_against, level)
    low, high = found.interval
    under = sum(value < bound for value in values)
    return BoundTest(
        mean=mean_of(values) if values else math.nan,
        interval=(low + bound, high + bound),
        p_value=p_value,
        p_against=p_against,
        verdict=verdict,
        share=100 * under / len(values) if values else math.nan,
        share_interval=_share_interval(under, len(values), level),
    )


def _share_interval(hits: int, tries: int, level: float) -> tuple[float, float]:
    """Percent; 0 to 100 without tries."""
    low = float(betaincinv(hits, tries - hits + 1, level / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, tries - hits, 1 - level / 2)) if hits < tries else 1.0
    return 100 * low, 100 * high
