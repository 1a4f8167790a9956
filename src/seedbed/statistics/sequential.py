"""Adding seeds until a difference is decided, without paying for the looks in false verdicts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import whole_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level, checked_pairs
from seedbed.statistics.comparison import compare_pairs
from seedbed.statistics.spending import FIRST_LOOK, boundary
from seedbed.statistics.verdict import Verdict, verdict_of


@dataclass(frozen=True)
class Decision:
    """What is known after the seeds so far.

    Attributes
    ----------
    verdict : str
        ``supported``: the mean of a is higher; ``contradicted``: it is lower; ``undecided``: more seeds are needed.
    seeds : int
        At which the verdict fell; all that both arms have if it is undecided.
    difference : float
        mean(a) - mean(b) over these seeds.
    interval : (low, high)
        Covers the true difference at all looks together, so also at the one where it stops; leaves 0 out if and only
        if there is a verdict. Infinite before the first look, at 3 seeds, and where no test is possible.
    p_value : float
        Of Student's test of the differences by seed at this look alone; NaN where no test is possible.
    level : float
        What this p had to be under at this look.
    dropped : int
        Seeds left out because an arm has no error (NaN: diverged).
    """

    verdict: Verdict
    seeds: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    level: float
    dropped: int


class SequentialComparison:
    """A test that may be looked at after every seed and stopped whenever one likes.

    After each seed from the third on, Student's t test of the differences by seed is made at a level so small that
    the probability of *any* false verdict up to n seeds is α n / (n + 20), for ever under α. The levels follow from the
    distribution of the t statistics of all looks together, for normal differences of unknown variance; the error of the
    integrals is bounded (`Boundary.error`). There is no last look: go on later with more seeds, and what was found
    stays.

    The differences are taken by seed whether or not seeds correlate: one sample of differences has an exact sequential
    theory for arms of any two variances, two samples have not; it costs about one seed.

    Parameters
    ----------
    alpha : float
        Probability of a false verdict on any of the claims.
    claims : int
        Decided together; each gets alpha / claims (Bonferroni).

    Raises
    ------
    StatisticsError
        alpha or claims are out of their range.

    References
    ----------
    Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", Biometrika 70. Jennison and Turnbull
    (1989), "Interim analyses: the repeated confidence interval approach", Journal of the Royal Statistical Society
    B 51.
    """

    def __init__(self, alpha: float = 0.05, claims: int = 1) -> None:
        check_level(alpha, "alpha")
        claims = whole_number("claims", claims, 1, error=StatisticsError)
        self._boundary = boundary(alpha / claims)

    def decide(
        self,
        errors_a: Sequence[float] | NDArray[np.floating],
        errors_b: Sequence[float] | NDArray[np.floating],
    ) -> Decision:
        """Look after every seed, from the first to the last given, and stop at the first verdict.

        So the answer is the same whether one looked in between or not, and later seeds do not take a verdict back.

        Parameters
        ----------
        errors_a, errors_b : sequence of float, n numbers
            In the order in which the seeds were run; the same place in both is the same seed. A NaN in either leaves
            its seed out.

        Raises
        ------
        StatisticsError
            The groups differ in length, or a value is infinite.
        """
        if len(errors_a) != len(errors_b):
            checked_pairs(np.zeros(len(errors_a)), np.zeros(len(errors_b)))
        told = [(a, b) for a, b in zip(errors_a, errors_b, strict=True) if not (math.isnan(a) or math.isnan(b))]
        a, b = checked_pairs([one for one, _ in told], [other for _, other in told])
        dropped = len(errors_a) - len(a)
        for seeds in range(FIRST_LOOK, len(a)):
            decision = self._look(a[:seeds], b[:seeds], dropped)
            if decision.verdict != "undecided":
                return decision
        return self._look(a, b, dropped)

    def _look(self, a: list[float], b: list[float], dropped: int) -> Decision:
        level = self._boundary.level(len(a))
        found = compare_pairs(a, b, 1 - level) if level else compare_pairs(a, b)
        interval = found.interval
        if not level or math.isnan(found.p_value):
            interval = -math.inf, math.inf
        verdict = verdict_of(found.difference, found.p_value, level)
        return Decision(verdict, len(a), found.difference, interval, found.p_value, level, dropped)
