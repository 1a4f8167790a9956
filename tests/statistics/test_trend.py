import math

import numpy as np
import pytest
from scipy.stats import linregress, ttest_1samp

from seedbed.statistics import StatisticsError, equivalence_to, slopes, trend


def test_slopes_are_those_of_scipy() -> None:
    curves, places = np.random.default_rng(0).normal(size=(6, 5)), [1.0, 2.0, 4.0, 8.0, 16.0]
    known = [linregress(places, curve).slope for curve in curves]
    assert slopes(curves, places) == pytest.approx(known)
    found = trend(curves, places)
    assert found.p_value == pytest.approx(ttest_1samp(known, 0).pvalue)
    assert found.slope == pytest.approx(np.mean(known)) and found.slopes == pytest.approx(known)


def test_rising_falling_and_steady() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (8, 10))
    along = np.arange(10)
    assert trend(noise + 0.1 * along).verdict == "supported"
    assert trend(noise - 0.1 * along).verdict == "contradicted"
    steady = equivalence_to(slopes(noise), 0.02)
    assert steady.verdict == "supported"
    assert equivalence_to(slopes(noise + 0.1 * along), 0.02).verdict == "contradicted"


def test_points_of_a_seed_depend_on_each_other_without_harm() -> None:
    # Random walks: a regression over all points would find a trend nearly always.
    trials = 2000
    walks = np.random.default_rng(2).normal(size=(trials, 6, 20)).cumsum(axis=2)
    share = np.mean([trend(walk).verdict != "undecided" for walk in walks])
    assert abs(share - 0.05) < 4 * math.sqrt(0.05 * 0.95 / trials)


def test_one_seed_has_no_test() -> None:
    found = trend([[1.0, 2.0, 3.0]])
    assert found.slope == 1 and math.isnan(found.p_value) and found.verdict == "undecided"


@pytest.mark.parametrize(
    ("curves", "places"), [([1.0, 2.0], None), ([[1.0]], None), ([[1.0, 2.0]], [2.0, 1.0]), ([[1.0, 2.0]], [1.0])]
)
def test_shapes_are_checked(curves: list, places: list | None) -> None:
    with pytest.raises(StatisticsError, match="expected"):
        slopes(curves, places)


def test_diverged_seeds_are_refused() -> None:
    with pytest.raises(StatisticsError, match="finite"):
        slopes([[1.0, math.nan], [1.0, 2.0]])
