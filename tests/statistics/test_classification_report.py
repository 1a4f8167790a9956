"""Rates of the classes of one network: their values, and whether their intervals hold what they promise."""

import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, precision_recall_fscore_support

from seedbed.statistics import StatisticsError, classification_report
from seedbed.statistics.fisher import wilson

TRUE = np.array([[0.75, 0.05, 0.02], [0.02, 0.08, 0.01], [0.01, 0.02, 0.04]])
"""Chances of label and answer of an image."""


def test_values_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels = random.choice(4, 300, p=[0.6, 0.2, 0.15, 0.05])
    answers = np.where(random.random(300) < 0.7, labels, random.integers(0, 4, 300))
    found = classification_report(confusion_matrix(labels, answers), "abcd")
    precision, recall, f1, support = precision_recall_fscore_support(labels, answers)
    assert [row.recall.percent for row in found.rows] == pytest.approx(100 * recall)
    assert [row.precision.percent for row in found.rows] == pytest.approx(100 * precision)
    assert [row.f1.percent for row in found.rows] == pytest.approx(100 * f1)
    assert [row.images for row in found.rows] == support.tolist()
    assert found.accuracy.percent == pytest.approx(100 * np.mean(labels == answers))
    assert found.balanced_accuracy.percent == pytest.approx(100 * balanced_accuracy_score(labels, answers))
    low, high = wilson(found.rows[1].right, found.rows[1].images, 0.95)
    assert (found.rows[1].recall.low, found.rows[1].recall.high) == pytest.approx((100 * low, 100 * high))


def test_with_one_class_that_has_images_the_balanced_interval_is_that_of_its_recall() -> None:
    found = classification_report([[8, 2], [0, 0]], ("a", "b"))
    assert found.balanced_accuracy == pytest.approx(found.rows[0].recall)


@pytest.mark.parametrize(("images", "least"), [(60, 0.925), (400, 0.935), (5000, 0.935)])
def test_intervals_hold_the_true_rates_as_often_as_they_say(images: int, least: float) -> None:
    """Over 2,000 test sets; 93.5% is 3 standard errors below 95%. Of 60 images the rarest class has four."""
    random = np.random.default_rng(images)
    right, labels, answers = np.diag(TRUE), TRUE.sum(axis=1), TRUE.sum(axis=0)
    wanted = {"recall": right / labels, "precision": right / answers, "f1": 2 * right / (labels + answers)}
    inside: dict[str, list[bool]] = {"f1": [], "recall": [], "precision": [], "balanced": [], "accuracy": []}
    for _ in range(2000):
        counts = random.multinomial(images, TRUE.ravel() / TRUE.sum()).reshape(3, 3)
        if not counts.sum(axis=1).all():
            continue
        found = classification_report(counts, "abc")
        for name, values in wanted.items():
            for row in found.rows:
                share = getattr(row, name)
                if share.is_known:
                    inside[name].append(share.low <= 100 * values["abc".index(row.name)] <= share.high)
        for name, share, value in (
            ("balanced", found.balanced_accuracy, (right / labels).mean()),
            ("accuracy", found.accuracy, right.sum() / TRUE.sum()),
        ):
            inside[name].append(share.low <= 100 * value <= share.high)
    for name, hits in inside.items():
        assert least <= np.mean(hits) <= 0.985, (name, np.mean(hits))


def test_a_class_that_is_never_answered_is_named() -> None:
    found = classification_report([[90, 0], [10, 0]], ("common", "rare"))
    assert found.never_answered == ("rare",)
    assert found.balanced_accuracy.percent == 50
    assert not found.rows[1].precision.is_known and found.rows[1].precision.to_dict()["percent"] is None
    assert found.rows[1].f1.percent == 0
    lowest = found.lowest("recall")
    assert lowest is not None and lowest.name == "rare"
    worst = found.lowest("precision")
    assert worst is not None and worst.name == "common"


def test_it_prints_as_a_table_and_leaves_out_what_has_nothing() -> None:
    found = classification_report([[3, 1, 0], [0, 4, 0], [0, 0, 0]], ("cat", "dog", "none"))
    lines = str(found).splitlines()
    assert lines[0].split() == ["class", "images", "recall", "in", "%", "precision", "in", "%", "F1", "in", "%"]
    assert lines[1].startswith("cat") and "75.00 (30.1 to 95.4)" in lines[1]
    assert len(lines) == 4 and lines[3].startswith("accuracy 87.50 (")
    assert "<td>dog</td>" in found._repr_html_()
    assert found.to_dict()["classes"][0]["class"] == "cat"


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="names"):
        classification_report([[1, 2], [3, 4]], "abc")
    with pytest.raises(StatisticsError, match="confusion"):
        classification_report([[0, 0], [0, 0]], "ab")
    with pytest.raises(StatisticsError):
        classification_report([[1, 2], [3, 4]], "ab", level=2)
    assert math.isnan(classification_report([[1, 0], [0, 0]], "ab").balanced_accuracy.low) is False
