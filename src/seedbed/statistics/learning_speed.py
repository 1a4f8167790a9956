"""How soon the runs of two recipes reach a value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_curves
from seedbed.statistics.comparison import compare
from seedbed.statistics.permutation import as_extreme, deals
from seedbed.statistics.verdict import Verdict, verdict_of


@dataclass(frozen=True)
class SpeedComparison:
    """How soon two recipes reach a value.

    Attributes
    ----------
    reached_a, reached_b : tuple of float
        For each seed the first place at which the value is reached; infinite if it never is.
    difference : float
        Mean place of a minus that of b, where a run that never reaches the value counts with the last place: over 0 if
        a is slower. NaN if a group is empty.
    interval : (low, high)
        Welch's, for that difference; NaN where `compare` makes no test.
    p_value : float
        Two-sided, of the log-rank test by permutation; NaN for fewer than 2 seeds in a group.
    rearrangements : int
        Looked at.
    exact : bool
        They are all, not a random sample.
    verdict : str
        ``supported``: a is slower; ``contradicted``: a is faster; ``undecided``.
    """

    reached_a: tuple[float, ...]
    reached_b: tuple[float, ...]
    difference: float
    interval: tuple[float, float]
    p_value: float
    rearrangements: int
    exact: bool
    verdict: Verdict


def first_reaching(curves: ArrayLike, target: float, places: ArrayLike | None = None) -> NDArray[np.float64]:
    """For each seed the first place at which the curve is at or under the target; infinite if there is none.

    Parameters
    ----------
    curves : array, shape (seeds, points)
        NaN where a run had diverged.
    target : float
    places : array, shape (points,), optional

    Returns
    -------
    float64 array, shape (seeds,)

    Raises
    ------
    StatisticsError
        A shape does not fit, or places do not rise.
    """
    values, along = checked_curves("curves", curves, places)
    reached = values <= target
    found: NDArray[np.float64] = np.where(reached.any(axis=1), along[reached.argmax(axis=1)], np.inf)
    return found


def compare_speed(
    curves_a: ArrayLike,
    curves_b: ArrayLike,
    target: float,
    places: ArrayLike | None = None,
    level: float = 0.05,
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> SpeedComparison:
    """Does one recipe learn faster? The log-rank test of the places at which seeds first reach a value.

    Runs that never reach it are censored at the last place. With d of the y runs that had not reached the value before
    reaching it at a place, each run has the score (1 if it reaches the value) - Σ d / y over the places up to its own;
    the sum over an arm is what it has reached more often than expected (Mantel 1966). p is the share of the ways to
    deal the runs to two arms with a sum as far from 0: exact for equal recipes, also with few seeds and many ties.

    Parameters
    ----------
    curves_a, curves_b : array, shape (seeds, points)
        Errors, at the same places; NaN where a run had diverged.
    target : float
        Fixed before the runs are seen.
    places : array, shape (points,), optional
        1, 2, … if left out.
    level : float
        What p has to be under; the interval is at 1 - level.
    resamples : int
        Random deals where there are over 20,000.
    seed : int
        Of the random deals.

    Raises
    ------
    StatisticsError
        A shape does not fit, places do not rise, or level or resamples are out of their range.

    References
    ----------
    Mantel (1966), "Evaluation of survival data and two new rank order statistics arising in its consideration", Cancer
    Chemotherapy Reports 50. Royston and Parmar (2013), "Restricted mean survival time", BMC Medical Research
    Methodology 13.
    """
    check_level(level)
    if resamples < 1:
        raise StatisticsError(f"resamples: expected at least 1, got {resamples}.")
    if np.shape(curves_a)[1:] != np.shape(curves_b)[1:]:
        raise StatisticsError(
            f"curves_a, curves_b: expected as many points, got shapes {np.shape(curves_a)} and {np.shape(curves_b)}."
        )
    a, b = first_reaching(curves_a, target, places), first_reaching(curves_b, target, places)
    last = float(checked_curves("curves_a", curves_a, places)[1][-1])
    found = compare(np.minimum(a, last), np.minimum(b, last), 1 - level)
    told = tuple(a.tolist()), tuple(b.tolist()), found.difference, found.interval
    if min(len(a), len(b)) < 2:
        return SpeedComparison(*told, math.nan, 0, True, "undecided")
    scores = log_rank_scores([*a.tolist(), *b.tolist()])
    rows, is_exact = deals(len(a), len(scores), resamples, np.random.default_rng(seed))
    # An arm that reaches the value less often than expected is the slower one.
    behind = -float(scores[: len(a)].sum())
    test = as_extreme(np.abs(scores[rows].sum(axis=1)), abs(behind), is_exact)
    verdict = verdict_of(behind, test.p_value, level)
    return SpeedComparison(*told, test.p_value, test.rearrangements, is_exact, verdict)


def log_rank_scores(reached: Sequence[float]) -> NDArray[np.float64]:
    """The part of each run in observed minus expected; they sum to 0. Infinite: never reached."""
    places = np.asarray(reached, dtype=np.float64)
    events = np.unique(places[np.isfinite(places)])
    hazard = np.array([np.sum(places == event) / np.sum(places >= event) for event in events])
    expected = (hazard * (places[:, None] >= events)).sum(axis=1)
    found: NDArray[np.float64] = np.isfinite(places) - expected
    return found
