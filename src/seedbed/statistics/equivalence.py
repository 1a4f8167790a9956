"""Whether two recipes are as good as equal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import finite_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.comparison import compare


@dataclass(frozen=True)
class Equivalence:
    """Outcome of two one-sided tests.

    Attributes
    ----------
    p_value : float
        For the hypothesis that the means differ by the margin or more; NaN where `compare` makes no test.
    interval : (low, high)
        At 1 - 2 · level: it lies within ± margin if and only if p_value < level.
    equivalent : bool
        p_value < level.
    """

    p_value: float
    interval: tuple[float, float]
    equivalent: bool


def equivalence(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    margin: float,
    level: float = 0.05,
) -> Equivalence:
    """Two one-sided Welch tests: the means differ by less than the margin.

    "Undecided" is not "equal": too few runs never show a difference. Equality within a margin has to be shown like a
    difference, against p = max(P(T ≥ (Δ̂ + m) / e), P(T ≤ (Δ̂ - m) / e)).

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    margin : float
        The largest difference that does not matter, in the unit of the errors; fixed before the runs are seen.
    level : float
        Probability to call recipes equivalent whose means differ by the margin; under 0.5.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, the margin is not above 0, or the level is out of its range.

    References
    ----------
    Schuirmann (1987), "A comparison of the two one-sided tests procedure and the power approach for assessing the
    equivalence of average bioavailability", Journal of Pharmacokinetics and Biopharmaceutics 15.
    """
    check_level(2 * level, "2 · level")
    finite_number("margin", margin, above=0, error=StatisticsError)
    found = compare(errors_a, errors_b, 1 - 2 * level)
    # Against the nearer end of the margin: one side of the two-sided p.
    nearer = math.copysign(margin, found.difference)
    p_value = compare(np.asarray(errors_a) - nearer, errors_b).p_value / 2
    if abs(found.difference) > margin:
        p_value = 1 - p_value
    return Equivalence(p_value, found.interval, p_value < level)
