import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, mcnemar


def models(only_a: int, only_b: int, both: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    wrong_a, wrong_b = np.zeros((2, images), dtype=bool)
    wrong_a[: only_a + both] = True
    wrong_b[only_a : only_a + both + only_b] = True
    return wrong_a, wrong_b


def test_published_example() -> None:
    # Fagerland, Lydersen, Laake (2013), table 1, airway hyper-responsiveness: discordant 1 and 7 of 21;
    # their table 5: exact p .0703, mid-p .0391.
    found = mcnemar(*models(1, 7, 1, 21))
    assert (found.only_a, found.only_b) == (1, 7)
    assert found.p_value == pytest.approx(0.0703, abs=5e-5)
    assert found.mid_p == pytest.approx(0.0391, abs=5e-5)
    assert found.difference == pytest.approx(-600 / 21)


def test_interval_by_hand() -> None:
    low, high = mcnemar(*models(10, 10, 50, 998)).interval
    reach = 100 * 1.959964 * math.sqrt(22 / 1000 / 1000)
    assert (low, high) == pytest.approx((-reach, reach), rel=1e-6)


@pytest.mark.parametrize("told", [0, 1, 5])
def test_no_difference_gives_one(told: int) -> None:
    found = mcnemar(*models(told, told, 3, 100))
    assert found.p_value == 1
    assert found.mid_p == pytest.approx(1)


def test_level_and_coverage() -> None:
    random, trials, images = np.random.default_rng(4), 3000, 2000
    draws = random.multinomial(images, [0.008, 0.008, 0.984], size=trials)
    found = [mcnemar(*models(int(a), int(b), 0, images)) for a, b, _ in draws]
    assert np.mean([one.p_value < 0.05 for one in found]) <= 0.05
    assert abs(np.mean([one.mid_p < 0.05 for one in found]) - 0.05) < 0.012
    covered = np.mean([one.interval[0] <= 0 <= one.interval[1] for one in found])
    assert abs(covered - 0.95) < 0.015


@pytest.mark.parametrize(("a", "b"), [([True], [True, False]), ([1, 0], [0, 1]), ([], []), ([[True]], [[True]])])
def test_anything_but_two_bool_rows_is_refused(a: list, b: list) -> None:
    with pytest.raises(StatisticsError, match="same images"):
        mcnemar(np.array(a), np.array(b))
