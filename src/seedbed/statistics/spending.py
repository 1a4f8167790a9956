"""How small p must be at each look, if one looks after every seed."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

FIRST_LOOK = 3
HALF_SPENT_AT = 20
_CELLS = 100


def spent(pairs: int, alpha: float) -> float:
    """Error probability that may have been used up after a number of seeds: α n / (n + 20).

    Half is spent at 20 seeds and the rest never quite, so there is no last look to be fixed beforehand.
    """
    return alpha * pairs / (pairs + HALF_SPENT_AT)


class Boundary:
    """The level of Student's one-sample t test at each number of seeds, such that the error spent is exactly ``spent``.

    Let r = S / √Q of the first n differences, S their sum and Q the sum of their squares: t = r √((n - 1) / (n - r²)).
    If the true difference is 0 and the next one is d, then y = d / √Q is independent of all r so far and distributed as
    t_n / √n (for Q is independent of the direction of the differences, Basu 1955), and r becomes (r + y) / √(1 + y²).
    So r is a Markov chain free of unknowns. Its distribution among the paths not yet decided is carried from look to
    look in cells; at each look the bound on abs(r) is the one beyond which lies the error to be spent there.

    References
    ----------
    Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", Biometrika 70 (spending). Armitage,
    McPherson, Rowe (1969), "Repeated significance tests on accumulating data", Journal of the Royal Statistical Society
    A 132 (recursion). Jennison and Turnbull (2000), "Group sequential methods with applications to clinical trials",
    chapters 7, 11 and 19.
    """

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._levels: list[float] = []
        self._bound = 0.0
        self._centres: NDArray[np.float64] = np.empty(0)
        self._chances: NDArray[np.float64] = np.empty(0)

    def level(self, pairs: int) -> float:
        """What p must be under after ``pairs`` seeds; 0 before the first look, at 3."""
        while FIRST_LOOK + len(self._levels) <= pairs:
            self._look(FIRST_LOOK + len(self._levels))
        return self._levels[pairs - FIRST_LOOK] if pairs >= FIRST_LOOK else 0.0

    def _look(self, pairs: int) -> None:
        to_spend = spent(pairs, self._alpha)
        if pairs == FIRST_LOOK:
            t = -float(stdtrit(pairs - 1, to_spend / 2))
            self._bound = t * math.sqrt(pairs / (pairs - 1 + t * t))
            edges = np.linspace(0, self._bound, _CELLS + 1)
            self._chances = 2 * np.diff(stdtr(pairs - 1, _t(edges, pairs)))
            level = to_spend
        else:
            before, centres, chances = pairs - 1, self._centres, self._chances
            to_spend -= spent(before, self._alpha)

            def excess(bound: float) -> float:
                return float(chances @ _beyond(np.full(len(centres), bound), centres, before)) - to_spend

            farthest = math.sqrt(self._bound**2 + 1)
            self._bound = float(brentq(excess, 0.0, farthest, xtol=1e-12))
            edges = np.linspace(0, self._bound, _CELLS + 1)
            beyond = _beyond(np.broadcast_to(edges, (_CELLS, _CELLS + 1)), centres[:, None], before)
            self._chances = chances @ (beyond[:, :-1] - beyond[:, 1:])
            level = 2 * float(stdtr(pairs - 1, -_t(np.array(self._bound), pairs)))
        self._centres = (edges[1:] + edges[:-1]) / 2
        self._levels.append(level)


@lru_cache(maxsize=64)
def boundary(alpha: float) -> Boundary:
    """Return the boundary of a level; it grows as it is asked and is kept."""
    return Boundary(alpha)


def _t(r: NDArray[np.float64], pairs: int) -> NDArray[np.float64]:
    return r * np.sqrt((pairs - 1) / (pairs - r * r))


def _beyond(edges: NDArray[np.float64], r: NDArray[np.float64], pairs: int) -> NDArray[np.float64]:
    """P(abs(next r) > edge | r) after ``pairs`` differences, by symmetry for r ≥ 0 on both sides."""
    return _above(edges, r, pairs) + _above(edges, -r, pairs)


def _above(edges: NDArray[np.float64], r: NDArray[np.float64], pairs: int) -> NDArray[np.float64]:
    """P(next r > edge | r), edge ≥ 0: the chance of all y with (r + y) / √(1 + y²) > edge."""
    r = np.broadcast_to(r, edges.shape)
    found = np.zeros(edges.shape)
    root = edges * np.sqrt(np.maximum(r * r + 1 - edges * edges, 0))
    # An edge over 1 is passed between two values of y, if at all and if r lies on its side.
    between = (edges > 1) & (root > 0) & (r > 0)
    e, q, s = edges[between], r[between], root[between]
    found[between] = _chance((q + s) / (e * e - 1), pairs) - _chance((q - s) / (e * e - 1), pairs)
    # An edge under 1 is passed by every y above one value, written so that nothing cancels.
    above = edges < 1
    e, q, s = edges[above], r[above], root[above]
    positive = q > 0
    start = np.where(positive, e * e - q * q, q - s) / np.where(positive, q + s, e * e - 1)
    found[above] = 1 - _chance(start, pairs)
    return found


def _chance(y: NDArray[np.float64], pairs: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = stdtr(pairs, y * math.sqrt(pairs))
    return found
