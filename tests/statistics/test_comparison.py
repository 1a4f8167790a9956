import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.statistics import StatisticsError, Summary, compare, compare_summaries


def with_moments(mean: float, std: float, count: int) -> list[float]:
    values = np.random.default_rng(0).normal(size=count)
    return (mean + std * (values - values.mean()) / values.std(ddof=1)).tolist()


@pytest.mark.parametrize(
    ("a", "b", "p_value"),
    [((1.06, 0.04), (0.96, 0.06), 0.017), ((0.96, 0.06), (0.78, 0.06), 0.0015), ((1.06, 0.04), (0.78, 0.06), 6e-5)],
)
def test_published_table_of_the_lenet_report(a: tuple[float, float], b: tuple[float, float], p_value: float) -> None:
    found = compare(with_moments(*a, 5), with_moments(*b, 5))
    assert found.difference == pytest.approx(a[0] - b[0])
    assert found.p_value == pytest.approx(p_value, rel=0.09)


def test_interval_of_the_published_table() -> None:
    low, high = compare(with_moments(1.06, 0.04, 5), with_moments(0.96, 0.06, 5)).interval
    assert (round(low, 2), round(high, 2)) == (0.02, 0.18)


def test_known_values_of_the_sleep_data() -> None:
    # R: t.test(extra ~ group, data = sleep) gives t = -1.8608, df = 17.776, p = 0.07939, interval -3.3655 … 0.2055.
    found = compare(
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    )
    assert found.difference / found.standard_error == pytest.approx(-1.8608, abs=1e-4)
    assert found.degrees_of_freedom == pytest.approx(17.776, abs=1e-3)
    assert found.p_value == pytest.approx(0.07939, abs=1e-5)
    assert found.interval == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)


def test_false_verdicts_stay_at_the_level() -> None:
    random, trials = np.random.default_rng(7), 4000
    arms = random.normal(1, [[0.04], [0.08]], (trials, 2, 5))
    found = [compare(a.tolist(), b.tolist()) for a, b in arms]
    rejected = np.mean([one.p_value < 0.05 for one in found])
    covered = np.mean([one.interval[0] <= 0 <= one.interval[1] for one in found])
    assert rejected + covered == 1
    assert abs(rejected - 0.05) < 4 * math.sqrt(0.05 * 0.95 / trials)


def test_one_group_without_spread_is_compared_by_the_spread_of_the_other() -> None:
    found = compare([90.2, 90.2, 90.2], [1.0, 1.1, 1.2])
    assert found.degrees_of_freedom == pytest.approx(2)
    assert found.p_value < 0.001


@pytest.mark.parametrize(
    ("a", "b"), [([0.8], [0.9, 1.0]), ([0.8, 0.8], [0.9, 0.9]), ([0.8, 0.8], [0.8, 0.8]), ([1.0], [2.0])]
)
def test_without_any_spread_there_is_a_difference_but_no_test(a: list[float], b: list[float]) -> None:
    found = compare(a, b)
    assert math.isfinite(found.difference)
    assert math.isnan(found.p_value)
    assert all(math.isnan(end) for end in found.interval)


def test_empty_group_has_no_difference() -> None:
    assert math.isnan(compare([], [1.0, 2.0]).difference)


errors = st.lists(st.floats(0, 100).map(lambda value: round(value, 2)), min_size=2, max_size=6)


@given(errors, errors)
def test_swapping_the_groups_only_turns_the_sign(a: list[float], b: list[float]) -> None:
    one, other = compare(a, b), compare(b, a)
    assert one.difference == -other.difference
    assert one.p_value == pytest.approx(other.p_value, nan_ok=True)
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]), nan_ok=True)
    assert math.isnan(one.p_value) or 0 <= one.p_value <= 1


def test_arrays_and_published_summaries_give_the_same() -> None:
    a, b = np.array(with_moments(1.06, 0.04, 5)), np.array(with_moments(0.96, 0.06, 5))
    found = compare_summaries(Summary(1.06, 0.04, 5), Summary(0.96, 0.06, 5))
    assert found.p_value == pytest.approx(compare(a, b).p_value)
    assert found.interval == pytest.approx(compare(a, b).interval)
    assert math.isnan(compare_summaries(Summary(0.99, 0, 1), Summary(0.87, 0.1, 5)).p_value)


def test_a_diverged_run_is_refused_by_place() -> None:
    with pytest.raises(StatisticsError, match=r"errors_b: .* nan at place 1 of 3.*sort_runs"):
        compare([1.0, 1.1], [1.0, math.nan, 1.2])
    with pytest.raises(StatisticsError, match="one number per run"):
        compare(np.ones((2, 3)), [1.0, 2.0])
    with pytest.raises(StatisticsError, match="Summary"):
        Summary(math.nan, 0.1, 5)
