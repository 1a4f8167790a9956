import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from seedbed.statistics import StatisticsError, under_bound


def test_p_values_are_those_of_scipy() -> None:
    for values in np.random.default_rng(0).normal(0.97, 0.05, (20, 8)):
        found = under_bound(values, 1.0)
        assert found.p_value == pytest.approx(ttest_1samp(values, 1.0, alternative="less").pvalue)
        assert found.p_against == pytest.approx(ttest_1samp(values, 1.0, alternative="greater").pvalue)
        under = int((values < 1).sum())
        exact = binomtest(under, 8).proportion_ci(0.95, "exact")
        assert found.share == 100 * under / 8
        assert found.share_interval == pytest.approx((100 * exact.low, 100 * exact.high))


def test_the_interval_lies_on_one_side_where_there_is_a_verdict() -> None:
    seen = set()
    for values in np.random.default_rng(1).normal(1, 0.05, (300, 5)) + np.repeat([-0.05, 0, 0.05], 100)[:, None]:
        found = under_bound(values, 1.0)
        seen.add(found.verdict)
        assert (found.verdict == "supported") == (found.interval[1] < 1)
        assert (found.verdict == "contradicted") == (found.interval[0] > 1)
    assert seen == {"supported", "contradicted", "undecided"}


def test_false_verdicts_at_the_bound() -> None:
    trials = 4000
    verdicts = [under_bound(values, 1.0).verdict for values in np.random.default_rng(2).normal(1, 0.05, (trials, 5))]
    for verdict in ("supported", "contradicted"):
        assert abs(verdicts.count(verdict) / trials - 0.05) < 4 * math.sqrt(0.05 * 0.95 / trials)


def test_without_a_test() -> None:
    for errors in ([], [0.9], [0.9, 0.9]):
        found = under_bound(errors, 1.0)
        assert found.verdict == "undecided" and math.isnan(found.p_value)
    assert under_bound([], 1.0).share_interval == (0, 100)
    assert under_bound([0.9], 1.0).mean == 0.9


@pytest.mark.parametrize(("bound", "level"), [(math.nan, 0.05), (1, 0.5), (1, 0)])
def test_refusals(bound: float, level: float) -> None:
    with pytest.raises(StatisticsError, match="expected"):
        under_bound([1.0, 2.0], bound, level)
