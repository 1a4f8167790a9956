"""Data sets with fewer training images, or wrong labels among them."""

import numpy as np
import pytest

import seedbed as sb
from seedbed.errors import DataError, NotationError


def test_a_subset_keeps_the_shares_of_the_classes_and_the_test_images() -> None:
    whole, part = sb.load_data("digits"), sb.load_data("digits subset(0.25)")
    assert len(part.train_labels) == round(0.25 * len(whole.train_labels))
    shares = [np.bincount(labels, minlength=10) / len(labels) for labels in (whole.train_labels, part.train_labels)]
    np.testing.assert_allclose(*shares, atol=0.01)
    assert np.array_equal(part.test_images, whole.test_images)
    assert len(sb.load_data("digits subset(100)").train_labels) == 100
    assert sb.load_data("digits subset(100, seed=1)").sha256 != sb.load_data("digits subset(100)").sha256


def test_label_noise_is_of_the_stated_part_and_never_the_right_label() -> None:
    whole, noisy = sb.load_data("digits"), sb.load_data("digits label_noise(0.3)")
    wrong = noisy.train_labels != whole.train_labels
    assert wrong.sum() == round(0.3 * len(wrong))
    assert np.array_equal(noisy.test_labels, whole.test_labels)
    # Each other class is as likely: of a tenth of the images, each of nine gets about a ninth.
    away = (noisy.train_labels[wrong].astype(int) - whole.train_labels[wrong]) % 10
    counts = np.bincount(away, minlength=10)
    assert counts[0] == 0 and counts[1:].min() > 0.5 * wrong.sum() / 9
    assert sb.load_data("digits label_noise(1)").train_labels.max() <= 9
    assert np.array_equal(sb.load_data("digits label_noise(0)").train_labels, whole.train_labels)


def test_changes_follow_each_other_and_have_a_name_that_gives_them_again() -> None:
    data = sb.load_data("digits  subset( 0.5 )   label_noise(0.2, seed=3)")
    assert data.name == "digits subset(0.5) label_noise(0.2, seed=3)"
    again = sb.load_data(data.name)
    assert again.sha256 == data.sha256 and np.array_equal(again.train_labels, data.train_labels)
    assert len(sb.load_data("spiral(noise=0.1, n=200) label_noise(0.5)").train_labels) == 100


def test_a_run_of_a_changed_set_is_another_run() -> None:
    run = sb.train("softmax", "digits subset(200) label_noise(0.3)", epochs=1, progress=False)
    assert run.recipe.data == "digits subset(200) label_noise(0.3)"
    assert run.recipe.fingerprint != sb.Recipe.make("softmax", "digits", epochs=1).fingerprint


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("digits subset(0)", DataError, "subset: part: expected a finite number above 0"),
        ("digits subset(5000)", DataError, "subset: part: expected a part below 1, or a whole number from 1 to 1,437"),
        ("digits subset(1.5)", DataError, "subset: part: expected a part below 1"),
        ("digits label_noise(1.5)", DataError, "label_noise: part: expected a finite number from 0 to 1"),
        ("digits label_noise(part)", NotationError, "label_noise"),
        ("nothing subset(0.5)", DataError, r"unknown data set 'nothing subset\(0.5\)'"),
    ],
)
def test_what_is_wrong_is_told(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sb.load_data(text)
