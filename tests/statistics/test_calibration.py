"""The same recipe on both sides, in counts of wrong images: the promise is kept off the normal distribution too.

`benchmarks/calibration.py` asks the same at length.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seedbed.statistics import SequentialComparison, compare

TRIALS = 2000
SLACK = 3 * math.sqrt(0.05 * 0.95 / TRIALS)


def errors(arms: int, runs: int, images: int = 2000) -> NDArray[np.float64]:
    """Percent wrong; each image has a difficulty of its own that all runs share. Shape (arms, runs)."""
    random = np.random.default_rng(runs)
    difficulty = random.beta(0.02, 0.98, images)
    wrong = np.zeros((arms, runs))
    for p in difficulty[difficulty > 1e-6]:
        wrong += random.random((arms, runs)) < p
    return 100 * wrong / images


@pytest.mark.parametrize("each", [3, 5, 10, 20])
def test_welch_with_one_look(each: int) -> None:
    found = [compare(arm[:each], arm[each:]) for arm in errors(TRIALS, 2 * each)]
    assert np.mean([one.p_value < 0.05 for one in found]) < 0.05 + SLACK
    covered = np.mean([one.interval[0] <= 0 <= one.interval[1] for one in found if not math.isnan(one.p_value)])
    assert abs(covered - 0.95) < 0.015 + SLACK


def test_a_look_after_every_seed_that_stops_when_it_likes() -> None:
    trials, most = 400, 25
    test = SequentialComparison()
    found = [test.decide(arm[:most], arm[most:]) for arm in errors(trials, 2 * most)]
    false = np.mean([one.verdict != "undecided" for one in found])
    assert false < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    # The interval at the stop still covers: it was made for all looks together.
    assert np.mean([one.interval[0] <= 0 <= one.interval[1] for one in found]) == 1 - false


def test_planted_difference_is_found_by_looking_after_every_seed() -> None:
    random, test = np.random.default_rng(0), SequentialComparison()
    arms = random.normal([[1.06], [0.78]], [[0.04], [0.06]], (300, 2, 15))
    found = [test.decide(*arm) for arm in arms]
    assert all(one.verdict == "supported" for one in found)
    assert np.mean([one.seeds for one in found]) < 5
