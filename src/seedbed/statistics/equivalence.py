"""Whether two recipes are as good as equal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import finite_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.comparison import Comparison, compare, compare_pairs
from seedbed.statistics.verdict import Verdict, verdict_of_sides


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
    difference : float
    p_against : float
        For the hypothesis that they differ by the margin or less.
    verdict : str
        ``supported``: equivalent; ``contradicted``: shown to differ by more than the margin, so the interval lies
        outside; ``undecided``.
    """

    p_value: float
    interval: tuple[float, float]
    equivalent: bool
    difference: float
    p_against: float
    verdict: Verdict


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
    _check(margin, level)
    found = compare(errors_a, errors_b, 1 - 2 * level)
    # Against the nearer end of the margin: one side of the two-sided p.
    nearer = math.copysign(margin, found.difference)
    return _equivalence(found, compare(np.asarray(errors_a) - nearer, errors_b).p_value, margin, level)


def equivalence_to(
    values: Sequence[float] | NDArray[np.floating], margin: float, to: float = 0.0, level: float = 0.05
) -> Equivalence:
    """Two one-sided tests of one sample: its mean lies less than the margin from a number.

    For values that should stay as they are: the slopes of `slopes`, or differences by seed.

    Parameters
    ----------
    values : sequence of float
    margin, level
        As `equivalence`.
    to : float
        The number.

    Raises
    ------
    StatisticsError
        As `equivalence`.
    """
    _check(margin, level)
    found = compare_pairs(values, np.full(len(values), to), 1 - 2 * level)
    nearer = math.copysign(margin, found.difference)
    return _equivalence(found, compare_pairs(values, np.full(len(values), to + nearer)).p_value, margin, level)


def _check(margin: float, level: float) -> None:
    check_level(2 * level, "2 · level")
    finite_number("margin", margin, above=0, error=StatisticsError)


def _equivalence(found: Comparison, p_of_nearer: float, margin: float, level: float) -> Equivalence:
    inside, outside = p_of_nearer / 2, 1 - p_of_nearer / 2
    if abs(found.difference) > margin:
        inside, outside = outside, inside
    verdict = verdict_of_sides(inside, outside, level)
    return Equivalence(inside, found.interval, inside < level, found.difference, outside, verdict)
