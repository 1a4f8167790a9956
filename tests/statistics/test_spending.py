"""The levels of looks after every seed, against integrals made in other ways."""

import math
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import stdtr, stdtrit

from seedbed.statistics.spending import Boundary, boundary, spent

CLAIMS = (1, 2, 5, 10, 50)


def bound_on_r(level: float, pairs: int) -> float:
    t = -float(stdtrit(pairs - 1, level / 2))
    return t * math.sqrt(pairs / (pairs - 1 + t * t))


def beyond(edge: float, r: float, pairs: int) -> float:
    """P(abs(r') > edge | r), forwards: y = d / √Q is distributed as t_n / √n, and r' = (r + y) / √(1 + y²).

    r' = ± edge where (1 - e²) y² + 2 r y + r² - e² = 0.
    """
    root = edge * edge * (r * r + 1 - edge * edge)
    if root <= 0:
        return 0.0
    ends = sorted((-r + sign * math.sqrt(root)) / (1 - edge * edge) for sign in (-1, 1))
    between = float(np.diff(stdtr(pairs, np.array(ends) * math.sqrt(pairs)))[0])
    return between if edge > 1 else 1 - between


@pytest.mark.parametrize("claims", CLAIMS)
def test_four_and_five_seeds_by_nested_quadrature(claims: int) -> None:
    alpha = 0.05 / claims
    bounds = {pairs: bound_on_r(boundary(alpha).level(pairs), pairs) for pairs in (3, 4, 5)}
    # Three differences: r is uniform (Archimedes). Where the fourth can decide, abs(r) is over √(edge² - 1).
    density, start = 1 / (2 * math.sqrt(3)), math.sqrt(bounds[4] ** 2 - 1)
    four = 2 * density * quad(lambda r: beyond(bounds[4], r, 3), start, bounds[3], epsabs=0, epsrel=1e-9)[0]
    assert four == pytest.approx(spent(4, alpha) - spent(3, alpha), rel=1e-6)

    def undecided_until_four(r: float) -> float:
        """Density of abs(r) after four differences that were decided neither at three nor at four."""

        def one(before: float) -> float:
            # Substituted so that the end of the range, where the density of r' is infinite, is smooth.
            r_before = math.sqrt(r * r - 1 + before * before) if r > 1 else before
            root = r * before if r > 1 else r * math.sqrt(r_before**2 + 1 - r * r)
            found = 0.0
            for sign in (-1, 1):
                for end in (-1, 1):
                    y = (-sign * r_before + end * root) / (1 - r * r)
                    on_this_side = (sign * r_before + y) > 0
                    slope = abs(1 - sign * r_before * y) * (1 + y * y) ** -1.5
                    if on_this_side and slope > 0:
                        found += 2 * (2 / math.pi) * (1 + y * y) ** -2 / slope
            return found * (before / r_before if r > 1 else 1) * density

        last = math.sqrt(bounds[3] ** 2 + 1 - r * r) if r > 1 else bounds[3]
        return float(quad(one, 0, last, epsabs=0, epsrel=1e-9, limit=200)[0])

    def five_from(r: float) -> float:
        return undecided_until_four(r) * beyond(bounds[5], r, 4)

    start = math.sqrt(bounds[5] ** 2 - 1)
    five = quad(five_from, start, bounds[4], epsabs=0, epsrel=1e-7)[0]
    assert five == pytest.approx(spent(5, alpha) - spent(4, alpha), rel=1e-5)


def spent_in_cells(alpha: float, most: int, cells: int) -> list[float]:
    """What the levels spend at each look after the first, by carrying the paths forwards in cells of asinh(t)."""

    def r_of(x: NDArray[np.float64], pairs: int) -> NDArray[np.float64]:
        t = np.sinh(x)
        return math.sqrt(pairs) * t / np.sqrt(pairs - 1 + t * t)

    def edges(pairs: int) -> NDArray[np.float64]:
        t = -float(stdtrit(pairs - 1, boundary(alpha).level(pairs) / 2))
        return np.linspace(-math.asinh(t), math.asinh(t), cells + 1)

    chances, found = np.diff(stdtr(2, np.sinh(edges(3)))), []
    for pairs in range(3, most):
        r = r_of((edges(pairs)[1:] + edges(pairs)[:-1]) / 2, pairs)[:, None]
        e = r_of(edges(pairs + 1), pairs + 1)
        root = np.abs(e) * np.sqrt(np.maximum(r * r + 1 - e * e, 0))
        first, second = sorted_pair((-r - root) / (1 - e * e), (-r + root) / (1 - e * e))
        low, high = (stdtr(pairs, end * math.sqrt(pairs)) for end in (first, second))
        # P(r' ≤ e | r): of the two roots, those with r + y on the side of e count.
        under = np.where(e < -1, np.where((root > 0) & (r < 0), high - low, 0), np.where(e < 0, low, high))
        under = np.where(e > 1, np.where((root > 0) & (r > 0), 1 - (high - low), 1), under)
        chances = chances @ np.diff(under, axis=1)
        found.append(1 - spent(3, alpha) - sum(found) - float(chances.sum()))
    return found


