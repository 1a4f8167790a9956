"""Whether a value rises or falls over the epochs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_curves
from seedbed.statistics.comparison import compare_pairs
from seedbed.statistics.verdict import Verdict, verdict_of


@dataclass(frozen=True)
class Trend:
    """How a value changes along an axis, over seeds.

    Attributes
    ----------
    slope : float
        Mean over the seeds, in units of the value per unit of the axis.
    interval : (low, high)
    p_value : float
        Two-sided, for the hypothesis that the mean slope is 0.
    verdict : str
        ``supported``: it rises; ``contradicted``: it falls; ``undecided``.
    slopes : tuple of float
        Of each seed.

    Interval and p are NaN for fewer than 2 seeds or slopes without spread.
    """

    slope: float
    interval: tuple[float, float]
    p_value: float
    verdict: Verdict
    slopes: tuple[float, ...]


def slopes(curves: ArrayLike, places: ArrayLike | None = None) -> NDArray[np.float64]:
    """Least squares slope of each seed's curve.

    To ask whether one arm changes less than another, give both arms' slopes to `compare`; whether an arm stays as it
    is, to `equivalence_to`.

    Parameters
    ----------
    curves : array, shape (seeds, points)
        Finite.
    places : array, shape (points,), optional
        Where the points lie: epochs, say; 1, 2, … if left out.

    Returns
    -------
    float64 array, shape (seeds,)

    Raises
    ------
    StatisticsError
        A shape does not fit, places do not rise, or a value is NaN or infinite.
    """
    values, along = checked_curves("curves", curves, places)
    if not np.isfinite(values).all():
        raise StatisticsError("curves: expected finite numbers. Leave out the seeds that diverged and say how many.")
    centred = along - along.mean()
    found: NDArray[np.float64] = values @ centred / (centred @ centred)
    return found


def trend(curves: ArrayLike, places: ArrayLike | None = None, level: float = 0.05) -> Trend:
    """Does a value rise or fall over the epochs? Student's test of the seeds' slopes.

    The points of one curve depend on each other, seeds do not. So each seed counts as one number, its least squares
    slope, and the n slopes are tested against 0 with n - 1 degrees of freedom (summary measures). A curve need not be
    straight: the slope is its average change.

    Parameters
    ----------
    curves, places
        As `slopes`.
    level : float
        What p has to be under; the interval is at 1 - level.

    Raises
    ------
    StatisticsError
        As `slopes`, or the level is out of its range.

    References
    ----------
    Matthews, Altman, Campbell, Royston (1990), "Analysis of serial measurements in medical research", BMJ 300.
    """
    check_level(level)
    each = slopes(curves, places)
    found = compare_pairs(each, np.zeros(len(each)), 1 - level)
    verdict = verdict_of(found.difference, found.p_value, level)
    return Trend(found.difference, found.interval, found.p_value, verdict, tuple(each.tolist()))
