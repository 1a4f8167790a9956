import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, compare, crossing

ALONG = np.arange(1, 11)


def arms(random: np.random.Generator, seeds: int = 8, at: float = 5.3, noise: float = 0.1) -> tuple[np.ndarray, ...]:
    """Two arms whose true curves, straight lines, cross at ``at``; every seed has luck that lasts."""
    level = random.normal(0, noise, (2, seeds, 1))
    return tuple(sign * 0.2 * (ALONG - at) + level[arm] + random.normal(0, noise, (seeds, 10))
                 for arm, sign in enumerate((1, -1)))  # fmt: skip


def test_estimate_and_ends_by_hand() -> None:
    a, b = arms(np.random.default_rng(0))
    found = crossing(a, b)
    difference = a.mean(axis=0) - b.mean(axis=0)
    left = int(np.flatnonzero(difference < 0)[-1])
    assert found.estimate == pytest.approx(ALONG[left] - difference[left] / (difference[left + 1] - difference[left]))
    assert found.crossings == (found.estimate,)
    for end in found.interval:
        left, part = int(end) - 1, end % 1
        values = [curves[:, left] * (1 - part) + curves[:, left + 1] * part for curves in (a, b)]
        assert compare(*values).p_value == pytest.approx(0.05, abs=1e-6)
    assert found.p_value == max(compare(a[:, place], b[:, place]).p_value for place in (0, -1))


def test_verdicts() -> None:
    a, b = arms(np.random.default_rng(1))
    found = crossing(a, b)
    assert found.lies_between(4, 7) == "supported"
    assert found.lies_between(8, 10) == "contradicted"
    assert found.lies_between(found.estimate, 10) == "undecided"


def test_curves_that_do_not_cross() -> None:
    a, b = arms(np.random.default_rng(2), at=5)
    found = crossing(a + 5, b)
    assert math.isnan(found.estimate) and math.isnan(found.interval[0])
    assert (found.p_value, found.crossings, found.lies_between(1, 10)) == (1, (), "contradicted")


def test_curves_that_may_cross_outside() -> None:
    a, b = arms(np.random.default_rng(3), at=9.9)
    found = crossing(a, b)
    assert found.interval[1] == math.inf and found.lies_between(8, 10) == "undecided"


def test_a_crossing_that_is_known_to_a_hair() -> None:
    a, b = arms(np.random.default_rng(4), noise=1e-6)
    found = crossing(a, b)
    assert found.interval[0] < found.estimate < found.interval[1]
    assert found.interval == pytest.approx((5.3, 5.3), abs=1e-4)


def test_several_crossings() -> None:
    zigzag = np.array([[-1.0, 1, -1, 1]]) + 0.01 * np.arange(4)[:, None]
    found = crossing(zigzag, np.zeros((4, 4)) + 0.01 * np.arange(4)[:, None])
    assert found.crossings == pytest.approx((1.5, 2.5, 3.5)) and found.estimate == pytest.approx(2.5)
    assert found.interval[0] < 1.5 and found.interval[1] > 3.5


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_coverage(seeds: int) -> None:
    # Between two of the points, where the mean curves are straight.
    trials, random = 400, np.random.default_rng(seeds)
    ends = [crossing(*arms(random, seeds)).interval for _ in range(trials)]
    held = np.mean([low <= 5.3 <= high for low, high in ends])
    assert held > 0.95 - 3 * math.sqrt(0.05 * 0.95 / trials)


def test_one_seed_has_no_test() -> None:
    found = crossing([[-1.0, 1.0]], [[0.0, 0.0]])
    assert found.estimate == 1.5 and math.isnan(found.p_value)
    assert found.lies_between(1, 2) == "undecided"


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="as many points"):
        crossing(np.ones((3, 4)), np.ones((3, 5)))
    with pytest.raises(StatisticsError, match="places"):
        crossing(np.ones((3, 2)), np.ones((3, 2)), [1, 1])
