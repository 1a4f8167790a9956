"""Whether a verdict hangs on one run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.statistics.checks import check_level, checked_errors
from seedbed.statistics.comparison import Comparison, compare
from seedbed.statistics.verdict import Verdict, verdict_of

Test = Callable[[Sequence[float], Sequence[float]], Comparison]


@dataclass(frozen=True)
class WithoutRun:
    """The comparison with one run left out.

    Attributes
    ----------
    arm : str
        ``a`` or ``b``.
    place : int
        Of the run in its arm, from 0.
    error : float
        Of the run.
    difference, p_value : float
        Without it.
    verdict : str
        Without it.
    """

    arm: Literal["a", "b"]
    place: int
    error: float
    difference: float
    p_value: float
    verdict: Verdict


@dataclass(frozen=True)
class Influence:
    """A verdict, and what becomes of it without each single run.

    Attributes
    ----------
    verdict : str
        Of all runs.
    without : tuple of WithoutRun
        One for each run of both arms.
    """

    verdict: Verdict
    without: tuple[WithoutRun, ...]

    @property
    def turned_by(self) -> tuple[WithoutRun, ...]:
        """The runs without which the verdict is another one, the smallest change of p last."""
        turning = [one for one in self.without if one.verdict != self.verdict]
        # A verdict is lost by a large p and won by a small one; without a test (NaN) it is lost altogether.
        sign = 1 if self.verdict == "undecided" else -1
        return tuple(sorted(turning, key=lambda one: sign * (2.0 if math.isnan(one.p_value) else one.p_value)))

    @property
    def hangs_on_one_run(self) -> bool:
        return bool(self.turned_by)


def influence(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    level: float = 0.05,
    test: Test = compare,
) -> Influence:
    """Leave out each run of both arms in turn, and test again.

    A verdict that one run makes or prevents is told with it. It says nothing of how probable the verdict is: a p just
    under the level turns with almost any run left out, for fewer runs show less.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    level : float
        What p has to be under for a verdict; divided by their number where several claims are made.
    test : function of two arms
        `compare`, `compare_trimmed`, or another that returns a Comparison.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, or the level is out of its range.
    """
    check_level(level)
    arms = checked_errors("errors_a", errors_a), checked_errors("errors_b", errors_b)
    whole = test(*arms)
    without = []
    for arm, name in enumerate(("a", "b")):
        for place, error in enumerate(arms[arm]):
            left = list(arms)
            left[arm] = arms[arm][:place] + arms[arm][place + 1 :]
            found = test(*left)
            verdict = verdict_of(found.difference, found.p_value, level)
            without.append(
                WithoutRun("a" if name == "a" else "b", place, error, found.difference, found.p_value, verdict)
            )
    return Influence(verdict_of(whole.difference, whole.p_value, level), tuple(without))
