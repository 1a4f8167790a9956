import itertools
import math

import numpy as np
import pytest
from scipy.stats import brunnermunzel

from seedbed.statistics import StatisticsError, compare_ranks

# Brunner and Munzel (2000): pain scores under two treatments.
PAIN = (
    [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1],
    [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4],
)


def t_of_scipy(a: list[float], b: list[float]) -> float:
    with np.errstate(all="ignore"):
        return abs(float(brunnermunzel(a, b, distribution="normal").statistic))


def test_the_example_of_its_authors() -> None:
    # R: brunnermunzel.test: P(X<Y) + .5 P(X=Y) = 0.788961, t = 3.1375, p = 0.005786.
    found = compare_ranks(PAIN[1], PAIN[0])
    assert found.probability == pytest.approx(0.788961, abs=1e-6)
    assert 0.002 < found.p_value < 0.012 and not found.exact
    assert found.interval[0] > 0.5


def test_exact_p_is_the_share_of_all_deals() -> None:
    random = np.random.default_rng(0)
    for count_a, count_b in ((3, 4), (4, 4), (5, 3)):
        values = random.integers(0, 30, count_a + count_b).astype(float).tolist()
        seen, all_ = t_of_scipy(values[:count_a], values[count_a:]), []
        for chosen in itertools.combinations(range(len(values)), count_a):
            left = [value for place, value in enumerate(values) if place not in chosen]
            all_.append(t_of_scipy([values[place] for place in chosen], left))
        share = np.mean([one >= seen * (1 - 1e-9) for one in all_])
        assert compare_ranks(values[:count_a], values[count_a:]).p_value == pytest.approx(share)


@pytest.mark.parametrize("counts", [(5, 5), (8, 7), (12, 15)])
def test_the_interval_leaves_out_one_half_where_p_is_small(counts: tuple[int, int]) -> None:
    for values in np.random.default_rng(1).normal(np.repeat([0.0, 1.0], counts), 1.0, (60, sum(counts))):
        found = compare_ranks(values[: counts[0]], values[counts[0] :], resamples=999)
        if found.probability not in (0, 1):
            assert (found.p_value < 0.05) == (not found.interval[0] <= 0.5 <= found.interval[1])


def test_arms_that_do_not_overlap() -> None:
    found = compare_ranks(range(10, 20), range(10))
    assert found.probability == 1 and found.p_value < 0.001
    assert found.interval == pytest.approx((0.025**0.1, 1.0))
    assert compare_ranks(range(10), range(10, 20)).interval == pytest.approx((0.0, 1 - 0.025**0.1))


def test_one_collapsed_run_is_one_rank() -> None:
    b = [1.0, 1.05, 0.97, 1.02, 0.99, 1.01]
    assert compare_ranks([*b[:5], 88.65], b) == compare_ranks([*b[:5], 1.5], b)


def test_equal_runs_differ_in_nothing() -> None:
    found = compare_ranks([1.0, 1.0, 1.0], [1.0, 1.0])
    assert (found.probability, found.p_value) == (0.5, 1)
    assert math.isnan(found.interval[0])


def test_too_few_runs() -> None:
    found = compare_ranks([1.0], [0.5, 2.0])
    assert found.probability == 0.5 and math.isnan(found.p_value)
    assert math.isnan(compare_ranks([], [1.0]).probability)


def test_false_verdicts_where_spreads_differ() -> None:
    trials = 1000
    arms = np.random.default_rng(2).normal(0, [[1], [5]], (trials, 2, 10))
    share = np.mean([compare_ranks(*pair, resamples=399).p_value < 0.05 for pair in arms])
    assert share < 0.065 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="resamples"):
        compare_ranks([1.0, 2.0], [1.0, 2.0], resamples=0)
