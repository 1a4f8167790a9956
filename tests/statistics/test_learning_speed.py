import itertools
import math

import numpy as np
import pytest
from scipy.stats import CensoredData, logrank

from seedbed.statistics import StatisticsError, compare_speed, first_reaching
from seedbed.statistics.learning_speed import log_rank_scores


def curves(reached: list[float], points: int = 10) -> np.ndarray:
    """Errors of runs that are at 1 from these epochs on and at 2 before."""
    return np.where(np.arange(1, points + 1) >= np.array(reached)[:, None], 1.0, 2.0)


def test_the_first_place_under_the_target() -> None:
    found = first_reaching([[3, 2, 1, 2], [3, 3, 3, 3], [math.nan] * 4, [1, 5, 5, 5]], 2, [1, 10, 100, 1000])
    assert found.tolist() == [10, math.inf, math.inf, 1]


def test_scores_are_observed_minus_expected() -> None:
    random = np.random.default_rng(0)
    a, b = random.integers(1, 9, 12).astype(float), random.integers(3, 12, 15).astype(float)
    a[a > 8], b[b > 8] = math.inf, math.inf
    observed_minus_expected, variance = 0.0, 0.0
    for event in sorted({*a[np.isfinite(a)], *b[np.isfinite(b)]}):
        at_risk_a, at_risk = (a >= event).sum(), (a >= event).sum() + (b >= event).sum()
        events = (a == event).sum() + (b == event).sum()
        observed_minus_expected += (a == event).sum() - events * at_risk_a / at_risk
        if at_risk > 1:
            share = at_risk_a / at_risk
            variance += events * share * (1 - share) * (at_risk - events) / (at_risk - 1)
    scores = log_rank_scores([*a, *b])
    assert scores.sum() == pytest.approx(0)
    assert scores[:12].sum() == pytest.approx(observed_minus_expected)
    known = logrank(*(CensoredData.right_censored(np.minimum(arm, 8), ~np.isfinite(arm)) for arm in (a, b)))
    assert abs(observed_minus_expected) / math.sqrt(variance) == pytest.approx(abs(known.statistic))


def test_p_is_the_share_of_all_deals() -> None:
    a, b = [2.0, 3.0, 3.0, 5.0], [4.0, 6.0, math.inf, 5.0]
    found = compare_speed(curves(a), curves(b), 1.0)
    scores = log_rank_scores([*a, *b])
    sums = [abs(scores[list(rows)].sum()) for rows in itertools.combinations(range(8), 4)]
    assert found.exact and found.rearrangements == 70
    assert found.p_value == pytest.approx(np.mean([one >= abs(scores[:4].sum()) - 1e-9 for one in sums]))
    assert found.reached_b == (4, 6, math.inf, 5)
    assert found.difference == pytest.approx(3.25 - 6.25)


def test_verdicts() -> None:
    fast, slow = [2.0, 3, 3, 2, 4, 3], [6.0, 7, 5, 8, 6, math.inf]
    assert compare_speed(curves(fast), curves(slow), 1.0).verdict == "contradicted"
    found = compare_speed(curves(slow), curves(fast), 1.0)
    assert found.verdict == "supported" and found.interval[0] > 0
    assert compare_speed(curves(fast), curves(fast), 1.0).p_value == 1


def test_without_spread_the_order_still_tells() -> None:
    found = compare_speed(curves([3.0] * 5), curves([4.0] * 5), 1.0)
    assert found.p_value == pytest.approx(2 / 252) and math.isnan(found.interval[0])
    assert found.verdict == "contradicted"


def test_never_reached_by_any() -> None:
    found = compare_speed(curves([math.inf] * 4), curves([math.inf] * 4), 1.0)
    assert (found.p_value, found.difference, found.verdict) == (1, 0, "undecided")


def test_false_verdicts_stay_at_the_level() -> None:
    trials = 300
    for each in (5, 8):
        epochs = np.random.default_rng(each).integers(2, 14, (trials, 2, each)).astype(float)
        share = np.mean([compare_speed(curves(a), curves(b), 1.0).p_value < 0.05 for a, b in epochs])
        assert share < 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="as many points"):
        compare_speed(np.ones((3, 4)), np.ones((3, 5)), 1.0)
    with pytest.raises(StatisticsError, match="resamples"):
        compare_speed(np.ones((3, 4)), np.ones((3, 4)), 1.0, resamples=0)
    assert math.isnan(compare_speed(np.ones((1, 4)), np.ones((3, 4)), 1.0).p_value)
