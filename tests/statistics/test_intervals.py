import math

import numpy as np
import pytest

from seedbed.statistics import mean_interval


def test_interval_of_a_published_example() -> None:
    # Extra sleep with drug 2 minus drug 1, ten patients: "Student" (1908), section IX; interval as R gives it.
    extra = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    low, high = mean_interval(extra)
    assert low == pytest.approx(0.7001142, abs=1e-7)
    assert high == pytest.approx(2.4598858, abs=1e-7)


def test_one_value_has_no_interval() -> None:
    assert all(math.isnan(end) for end in mean_interval([0.8]))


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        mean_interval([])


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="above 0 and less than 1"):
        mean_interval([1, 2], level)


@pytest.mark.parametrize(("count", "level"), [(2, 0.95), (5, 0.95), (5, 0.8)])
def test_interval_covers_as_often_as_it_says(count: int, level: float) -> None:
    trials = 4000
    samples = np.random.default_rng(count).normal(3, 0.7, (trials, count))
    ends = np.array([mean_interval(row.tolist(), level) for row in samples])
    covered = np.mean((ends[:, 0] <= 3) & (ends[:, 1] >= 3))
    assert abs(covered - level) < 4 * math.sqrt(level * (1 - level) / trials)
