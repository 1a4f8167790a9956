import math

import numpy as np
import pytest
from scipy.stats import fisher_exact

from seedbed.statistics import StatisticsError, compare_failures


def test_the_lady_tasting_tea() -> None:
    # Fisher (1935): three of four cups right, p = 34 / 70 two-sided.
    found = compare_failures(3, 4, 1, 4)
    assert found.p_value == pytest.approx(34 / 70)
    assert (found.rate_a, found.rate_b, found.difference) == (75, 25, 50)


def test_p_is_that_of_scipy() -> None:
    random = np.random.default_rng(0)
    for runs_a, runs_b in random.integers(1, 40, (100, 2)).tolist():
        failed_a, failed_b = (int(random.integers(0, runs + 1)) for runs in (runs_a, runs_b))
        table = [[failed_a, runs_a - failed_a], [failed_b, runs_b - failed_b]]
        found = compare_failures(failed_a, runs_a, failed_b, runs_b)
        assert found.p_value == pytest.approx(fisher_exact(table).pvalue, rel=1e-9)
        assert found.interval[0] <= found.difference <= found.interval[1]


@pytest.mark.parametrize(
    ("table", "interval"),
    # Newcombe (1998), table II: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
    [((56, 70, 48, 80), (5.24, 33.39)), ((9, 10, 3, 10), (17.05, 80.90)), ((10, 10, 0, 20), (67.91, 100.0))],
)
def test_known_intervals(table: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    assert compare_failures(*table).interval == pytest.approx(interval, abs=0.006)


def test_more_failures_than_luck_gives() -> None:
    assert compare_failures(9, 20, 0, 20).p_value < 0.01 < compare_failures(2, 20, 0, 20).p_value
    assert compare_failures(0, 20, 0, 20).p_value == 1


def test_an_arm_without_runs_allows_no_test() -> None:
    found = compare_failures(0, 0, 3, 4)
    assert math.isnan(found.p_value) and math.isnan(found.rate_a) and found.rate_b == 75


def test_false_verdicts_never_pass_the_level() -> None:
    # All tables of two arms with the same rate, each with its probability.
    for runs_a, runs_b in ((5, 5), (10, 10), (20, 20), (5, 20)):
        for rate in (0.05, 0.1, 0.3, 0.5):
            false = 0.0
            for a in range(runs_a + 1):
                for b in range(runs_b + 1):
                    if compare_failures(a, runs_a, b, runs_b).p_value < 0.05:
                        chance = math.comb(runs_a, a) * math.comb(runs_b, b)
                        false += chance * rate ** (a + b) * (1 - rate) ** (runs_a + runs_b - a - b)
            assert false <= 0.05


@pytest.mark.parametrize("table", [(-1, 3, 0, 3), (4, 3, 0, 3), (0, 3, 5, 4)])
def test_refusals(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(StatisticsError, match="expected a number from 0"):
        compare_failures(*table)
