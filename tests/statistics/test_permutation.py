import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, permutation_test


def test_three_against_three_apart() -> None:
    # Of the 20 ways to deal, the one seen and its mirror image are the farthest apart.
    found = permutation_test([1.0, 1.1, 1.3], [0.5, 0.6, 0.7])
    assert (found.p_value, found.rearrangements, found.exact) == (0.1, 20, True)


def test_paired_signs_by_hand() -> None:
    # Differences 3, 2, -1: sums 6 4 2 0 and their mirrors; |sum| ≥ 4 for four of the eight.
    found = permutation_test([4.0, 4.0, 1.0], [1.0, 2.0, 2.0], paired=True)
    assert (found.p_value, found.rearrangements, found.exact) == (0.5, 8, True)


def test_darwins_plants() -> None:
    # Fisher (1935), section 21: of 2^15 sign patterns, 1726 have a sum as far from 0 as the 314 seen.
    differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    found = permutation_test([float(d) for d in differences], [0.0] * 15, paired=True, resamples=40_000)
    assert not found.exact
    assert abs(found.p_value - 1726 / 2**15) < 4 * math.sqrt(0.0527 * 0.9473 / 40_000)


def test_sample_agrees_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(0.4, 1, 7), random.normal(0, 1, 8)
    exact = permutation_test(a, b)
    monkeypatch.setattr("seedbed.statistics.permutation._MOST_EXACT", 0)
    sampled = permutation_test(a, b, seed=1)
    assert exact.exact and not sampled.exact
    assert abs(sampled.p_value - exact.p_value) < 4 * math.sqrt(exact.p_value * (1 - exact.p_value) / 9999)
    assert permutation_test(a, b, seed=1) == sampled != permutation_test(a, b, seed=2)


def test_sampled_p_is_never_zero() -> None:
    assert permutation_test(np.arange(20.0), np.arange(100.0, 120.0), resamples=99).p_value == 0.01


@pytest.mark.parametrize("values", [[0.8, 0.8, 0.8], [99.99, 99.99]])
def test_equal_values_differ_in_no_rearrangement(values: list[float]) -> None:
    assert permutation_test(values, values).p_value == 1


def test_groups_without_spread_are_as_rare_as_they_are() -> None:
    assert permutation_test([0.8, 0.8], [0.9, 0.9]).p_value == pytest.approx(2 / 6)


def test_one_run_allows_no_test() -> None:
    assert math.isnan(permutation_test([1.0], [2.0, 3.0]).p_value)


def test_units_and_offset_do_not_matter() -> None:
    a, b = [1.02, 0.98, 1.1, 1.05], [0.95, 0.99, 0.97, 0.91]
    once = permutation_test(a, b)
    assert permutation_test([1e-8 * x + 1e-6 for x in a], [1e-8 * x + 1e-6 for x in b]).p_value == once.p_value
    assert permutation_test([x + 1e4 for x in a], [x + 1e4 for x in b]).p_value == once.p_value


def test_false_verdicts_stay_at_the_level() -> None:
    arms = np.random.default_rng(2).binomial(10_000, 0.01, (800, 2, 5)) / 100
    share = np.mean([permutation_test(a, b).p_value <= 0.05 for a, b in arms])
    assert share < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 800)


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="at least 1"):
        permutation_test([1.0, 2.0], [1.0, 2.0], resamples=0)
    with pytest.raises(StatisticsError, match="got 2 and 3"):
        permutation_test([1.0, 2.0], [1.0, 2.0, 3.0], paired=True)
