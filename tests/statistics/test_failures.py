import math

import pytest

from seedbed.statistics import StatisticsError, constant_classes, sort_runs

MNIST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize(("accuracy", "digit"), [(11.35, 1), (9.74, 8), (10.32, 2), (10.09, 9), (10.28, 7), (9.58, 6)])
def test_collapsed_runs_of_the_seeds(accuracy: float, digit: int) -> None:
    assert constant_classes(100 - accuracy, MNIST) == (digit,)


def test_equal_classes_cannot_be_told_apart() -> None:
    assert constant_classes(90.0, [1000] * 10) == tuple(range(10))


@pytest.mark.parametrize("error", [0.78, 88.66, 91.25, math.nan])
def test_a_run_that_learned_names_no_class(error: float) -> None:
    assert constant_classes(error, MNIST) == ()


def test_runs_are_sorted() -> None:
    found = sort_runs([0.8, math.nan, 88.65, 0.9, math.inf], MNIST)
    assert (found.counted, found.diverged, found.constant) == ((0.8, 0.9), 2, ((1,),))


@pytest.mark.parametrize("counts", [[], [5], [0, 0], [-1, 2], [[1, 2]]])
def test_counts_that_are_none_are_refused(counts: list) -> None:
    with pytest.raises(StatisticsError, match="class_counts"):
        constant_classes(90.0, counts)
