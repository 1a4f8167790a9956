"""Weights as a training set in which images occur more or less often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.data.resampling import resampled
from seedbed.errors import DataError

WEIGHTS = st.lists(st.sampled_from([0.0, 0.25, 1.0, 3.0, 1e6]), min_size=1, max_size=50).filter(any)


@given(WEIGHTS, st.integers(0, 2**64 - 1))
def test_each_image_occurs_as_often_as_its_weight_says(weights: list[float], seed: int) -> None:
    count = len(weights)
    rows = resampled(np.array(weights), seed)
    assert len(rows) == count and (np.diff(rows) >= 0).all()
    times = np.bincount(rows, minlength=count)
    expected = count * np.array(weights) / sum(weights)
    assert (np.abs(times - expected) < 1 + 1e-9).all()
    assert (times[np.array(weights) == 0] == 0).all()


@given(st.integers(1, 300), st.floats(1e-300, 1e300), st.integers(0, 2**64 - 1))
def test_equal_weights_take_each_image_once(count: int, weight: float, seed: int) -> None:
    assert resampled(np.full(count, weight), seed).tolist() == list(range(count))


def test_the_mean_over_seeds_is_what_the_weights_say() -> None:
    weights = np.array([0.3, 1.7, 0.9, 2.6, 0.5])
    runs = 4000
    times = sum(np.bincount(resampled(weights, seed), minlength=5) for seed in range(runs)) / runs
    # A count is one of two neighbouring whole numbers: its standard deviation is at most 1/2. Five of them.
    assert np.abs(times - 5 * weights / weights.sum()).max() < 5 * 0.5 / np.sqrt(runs)


@pytest.mark.parametrize(
    ("weights", "got"), [([0.0, 0.0], "only zeros"), ([1.0, -1.0], "negative"), ([1.0, np.nan], "NaN")]
)
def test_what_is_no_weight_is_refused(weights: list[float], got: str) -> None:
    with pytest.raises(DataError, match=got):
        resampled(np.array(weights), 0)
