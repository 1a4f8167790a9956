import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.statistics import holm


def test_known_values() -> None:
    # Sorted .005, .01, .03, .04 times 4, 3, 2, 1, made monotone.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_and_one_test() -> None:
    assert holm([]) == []
    assert holm([0.03]) == [0.03]


def test_a_test_that_could_not_be_made_counts_and_stays_nan() -> None:
    corrected = holm([0.02, math.nan])
    assert corrected[0] == pytest.approx(0.04)
    assert math.isnan(corrected[1])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= c <= min(1, len(p_values) * p) + 1e-12 for p, c in zip(p_values, corrected, strict=True))
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [c for _, c in pairs] == sorted(corrected)


def test_holds_the_error_rate_of_the_family() -> None:
    p_values = np.random.default_rng(3).uniform(size=(4000, 3))
    share = np.mean([min(holm(row.tolist())) < 0.05 for row in p_values])
    assert abs(share - (1 - (1 - 0.05 / 3) ** 3)) < 4 * math.sqrt(0.05 * 0.95 / 4000)
