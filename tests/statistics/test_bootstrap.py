import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seedbed.statistics import StatisticsError, compare, two_level_interval


def answers(random: np.random.Generator, seeds: int, images: int = 2000) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two arms of one recipe: each image has a difficulty of its own, each run its own luck."""
    difficulty = random.beta(0.05, 0.95, images)
    return random.random((seeds, images)) < difficulty, random.random((seeds, images)) < difficulty


def test_difference_is_that_of_the_errors() -> None:
    wrong_a, wrong_b = answers(np.random.default_rng(0), 4)
    found = two_level_interval(wrong_a, wrong_b[:3], resamples=200)
    assert found.difference == pytest.approx(100 * (wrong_a.mean() - wrong_b[:3].mean()))
    assert found.interval[0] < found.difference < found.interval[1]


def test_parts_of_the_standard_error_by_hand() -> None:
    wrong_a, wrong_b = answers(np.random.default_rng(1), 3, 50)
    a, b = wrong_a.astype(float), wrong_b.astype(float)
    rest, among = 0.0, 0.0
    for x in (a, b):
        left = x - x.mean(axis=0) - x.mean(axis=1)[:, None] + x.mean()
        rest += np.sum(left**2) / (2 * 49) / (3 * 50)
        among += x.mean(axis=1).var(ddof=1) / 3
    by_image = np.var(a.mean(axis=0) - b.mean(axis=0), ddof=1) / 50
    found = two_level_interval(wrong_a, wrong_b, resamples=100)
    assert found.seed_error == pytest.approx(100 * math.sqrt(among))
    assert found.image_error == pytest.approx(100 * math.sqrt(max(by_image - rest, 0)))
    assert found.standard_error == pytest.approx(100 * math.sqrt(among + max(by_image - rest, 0)))


def test_images_that_none_gets_wrong_may_be_left_in_one_heap() -> None:
    wrong_a, wrong_b = answers(np.random.default_rng(2), 3, 300)
    order = np.random.default_rng(3).permutation(300)
    assert two_level_interval(wrong_a, wrong_b).standard_error == pytest.approx(
        two_level_interval(wrong_a[:, order], wrong_b[:, order]).standard_error
    )


def test_images_limit_what_many_seeds_can_show() -> None:
    # Each recipe fails on 100 images of its own, in every run: the seeds agree to the last image.
    wrong = np.zeros((2, 20, 10_000), dtype=bool)
    wrong[0, :, :100] = wrong[1, :, 150:230] = True
    found = two_level_interval(wrong[0], wrong[1])
    assert found.seed_error == pytest.approx(0, abs=1e-9)
    assert found.image_error == pytest.approx(0.01 * math.sqrt(180), rel=0.01)
    assert found.interval[0] < 0 < found.interval[1]


def test_same_seed_same_interval() -> None:
    arms = answers(np.random.default_rng(4), 12)
    assert two_level_interval(*arms) == two_level_interval(*arms)
    assert two_level_interval(*arms).interval != two_level_interval(*arms, seed=1).interval


def test_covers_as_often_as_it_says() -> None:
    random, trials = np.random.default_rng(5), 300
    ends = [two_level_interval(*answers(random, 4), resamples=300).interval for _ in range(trials)]
    covered = np.mean([low <= 0 <= high for low, high in ends])
    assert abs(covered - 0.95) < 3 * math.sqrt(0.95 * 0.05 / trials)


def test_no_mistakes_no_interval() -> None:
    none = np.zeros((3, 100), dtype=bool)
    found = two_level_interval(none, none)
    assert found.difference == 0
    assert all(math.isnan(end) for end in found.interval)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.ones((2, 5)), np.ones((2, 5), bool), "bool array"),
        (np.ones(5, bool), np.ones((2, 5), bool), "bool array"),
        (np.ones((1, 5), bool), np.ones((2, 5), bool), "at least 2"),
        (np.ones((2, 6), bool), np.ones((2, 5), bool), "same images"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(a: NDArray[np.bool_], b: NDArray[np.bool_], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        two_level_interval(a, b)
    with pytest.raises(StatisticsError, match="resamples"):
        two_level_interval(np.ones((2, 5), bool), np.ones((2, 5), bool), resamples=10)


@pytest.mark.parametrize("seeds", [3, 2])
def test_it_is_never_narrower_than_the_interval_for_these_images(seeds: int) -> None:
    random = np.random.default_rng(4)
    # Seeds that differ much more than the images leave to chance.
    luck = [0.2, 0.3, 0.25, 0.1, 0.12, 0.18]
    a, b = (np.array([random.random(2000) < chance for chance in part]) for part in (luck[:seeds], luck[3:]))
    welch = compare(100 * a.mean(axis=1), 100 * b.mean(axis=1)).interval
    low, high = two_level_interval(a, b).interval
    assert low <= welch[0] + 1e-9
    assert high >= welch[1] - 1e-9
