"""Where the curves of two recipes cross."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import Verdict, check_level, checked_curves
from seedbed.statistics.comparison import compare

_STEPS = 16


@dataclass(frozen=True)
class Crossing:
    """Where two mean curves cross.

    Attributes
    ----------
    estimate : float
        Where the mean curves of these seeds cross; the middle place if they do so several times, NaN if they do not.
    interval : (low, high)
        From the first to the last place at which the curves are not shown to differ. Infinite on a side where they are
        not shown to differ at the end of the axis; NaN where they differ everywhere, or where no test is possible.
    p_value : float
        For the hypothesis that the curves do not lie in one order at the first place and in the other at the last: the
        larger p of both ends, 1 if the order is the same.
    crossings : tuple of float
        Of the mean curves, all.
    level : float
        Of the test.
    """

    estimate: float
    interval: tuple[float, float]
    p_value: float
    crossings: tuple[float, ...]
    level: float

    def lies_between(self, low: float, high: float) -> Verdict:
        """Whether they cross between two places: ``supported`` where they are shown to cross and the interval lies
        there, ``contradicted`` where the interval lies elsewhere or the curves differ in one order everywhere."""
        start, end = self.interval
        if math.isnan(start):
            return "undecided" if math.isnan(self.p_value) or self.p_value < 1 else "contradicted"
        if self.p_value < self.level and low <= start and end <= high:
            return "supported"
        return "contradicted" if end < low or start > high else "undecided"


def crossing(
    curves_a: ArrayLike, curves_b: ArrayLike, places: ArrayLike | None = None, level: float = 0.05
) -> Crossing:
    """At which place do the mean curves of two recipes cross?

    Between its points each seed's curve is straight. At a true crossing the true means are equal, so Welch's test there
    calls them different with the probability ``level``: the places where it does not are a set that holds the crossing
    with probability 1 - level, as Fieller's is for a ratio. ``interval`` reaches from its first to its last place, so
    it is no narrower.

    Parameters
    ----------
    curves_a, curves_b : array, shape (seeds, points)
        Finite, at the same places.
    places : array, shape (points,), optional
        Epochs, say; 1, 2, … if left out.
    level : float
        The interval is at 1 - level.

    Raises
    ------
    StatisticsError
        A shape does not fit, places do not rise, a value is NaN or infinite, or the level is out of its range.

    References
    ----------
    Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16. Berger
    (1982), "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (p of both ends).
    """
    check_level(level)
    (a, along), (b, _) = checked_curves("curves_a", curves_a, places), checked_curves("curves_b", curves_b, places)
    if a.shape[1] != b.shape[1]:
        raise StatisticsError(
            f"curves_a, curves_b: expected as many points, got shapes {a.shape} and {b.shape}."
        )  # fmt: skip

    def p_at(place: float) -> float:
        return compare(_at(a, along, place), _at(b, along, place)).p_value

    difference = a.mean(axis=0) - b.mean(axis=0) if len(a) and len(b) else np.full(len(along), math.nan)
    first, last = (p_at(float(end)) for end in (along[0], along[-1]))
    is_turned = difference[0] * difference[-1] < 0
    p_value = math.nan if math.isnan(first + last) else max(first, last) if is_turned else 1.0
    crossings = _zeros(difference, along)
    estimate = crossings[len(crossings) // 2] if crossings else math.nan
    return Crossing(estimate, _interval(p_at, along, crossings, level), p_value, crossings, level)


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


def _interval(
    p_at: Callable[[float], float], along: NDArray[np.float64], crossings: tuple[float, ...], level: float
) -> tuple[float, float]:
    pieces = [np.linspace(start, end, _STEPS, endpoint=False) for start, end in itertools.pairwise(along)]
    # The mean curves cross within the set, however small it is.
    grid = sorted({*np.concatenate(pieces).tolist(), float(along[-1]), *crossings})
    p_values = [p_at(place) for place in grid]
    same = [place for place, p in enumerate(p_values) if p >= level]
    if not same:
        return math.nan, math.nan

    def edge(inside: int, outside: int) -> float:
        if math.isnan(p_values[outside]):
            return float(grid[outside])
        return float(brentq(lambda place: p_at(place) - level, grid[inside], grid[outside], xtol=1e-9))

    low = edge(same[0], same[0] - 1) if same[0] > 0 else -math.inf
    high = edge(same[-1], same[-1] + 1) if same[-1] < len(grid) - 1 else math.inf
    return low, high
