"""Whether one of several recipes is the best."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level
from seedbed.statistics.comparison import compare
from seedbed.statistics.verdict import Verdict, verdict_of_sides


@dataclass(frozen=True)
class Rival:
    """The recipe said to be the best against one other.

    Attributes
    ----------
    name : str
    difference : float
        Mean error of the claimed best minus that of this one: under 0 if the claimed one is better.
    interval : (low, high)
        At 1 - level / (number of rivals), so that all of them hold together at 1 - level.
    p_value : float
        One-sided, for the hypothesis that the claimed one is no better than this; NaN where `compare` makes no test.
    """

    name: str
    difference: float
    interval: tuple[float, float]
    p_value: float


@dataclass(frozen=True)
class BestTest:
    """One of several recipes against all others.

    Attributes
    ----------
    claimed : str
    rivals : tuple of Rival
        In the order given.
    p_value : float
        For the hypothesis that it is not the best: the largest of the rivals' p-values; NaN if one of them is.
    p_against : float
        For the hypothesis that no other is better: the smallest of the p-values of the other side, times the number of
        rivals; NaN where no test could be made.
    verdict : str
        ``supported``: its mean error is shown to be under all others; ``contradicted``: another's is shown to be
        lower; ``undecided``.
    candidates : tuple of str
        Of all recipes, those not shown to be worse than another: the best is among them with probability 1 - level.
    """

    claimed: str
    rivals: tuple[Rival, ...]
    p_value: float
    p_against: float
    verdict: Verdict
    candidates: tuple[str, ...]


def best_of(
    errors: Mapping[str, Sequence[float] | NDArray[np.floating]], claimed: str, level: float = 0.05
) -> BestTest:
    """Is this recipe's mean error the lowest of all?

    To be the best is to be better than each other one, so each of these one-sided Welch tests is made at the full level
    and all have to be significant (intersection-union): no correction is due. That another is better is shown if any of
    the k - 1 tests of the other side is significant at level / (k - 1) (Bonferroni). ``candidates`` does the latter for
    every recipe in turn: it is what Hsu's multiple comparisons with the best give, but for spreads and numbers of runs
    that may differ.

    Settings that were chosen as the best by the same runs look better than they are: choose on a validation set.

    Parameters
    ----------
    errors : mapping of name to errors of the runs
        Two recipes or more.
    claimed : str
        One of the names.
    level : float
        Probability of a false verdict; under 0.5.

    Raises
    ------
    StatisticsError
        There are fewer than two recipes, ``claimed`` is none of them, a value is NaN or infinite, or the level is out
        of its range.

    References
    ----------
    Berger (1982), "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (intersection-union).
    Hsu (1984), "Constrained simultaneous confidence intervals for multiple comparisons with the best", Annals of
    Statistics 12.
    """
    check_level(2 * level, "2 · level")
    if len(errors) < 2 or claimed not in errors:
        raise StatisticsError(
            f"best_of: expected two recipes or more and one of their names, got {claimed!r} of {sorted(errors)}."
        )
    others = [name for name in errors if name != claimed]
    share = level / len(others)
    rivals = []
    for name in others:
        found = compare(errors[claimed], errors[name], 1 - share)
        p_value = _one_sided(found.difference, found.p_value)
        rivals.append(Rival(name, found.difference, found.interval, p_value))
    p_values = [rival.p_value for rival in rivals]
    p_value = math.nan if any(map(math.isnan, p_values)) else max(p_values)
    p_against = _any_better(errors, claimed)
    verdict = verdict_of_sides(p_value, p_against, level)
    candidates = tuple(name for name in errors if not _any_better(errors, name) < level)
    return BestTest(claimed, tuple(rivals), p_value, p_against, verdict, candidates)


def _any_better(errors: Mapping[str, Sequence[float] | NDArray[np.floating]], name: str) -> float:
    """Bonferroni's p for the hypothesis that no other recipe errs less; NaN without any test."""
    found = [compare(errors[other], errors[name]) for other in errors if other != name]
    p_values = [_one_sided(one.difference, one.p_value) for one in found]
    made = [p for p in p_values if not math.isnan(p)]
    return min(1.0, min(made) * len(p_values)) if made else math.nan


def _one_sided(difference: float, p_value: float) -> float:
    """For a difference under 0, from the two-sided p."""
    return p_value / 2 if difference < 0 else 1 - p_value / 2
