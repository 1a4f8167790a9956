import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, compare, compare_pairs, compare_seeds, seed_correlation

SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def test_known_values_of_the_sleep_data() -> None:
    # R: t.test(extra ~ group, data = sleep, paired = TRUE): t = -4.0621, df = 9, p = 0.002833, -2.4598858 … -0.7001142;
    # cor.test(alternative = "greater"): r = 0.7951702.
    found = compare_pairs(*SLEEP)
    assert found.difference / found.standard_error == pytest.approx(-4.0621, abs=1e-4)
    assert found.p_value == pytest.approx(0.002833, abs=1e-6)
    assert found.interval == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    assert seed_correlation(*SLEEP).coefficient == pytest.approx(0.7951702, abs=1e-7)


def seeds(values: np.ndarray, first: int = 0) -> dict[int, float]:
    return dict(enumerate(values.tolist(), first))


def test_pairs_where_seeds_correlate_and_not_where_they_do_not() -> None:
    random = np.random.default_rng(0)
    luck, a, b = random.normal(size=(3, 20))
    with_luck = compare_seeds(seeds(luck + 0.1 * a), seeds(luck + 0.1 * b + 0.2))
    assert with_luck.method == "paired"
    assert with_luck.comparison == compare_pairs(luck + 0.1 * a, luck + 0.1 * b + 0.2)
    without = compare_seeds(seeds(a), seeds(b))
    assert (without.method, without.comparison) == ("welch", compare(a, b))
    assert without.correlation.seeds == 20


def test_correlation_is_of_the_common_seeds_and_welch_of_all() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 8))
    found = compare_seeds(seeds(a), seeds(b, first=3))
    assert found.correlation == seed_correlation(a[3:], b[:5])
    assert found.comparison == compare(a, b)


@pytest.mark.parametrize(("a", "b"), [([1.0, 2.0], [2.0, 3.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), ([], [])])
def test_too_little_to_correlate(a: list[float], b: list[float]) -> None:
    assert math.isnan(seed_correlation(a, b).coefficient)
    assert compare_seeds(dict(enumerate(a)), dict(enumerate(b))).method == "welch"


def test_same_luck_to_the_last_digit_is_not_certainty() -> None:
    # All differences are 0.1 but for rounding.
    a, b = [1.1, 0.6, 0.9, 1.3], [1.0, 0.5, 0.8, 1.2]
    assert math.isnan(compare_pairs(a, b).p_value)
    found = compare_seeds(dict(enumerate(a)), dict(enumerate(b)))
    assert found.method == "welch" and found.comparison.p_value > 0.05


def test_few_seeds_on_a_line_are_not_paired() -> None:
    a, b = {0: 13.61, 1: 13.33, 2: 13.61}, {0: 13.61, 1: 11.39, 2: 13.61}
    found = compare_seeds(a, b)
    assert found.method == "welch"
    assert (found.correlation.coefficient, found.correlation.p_value) == pytest.approx((1, 1 / 3))
    line = [float(seed) for seed in range(7)]
    assert seed_correlation(line, line).p_value == pytest.approx(1 / 5040)


@pytest.mark.parametrize(("count", "correlation"), [(5, 0.0), (5, 0.9), (10, 0.0), (10, 0.6), (20, 0.4)])
def test_false_verdicts_with_the_rule_stay_at_the_level(count: int, correlation: float) -> None:
    trials, random = 2000, np.random.default_rng(count)
    arms = random.multivariate_normal([1, 1], [[1, correlation], [correlation, 1]], size=(trials, count))
    share = np.mean([compare_seeds(seeds(arm[:, 0]), seeds(arm[:, 1])).comparison.p_value < 0.05 for arm in arms])
    assert share < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_different_lengths_are_refused() -> None:
    with pytest.raises(StatisticsError, match="got 1 and 2"):
        compare_pairs([1.0], [1.0, 2.0])
