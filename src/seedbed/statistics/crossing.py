"""Where the curves of two recipes cross."""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_curves
from seedbed.statistics.comparison import compare
from seedbed.statistics.verdict import Verdict, verdict_of_sides

_STEPS = 16


@dataclass(frozen=True)
class Crossing:
    """Where two mean curves cross.

    Attributes
    ----------
    estimate : float
        Where the mean curves of these seeds cross; the middle place if they do so several times, NaN if they do not.
    interval : (low, high)
        From the first to the last place of the axis at which the curves are not shown to differ. Infinite on a side
        where they are not shown to differ at the end of the axis; NaN where they differ everywhere.
    crossings : tuple of float
        Of the mean curves, all.
    between : (low, high)
        The places that the claim names.
    p_value : float
        For the hypothesis that the curves do not lie in one order at ``low`` and in the other at ``high``: the larger
        two-sided p of both, 1 if the order is the same.
    p_against : float
        For the hypothesis that they are equal somewhere between: the largest two-sided p there, 1 where their order
        changes.
    verdict : str
        ``supported``: they cross between; ``contradicted``: they do not; ``undecided``.

    p-values and interval are NaN where no test is possible.
    """

    estimate: float
    interval: tuple[float, float]
    crossings: tuple[float, ...]
    between: tuple[float, float]
    p_value: float
    p_against: float
    verdict: Verdict


def crossing(
    curves_a: ArrayLike,
    curves_b: ArrayLike,
    places: ArrayLike | None = None,
    between: tuple[float, float] | None = None,
    level: float = 0.05,
) -> Crossing:
    """Where do the mean curves of two recipes cross, and is it between two places?

    Between its points each seed's curve is straight. At a true crossing the true means are equal, so Welch's test there
    calls them different with the probability ``level``: the places where it does not are a set that holds the crossing
    with probability 1 - level, as Fieller's is for a ratio. ``interval`` reaches from its first to its last place, so
    it is no narrower.

    The curves cross between two places if they lie in one order at the first and in the other at the second; both have
    to be significant. They do not if they differ significantly, in one order, at every place between.

    Parameters
    ----------
    curves_a, curves_b : array, shape (seeds, points)
        Finite, at the same places.
    places : array, shape (points,), optional
        Epochs, say; 1, 2, … if left out.
    between : (low, high), optional
        On the axis, fixed before the runs are seen; the whole axis if left out.
    level : float
        Probability of a false verdict; the interval is at 1 - level.

    Raises
    ------
    StatisticsError
        A shape does not fit, places do not rise or ``between`` does not lie among them, a value is NaN or infinite, or
        the level is out of its range.

    References
    ----------
    Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16. Berger
    (1982), "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (all have to be significant).
    """
    check_level(level)
    (a, along), (b, _) = checked_curves("curves_a", curves_a, places), checked_curves("curves_b", curves_b, places)
    if a.shape[1] != b.shape[1]:
        raise StatisticsError(
            f"curves_a, curves_b: expected as many points, got shapes {a.shape} and {b.shape}."
        )  # fmt: skip
    low, high = between or (float(along[0]), float(along[-1]))
    if not along[0] <= low < high <= along[-1]:
        raise StatisticsError(
            f"between: expected two rising places from {along[0]:g} to {along[-1]:g}, got {low} and {high}."
        )

    def p_at(place: float) -> float:
        return compare(_at(a, along, place), _at(b, along, place)).p_value

    difference = a.mean(axis=0) - b.mean(axis=0) if len(a) and len(b) else np.full(len(along), math.nan)
    crossings = _zeros(difference, along)
    pieces = [np.linspace(start, end, _STEPS, endpoint=False) for start, end in itertools.pairwise(along)]
    # The mean curves cross within the set, however small it is.
    grid = sorted({*np.concatenate(pieces).tolist(), float(along[-1]), *crossings, low, high})
    p_values = {place: p_at(place) for place in grid}
    ends = np.interp([low, high], along, difference)
    p_ends = p_values[low], p_values[high]
    p_value = math.nan if math.isnan(sum(p_ends)) else max(p_ends) if ends[0] * ends[1] < 0 else 1.0
    inside = [p for place, p in p_values.items() if low <= place <= high]
    p_against = math.nan if math.isnan(sum(inside)) else max(inside)
    verdict = verdict_of_sides(p_value, p_against, level)
    estimate = crossings[len(crossings) // 2] if crossings else math.nan
    interval = _interval(p_at, p_values, level)
    return Crossing(estimate, interval, crossings, (low, high), p_value, p_against, verdict)


def _at(curves: NDArray[np.float64], along: NDArray[np.float64], place: float) -> NDArray[np.float64]:
    """Each seed's value at a place, shape (seeds,)."""
    left = min(max(int(np.searchsorted(along, place, side="right")) - 1, 0), len(along) - 2)
    part = (place - along[left]) / (along[left + 1] - along[left])
    found: NDArray[np.float64] = curves[:, left] * (1 - part) + curves[:, left + 1] * part
    return found


def _zeros(difference: NDArray[np.float64], along: NDArray[np.float64]) -> tuple[float, ...]:
    found = []
    for left in range(len(along) - 1):
        start, end = difference[left], difference[left + 1]
        if start * end < 0:
            found.append(float(along[left] + (along[left + 1] - along[left]) * start / (start - end)))
        elif start == 0 and left > 0 and difference[left - 1] * end < 0:
            found.append(float(along[left]))
    return tuple(found)


def _interval(p_at: Callable[[float], float], p_values: Mapping[float, float], level: float) -> tuple[float, float]:
    grid = list(p_values)
    same = [number for number, p in enumerate(p_values.values()) if p >= level]
    if not same:
        return math.nan, math.nan

    def edge(inside: float, outside: float) -> float:
        if math.isnan(p_values[outside]):
            return outside
        return float(brentq(lambda place: p_at(place) - level, inside, outside, xtol=1e-9))

    low = edge(grid[same[0]], grid[same[0] - 1]) if same[0] > 0 else -math.inf
    high = edge(grid[same[-1]], grid[same[-1] + 1]) if same[-1] < len(grid) - 1 else math.inf
    return low, high
