import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from seedbed.statistics import StatisticsError, compare, compare_trimmed


@pytest.mark.parametrize("trim", [0.1, 0.2, 0.3])
def test_p_is_that_of_scipy_for_even_numbers(trim: float) -> None:
    random = np.random.default_rng(0)
    for count in (5, 10, 23):
        a, b = random.standard_t(3, (2, count))
        known = ttest_ind(a, b + 0.5, equal_var=False, trim=trim)
        found = compare_trimmed(a, b + 0.5, trim)
        assert found.p_value == pytest.approx(known.pvalue, rel=1e-9)
        assert found.degrees_of_freedom == pytest.approx(known.df, rel=1e-9)


def test_without_trimming_it_is_welch() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 4))
    assert compare_trimmed(a, b).p_value == pytest.approx(compare(a, b).p_value, rel=1e-12)
    assert compare_trimmed(a, b, trim=0).interval == pytest.approx(compare(a, b).interval)


def test_one_collapsed_run_decides_nothing() -> None:
    a = [1.0, 1.05, 0.97, 1.02, 0.99, 1.01, 1.03, 0.98, 1.0, 88.65]
    b = [0.8, 0.85, 0.77, 0.82, 0.79, 0.81, 0.83, 0.78, 0.8, 0.82]
    assert compare(a, b).p_value > 0.3
    found = compare_trimmed(a, b)
    assert found.p_value < 1e-6 and 0.15 < found.interval[0] < 0.2 < found.interval[1] < 0.25


def test_false_verdicts_with_strange_runs_in_both_arms() -> None:
    random, trials = np.random.default_rng(2), 3000
    arms = random.normal(1, 0.06, (trials, 2, 10)) + 0.5 * (random.random((trials, 2, 10)) < 0.1)
    share = np.mean([compare_trimmed(*pair).p_value < 0.05 for pair in arms])
    assert share < 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_no_test_without_spread_or_runs() -> None:
    assert math.isnan(compare_trimmed([1, 2, 2, 2, 3], [2, 2, 2, 2, 2]).p_value)
    assert math.isnan(compare_trimmed([], [1.0, 2.0]).difference)


@pytest.mark.parametrize("trim", [-0.1, 0.5, math.nan])
def test_refusals(trim: float) -> None:
    with pytest.raises(StatisticsError, match="trim"):
        compare_trimmed([1.0, 2.0], [1.0, 2.0], trim)
