import math

import numpy as np
import pytest
from scipy.special import stdtr

from seedbed.statistics import SequentialComparison, StatisticsError
from seedbed.statistics.spending import boundary, spent


def decided(differences: np.ndarray, alpha: float) -> np.ndarray:
    """Whether the rule of SequentialComparison decides, by path; vectorised over paths."""
    n = np.arange(1, differences.shape[1] + 1)
    mean = differences.cumsum(axis=1) / n
    squares = (differences**2).cumsum(axis=1) - n * mean**2
    levels = [boundary(alpha).level(count) for count in n]
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * stdtr(np.maximum(n - 1, 1), -np.abs(mean) / np.sqrt(squares / (n - 1) / n))
    return p_values < levels


@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_error_spent_is_exactly_what_was_promised(alpha: float) -> None:
    trials, most = 20_000, 30
    differences = np.random.default_rng(0).normal(size=(trials, most))
    crossed = np.maximum.accumulate(decided(differences, alpha), axis=1).mean(axis=0)
    for pairs in (3, 5, 10, most):
        promised = spent(pairs, alpha)
        assert abs(crossed[pairs - 1] - promised) < 4 * math.sqrt(promised / trials)


def test_no_verdict_before_three_seeds_and_none_without_spread() -> None:
    test = SequentialComparison()
    two = test.decide([1.0, 1.1], [0.1, 0.15])
    assert (two.verdict, two.interval, two.level) == ("undecided", (-math.inf, math.inf), 0)
    same = test.decide([1.0, 1.1, 1.2], [0.5, 0.6, 0.7])
    assert (same.verdict, same.interval) == ("undecided", (-math.inf, math.inf))
    assert math.isnan(same.p_value)
    assert SequentialComparison().decide([], []).verdict == "undecided"


def test_a_large_difference_is_decided_early_and_stays() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(1.06, 0.04, 40), random.normal(0.78, 0.06, 40)
    test = SequentialComparison()
    found = test.decide(a, b)
    assert found.verdict == "supported" and found.seeds < 12
    assert 0 < found.interval[0] < found.difference < found.interval[1]
    assert found.p_value < found.level
    assert test.decide(a[: found.seeds], b[: found.seeds]) == found
    assert test.decide(a[: found.seeds - 1], b[: found.seeds - 1]).verdict == "undecided"
    assert test.decide(b, a).verdict == "contradicted"


def test_interval_and_verdict_agree() -> None:
    test = SequentialComparison()
    for a, b in np.random.default_rng(4).normal([[0.0], [0.05]], 0.06, (100, 2, 12)):
        found = test.decide(a, b)
        assert (found.interval[0] > 0) == (found.verdict == "supported")
        assert (found.interval[1] < 0) == (found.verdict == "contradicted")


def test_claims_share_the_error() -> None:
    assert SequentialComparison(claims=5).decide([1, 2, 3], [1, 1, 1]).level == pytest.approx(0.01 * 3 / 23)


def test_a_diverged_seed_is_left_out_and_counted() -> None:
    whole = SequentialComparison().decide([1.0, 1.3, 1.2, 1.1], [0.9, 0.8, 0.85, 1.0])
    holed = SequentialComparison().decide([1.0, 5.0, 1.3, 1.2, math.nan, 1.1], [0.9, math.nan, 0.8, 0.85, 2.0, 1.0])
    assert (holed.dropped, holed.seeds) == (2, 4)
    assert (holed.difference, holed.interval) == (whole.difference, whole.interval)


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="alpha"):
        SequentialComparison(alpha=1)
    with pytest.raises(StatisticsError, match="claims"):
        SequentialComparison(claims=0)
    with pytest.raises(StatisticsError, match="got 2 and 1"):
        SequentialComparison().decide([1.0, math.nan], [1.0])
    with pytest.raises(StatisticsError, match="inf"):
        SequentialComparison().decide([1.0, math.inf], [1.0, 1.0])
