"""False verdicts of `compare` with uneven numbers of runs, calculated and not simulated."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import roots_jacobi, stdtr, stdtrit

from seedbed.statistics import Summary, compare, compare_summaries
from seedbed.statistics.welch import WelchDistribution

SPREADS = (0.2, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)


def false_verdicts(count_a: int, count_b: int, spread: float, level: float = 0.05) -> float:
    """Probability that normal errors of equal mean, with standard deviations ``spread`` and 1, get a verdict.

    Let Q = f s² / σ² of both arms. Their sum W is independent of B = Q_a / W, which is Beta(f_a / 2, f_b / 2), and t
    exceeds its bound where a Student's t of f_a + f_b exceeds a number that B alone settles: one integral over B.
    """
    free_a, free_b = count_a - 1, count_b - 1
    places, weights = roots_jacobi(40, free_b / 2 - 1, free_a / 2 - 1)
    found = 0.0
    for b, weight in zip((1 + places) / 2, weights / weights.sum(), strict=True):
        stds = spread * math.sqrt(b / free_a), math.sqrt((1 - b) / free_b)
        interval = compare_summaries(Summary(0, stds[0], count_a), Summary(0, stds[1], count_b), 1 - level).interval
        true = math.sqrt((spread**2 / count_a + 1 / count_b) / (free_a + free_b))
        found += 2 * weight * float(stdtr(free_a + free_b, -interval[1] / true))
    return found


def test_the_integral_gives_what_is_known() -> None:
    # All of the luck in one arm: Student's t, which is exact.
    assert false_verdicts(6, 6, 1e6) == pytest.approx(0.05, abs=1e-4)
    arms = np.random.default_rng(0).normal(0, np.repeat([2.0, 1.0], [3, 10]), (4000, 13))
    simulated = np.mean([compare(arm[:3], arm[3:]).p_value < 0.05 for arm in arms])
    assert abs(false_verdicts(3, 10, 2.0) - simulated) < 4 * math.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize(("counts", "most"), [((3, 4), 5.3), ((3, 5), 5.2), ((5, 6), 5.1), ((10, 11), 5.1)])
def test_nearly_even_numbers_err_no_more_than_even_ones(counts: tuple[int, int], most: float) -> None:
    rates = [100 * false_verdicts(*counts, spread) for spread in SPREADS]
    assert max(rates) < most
    assert max(rates) < max(100 * false_verdicts(counts[0], counts[0], spread) for spread in SPREADS)


@pytest.mark.parametrize("counts", [(3, 10), (3, 20), (4, 10), (5, 10), (5, 20), (10, 20), (10, 60)])
def test_uneven_numbers_keep_the_level(counts: tuple[int, int]) -> None:
    # The most is 5.08% and 1.04%; Student's t with Satterthwaite's degrees of freedom errs in up to 7.5% and 3.2%.
    assert max(false_verdicts(*counts, spread) for spread in SPREADS) < 0.051
    assert max(false_verdicts(*counts, spread, 0.01) for spread in SPREADS) < 0.0105


def test_even_numbers_are_left_to_welch() -> None:
    for share_a, share_b, count in ((1.0, 1.0, 3), (0.3, 2.0, 7), (0.0, 1.0, 4)):
        freedom = (share_a + share_b) ** 2 / ((share_a**2 + share_b**2) / (count - 1))
        chance = WelchDistribution.of(share_a, count, share_b, count)
        assert chance.quantile(0.975) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-14)
        assert chance.above(2.5) == pytest.approx(stdtr(freedom, -2.5), rel=1e-14)


def test_one_more_run_hardly_changes_the_quantile() -> None:
    even, more = (WelchDistribution.of(1.0, 10, 1.0, count).quantile(0.975) for count in (10, 11))
    assert abs(more - even) < 0.02 * even


@pytest.mark.parametrize("counts", [(2, 3), (3, 4), (3, 20), (10, 11), (2, 60)])
def test_the_interval_leaves_out_zero_where_p_is_small(counts: tuple[int, int]) -> None:
    for values in uneven(counts):
        found = compare(values[: counts[0]], values[counts[0] :])
        assert (found.p_value < 0.05) == (not found.interval[0] <= 0 <= found.interval[1])


@pytest.mark.parametrize("share", [0.0, 1e-300, 1e-12, 0.5, 1 - 1e-12, 1.0])
def test_quantile_and_tail_belong_together(share: float) -> None:
    chance = WelchDistribution.of(share, 3, 1 - share, 20)
    for probability in (0.6, 0.975, 0.999999):
        assert chance.above(chance.quantile(probability)) == pytest.approx(1 - probability, rel=1e-6)


def uneven(counts: tuple[int, int]) -> NDArray[np.float64]:
    random = np.random.default_rng(sum(counts))
    return random.normal(np.repeat([0.0, 1.0], counts), np.repeat([0.5, 1.0], counts), (200, sum(counts)))
