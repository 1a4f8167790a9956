"""Whether the best of several runs reaches a value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, betaincinv

from seedbed.checks import whole_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.verdict import Verdict, verdict_of_sides


@dataclass(frozen=True)
class BestRunTest:
    """How often the best of some runs reaches a value.

    Attributes
    ----------
    chance : float
        That the best of so many runs has the value or less, from 0 to 1: 1 - (1 - q)^runs, q the share of the runs
        that do; NaN without runs.
    interval : (low, high)
        Clopper and Pearson's for q at 1 - 2 · level, turned into one for the chance.
    p_value, p_against : float
        One-sided and exact, for the hypotheses that the chance is a half or less, or a half or more; NaN without runs.
    verdict : str
        ``supported``: more often than not; ``contradicted``: less often than not; ``undecided``.
    reached : int
        Runs with the value or less.
    """

    chance: float
    interval: tuple[float, float]
    p_value: float
    p_against: float
    verdict: Verdict
    reached: int


def best_run(
    errors: Sequence[float] | NDArray[np.floating], value: float, runs: int, level: float = 0.05
) -> BestRunTest:
    """Does the best of some runs reach a value more often than not? Binomial tests of the share of runs that do.

    A source that prints its best run of five prints a figure that no mean is to be held against. With a share q of
    single runs at or under the value, the best of k is there with the chance 1 - (1 - q)^k; it is a half at
    q = 1 - 2^(-1/k). The share is tested against that, in both directions, each at the level, with nothing supposed of
    the shape of the errors.

    Parameters
    ----------
    errors : sequence of float
    value : float
        In the unit of the errors, fixed before the runs are seen.
    runs : int
        Of how many the best was taken.
    level : float
        Probability of a false verdict; under 0.5.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, ``runs`` is under 1, or the level is out of its range.

    References
    ----------
    Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26.
    """
    check_level(2 * level, "2 · level")
    runs = whole_number("runs", runs, 1, error=StatisticsError)
    if not math.isfinite(value):
        raise StatisticsError(f"value: expected a finite number, got {value}.")
    values = checked_errors("errors", errors)
    tries, reached = len(values), sum(one <= value for one in values)
    if not tries:
        return BestRunTest(math.nan, (0.0, 1.0), math.nan, math.nan, "undecided", 0)
    even = 1 - 2 ** (-1 / runs)
    p_value = float(bdtrc(reached - 1, tries, even)) if reached else 1.0
    p_against = float(bdtr(reached, tries, even))
    low = float(betaincinv(reached, tries - reached + 1, level)) if reached else 0.0
    high = float(betaincinv(reached + 1, tries - reached, 1 - level)) if reached < tries else 1.0

    def best(share: float) -> float:
        return 1 - (1 - share) ** runs

    verdict = verdict_of_sides(p_value, p_against, level)
    return BestRunTest(best(reached / tries), (best(low), best(high)), p_value, p_against, verdict, reached)
