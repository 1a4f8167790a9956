import math

import numpy as np
import pytest
from scipy.stats import binom

from seedbed.errors import StatisticsError
from seedbed.statistics import best_run


def test_the_chance_of_the_best_of_several_runs() -> None:
    found = best_run([0.7, 0.8, 0.9, 1.0], 0.8, 2)
    assert (found.chance, found.reached) == (pytest.approx(1 - 0.5**2), 2)
    even = 1 - 2**-0.5
    assert found.p_value == pytest.approx(float(binom.sf(1, 4, even)))
    assert found.p_against == pytest.approx(float(binom.cdf(2, 4, even)))
    assert found.verdict == "undecided"


def test_verdicts() -> None:
    assert best_run([0.7] * 4, 0.8, 5).verdict == "supported"
    assert best_run([0.9] * 30, 0.8, 5).verdict == "contradicted"
    nothing = best_run([], 0.8, 5)
    assert math.isnan(nothing.chance) and nothing.verdict == "undecided"


@pytest.mark.parametrize("runs", [1, 5])
def test_a_verdict_is_false_at_most_as_often_as_the_level_says(runs: int) -> None:
    generator = np.random.default_rng(0)
    # The best of so many reaches the value in exactly half of all cases: either verdict is false.
    even = 1 - 2 ** (-1 / runs)
    false = [
        best_run((generator.random(20) > even).astype(float), 0.5, runs).verdict != "undecided" for _ in range(4000)
    ]
    assert np.mean(false) <= 2 * 0.05 + 3 * math.sqrt(0.05 * 0.95 / 4000)


def test_wrong_arguments() -> None:
    with pytest.raises(StatisticsError, match="runs"):
        best_run([1.0], 1.0, 0)
    with pytest.raises(StatisticsError, match="value"):
        best_run([1.0], math.nan, 1)
