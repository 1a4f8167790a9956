import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from seedbed.statistics import StatisticsError, equivalence, equivalence_to


def test_interval_within_the_margin_is_the_same_as_a_small_p() -> None:
    random = np.random.default_rng(0)
    for count, other in ((2, 2), (3, 3), (5, 5), (10, 10), (3, 10), (20, 4)):
        for errors in random.normal(1, 0.06, (50, count + other)):
            found = equivalence(errors[:count], errors[count:], 0.08)
            low, high = found.interval
            assert found.equivalent == (low > -0.08 and high < 0.08) == (found.p_value < 0.05)


def test_false_equality_stays_at_the_level() -> None:
    trials = 3000
    arms = np.random.default_rng(1).normal([[1.0], [1.1]], 0.06, (trials, 2, 8))
    share = np.mean([equivalence(a, b, 0.1).equivalent for a, b in arms])
    assert abs(share - 0.05) < 4 * math.sqrt(0.05 * 0.95 / trials)


def test_without_a_test_nothing_is_equivalent() -> None:
    assert not equivalence([1.0, 1.0], [1.0, 1.0], 0.1).equivalent


@pytest.mark.parametrize(("margin", "level"), [(0, 0.05), (math.nan, 0.05), (-1, 0.05), (1, 0.5)])
def test_refusals(margin: float, level: float) -> None:
    with pytest.raises(StatisticsError, match="expected"):
        equivalence([1.0, 2.0], [1.0, 2.0], margin, level)


def test_verdicts_follow_the_interval() -> None:
    random, seen = np.random.default_rng(2), set()
    for shift in (0.0, 0.1, 0.2):
        for a, b in random.normal([[1.0 + shift], [1.0]], 0.05, (60, 2, 6)):
            found = equivalence(a, b, 0.1)
            seen.add(found.verdict)
            low, high = found.interval
            assert (found.verdict == "supported") == (low > -0.1 and high < 0.1)
            assert (found.verdict == "contradicted") == (low > 0.1 or high < -0.1)
    assert seen == {"supported", "contradicted", "undecided"}


def test_of_one_sample() -> None:
    random = np.random.default_rng(3)
    for values in random.normal(0.5, 0.1, (50, 6)):
        found = equivalence_to(values, 0.1, to=0.45)
        low, high = found.interval
        known = max(ttest_1samp(values, 0.35, alternative="greater").pvalue,
                    ttest_1samp(values, 0.55, alternative="less").pvalue)  # fmt: skip
        assert found.p_value == pytest.approx(known)
        assert found.equivalent == (low > -0.1 and high < 0.1)
    assert not equivalence_to([1.0], 0.1).equivalent
