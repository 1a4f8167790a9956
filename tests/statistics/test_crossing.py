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
    assert crossing(a, b, between=(4, 7)).verdict == "supported"
    assert crossing(a, b, between=(8, 10)).verdict == "contradicted"
    near = crossing(a, b, between=(crossing(a, b).estimate, 10))
    assert near.verdict == "undecided" and near.p_against == pytest.approx(1)
    named = crossing(a, b, ALONG * 10, between=(45, 70))
    at = a[:, 3] * 0.5 + a[:, 4] * 0.5, b[:, 3] * 0.5 + b[:, 4] * 0.5
    assert named.p_value == pytest.approx(max(compare(*at).p_value, compare(a[:, 6], b[:, 6]).p_value))


def test_curves_that_do_not_cross() -> None:
    a, b = arms(np.random.default_rng(2), at=5)
    found = crossing(a + 5, b)
    assert math.isnan(found.estimate) and math.isnan(found.interval[0])
    assert (found.p_value, found.crossings, found.verdict) == (1, (), "contradicted")
    assert found.p_against == max(compare(a[:, place] + 5, b[:, place]).p_value for place in range(10))


def test_curves_that_may_cross_outside() -> None:
    a, b = arms(np.random.default_rng(3), at=9.9)
    found = crossing(a, b, between=(8, 10))
    assert found.interval[1] == math.inf and found.verdict == "undecided"


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
    trials, random = 200, np.random.default_rng(seeds)
    ends = [crossing(*arms(random, seeds)).interval for _ in range(trials)]
    held = np.mean([low <= 5.3 <= high for low, high in ends])
    assert held > 0.95 - 3 * math.sqrt(0.05 * 0.95 / trials)


def test_false_verdicts_at_the_edge_stay_at_the_level() -> None:
    # The true crossing is an end of the range: neither verdict is right, nor would it be just beyond.
    trials, random = 200, np.random.default_rng(9)
    verdicts = [crossing(*arms(random, 5), between=(5.3, 8)).verdict for _ in range(trials)]
    for verdict in ("supported", "contradicted"):
        assert verdicts.count(verdict) / trials < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_one_seed_has_no_test() -> None:
    found = crossing([[-1.0, 1.0]], [[0.0, 0.0]])
    assert found.estimate == 1.5 and math.isnan(found.p_value)
    assert found.verdict == "undecided"


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="as many points"):
        crossing(np.ones((3, 4)), np.ones((3, 5)))
    with pytest.raises(StatisticsError, match="places"):
        crossing(np.ones((3, 2)), np.ones((3, 2)), [1, 1])
    for between in ((0, 2), (2, 1), (1, 4)):
        with pytest.raises(StatisticsError, match="between"):
            crossing(np.ones((3, 3)), np.ones((3, 3)), between=between)