def sorted_pair(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.minimum(a, b), np.maximum(a, b)


@pytest.mark.parametrize(
    ("claims", "most", "error"),
    # What 300 cells are off by at most; it falls with their width.
    [*((claims, 10, 0.003) for claims in CLAIMS), (1, 60, 0.004), (50, 60, 0.012)],
)
def test_error_spent_by_every_look_in_cells(claims: int, most: int, error: float) -> None:
    alpha = 0.05 / claims
    found = spent(3, alpha) + np.cumsum(spent_in_cells(alpha, most, 300))
    assert found == pytest.approx([spent(pairs, alpha) for pairs in range(4, most + 1)], rel=error)


def crossed_by(alpha: float, looks: tuple[int, ...], trials: int, seed: int) -> NDArray[np.float64]:
    """Weight of each path where it first crosses, else 0, for every number of seeds; shape (looks, trials).

    Paths are drawn with an effect of N(0, 25) standard deviations, so that many cross, and each counts with the
    inverse of its likelihood ratio at the crossing, as Wald's identity has it: the mean is the probability to cross
    without an effect. The ratio of the t statistic under this mixture: Lai (1976).
    """
    random = np.random.default_rng(seed)
    sums, squares = np.zeros(trials), np.zeros(trials)
    effects, weights = random.normal(0, 5, trials), np.zeros(trials)
    open_, found = np.ones(trials, bool), []
    for n in range(1, max(looks) + 1):
        d = random.normal(size=trials) + effects
        sums, squares = sums + d, squares + d * d
        if n < 3:
            continue
        t2 = (n - 1) * sums**2 / (n * squares - sums**2)
        ratio = ((1 + t2 / (n - 1)) / (1 + t2 / (n - 1) / (1 + 25 * n))) ** (n / 2) / math.sqrt(1 + 25 * n)
        crosses = open_ & (2 * stdtr(n - 1, -np.sqrt(t2)) < boundary(alpha).level(n))
        weights[crosses], open_ = 1 / ratio[crosses], open_ & ~crosses
        if n in looks:
            found.append(weights.copy())
    return np.array(found)


@pytest.mark.parametrize("claims", CLAIMS)
def test_error_spent_by_each_look(claims: int) -> None:
    looks = (3, 4, 5, 10, 60)
    for pairs, weights in zip(looks, crossed_by(0.05 / claims, looks, 100_000, claims), strict=True):
        error = weights.std() / math.sqrt(len(weights))
        assert error < 0.05 * weights.mean()
        assert abs(weights.mean() - spent(pairs, 0.05 / claims)) < 4 * error


@pytest.mark.parametrize("claims", [*CLAIMS, 1000])
def test_the_error_of_the_integrals_is_bounded(claims: int) -> None:
    levels = boundary(0.05 / claims)
    assert levels.error(3) == 0
    assert max(levels.error(pairs) for pairs in range(3, 61)) < 1e-7


def test_known_levels() -> None:
    # With 96 nodes.
    for claims, known in ((1, (0.0029042426, 0.0026058052, 0.0030230570, 0.0026850585)),
                          (50, (4.1850558e-5, 3.8189402e-5, 3.9202214e-5, 2.7540439e-5))):  # fmt: skip
        levels = [boundary(0.05 / claims).level(pairs) for pairs in (4, 5, 10, 60)]
        assert levels == pytest.approx(known, rel=1e-7)


def test_no_level_before_the_first_look() -> None:
    assert (boundary(0.05).level(2), boundary(0.05).error(2)) == (0, 0)
    assert boundary(0.05).level(3) == pytest.approx(0.05 * 3 / 23)


def test_levels_are_quick() -> None:
    start = time.process_time()
    Boundary(0.0123).level(60)
    assert time.process_time() - start < 3


def test_hundreds_of_seeds() -> None:
    levels = [boundary(0.05).level(pairs) for pairs in (60, 100, 150)]
    assert levels == sorted(levels, reverse=True)
    assert boundary(0.05).error(150) < 1e-6
