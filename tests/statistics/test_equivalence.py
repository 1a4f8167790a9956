import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, equivalence


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
