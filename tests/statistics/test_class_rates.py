import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, precision_recall_fscore_support

from seedbed.statistics import StatisticsError, class_rates, mean_interval, rates


def test_rates_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels = random.choice(4, 300, p=[0.6, 0.2, 0.15, 0.05])
    answers = np.where(random.random(300) < 0.7, labels, random.integers(0, 4, 300))
    found = rates(confusion_matrix(labels, answers))
    precision, recall, f1, _ = precision_recall_fscore_support(labels, answers)
    assert found.recall == pytest.approx(100 * recall)
    assert found.precision == pytest.approx(100 * precision)
    assert found.f1 == pytest.approx(100 * f1)
    assert found.balanced_error == pytest.approx(100 - 100 * balanced_accuracy_score(labels, answers))


def test_a_constant_answer_is_wrong_on_all_other_classes() -> None:
    # 90% of the images are of class 0: the plain error is 10%, the balanced one that of a guess.
    found = rates([[90, 0], [10, 0]])
    assert found.balanced_error == 50
    assert found.recall.tolist() == [100, 0]
    assert found.precision[0] == 90 and math.isnan(found.precision[1])
    assert found.f1[1] == 0


def test_a_class_without_images_counts_in_nothing() -> None:
    found = rates([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    assert found.balanced_error == pytest.approx(12.5)
    assert math.isnan(found.recall[2]) and math.isnan(found.f1[2])


def test_intervals_over_runs() -> None:
    runs = np.array([[[9, 1], [2, 8]], [[8, 2], [1, 9]], [[10, 0], [3, 7]]])
    found = class_rates(runs)
    assert found.recall[1].mean == pytest.approx(80)
    assert found.recall[1].interval == pytest.approx((mean_interval([80.0, 90.0, 70.0])[0], 100))
    assert found.balanced_error.mean == pytest.approx(15) and found.balanced_error.runs == 3


def test_runs_that_never_answer_a_class_have_no_precision() -> None:
    found = class_rates([[[9, 1], [2, 8]], [[10, 0], [10, 0]]])
    assert (found.precision[1].runs, found.precision[0].runs) == (1, 2)
    assert math.isnan(found.precision[1].interval[0])
    assert class_rates([[[2, 0], [2, 0]]]).precision[1].runs == 0


@pytest.mark.parametrize("confusion", [[[1, 2, 3], [1, 2, 3]], [[-1, 2], [1, 1]], [[0, 0], [0, 0]], [1, 2], []])
def test_refusals(confusion: list) -> None:
    with pytest.raises(StatisticsError, match="confusion"):
        rates(confusion)
    with pytest.raises(StatisticsError, match="confusion"):
        class_rates(confusion)
