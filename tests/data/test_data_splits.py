"""Holding images out: stratified, seeded, complete."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.data import Dataset
from seedbed.data.splits import TEST, VALIDATION, held_count, held_out, shares
from seedbed.errors import DataError


def numbered(labels):
    """A data set whose images say which they are."""
    labels = np.array(labels, dtype=np.uint8)
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset("numbered", images, labels, images[:1], labels[:1], ("a", "b", "c"), "a test")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12).filter(any), st.floats(0, 1))
def test_shares_are_whole_numbers_around_the_exact_ones(counts, part):
    counts = np.array(counts, dtype=np.int64)
    total = round(part * int(counts.sum()))
    given_shares = shares(counts, total)
    assert given_shares.sum() == total
    assert (np.abs(given_shares - counts * total / counts.sum()) < 1).all()
    assert (given_shares <= counts).all()


def test_the_largest_remainder_goes_first_and_of_equals_the_lower_class():
    # 10 of 20 images: exact shares 0.5, 4.5, 5.0.
    assert shares(np.array([1, 9, 10]), 10).tolist() == [1, 4, 5]
    # 5 of 20: exact shares 0.75, 1.75, 2.5.
    assert shares(np.array([3, 7, 10]), 5).tolist() == [1, 2, 2]


def test_a_split_keeps_every_image_once_with_its_label_and_in_order():
    labels = [0] * 30 + [1] * 60 + [2] * 10
    whole = numbered(labels)
    split = whole.split(20, seed=3)
    kept, held = split.train_images.ravel(), split.validation_images.ravel()
    assert sorted([*kept, *held]) == list(range(100))
    assert (np.diff(kept.astype(int)) > 0).all()
    assert (np.diff(held.astype(int)) > 0).all()
    np.testing.assert_array_equal(split.train_labels, np.array(labels)[kept])
    np.testing.assert_array_equal(split.validation_labels, np.array(labels)[held])
    assert np.bincount(split.validation_labels).tolist() == [6, 12, 2]
    np.testing.assert_array_equal(split.test_images, whole.test_images)
    assert split.channel_mean[0] == pytest.approx(kept.mean() / 255)


def test_the_same_seed_holds_out_the_same_images_for_ever():
    labels = np.tile(np.arange(3, dtype=np.uint8), 8)
    # Written down once: a stored recipe must not change its meaning.
    assert np.flatnonzero(held_out(labels, 6, seed=0)).tolist() == [5, 8, 9, 10, 15, 19]
    assert not np.array_equal(held_out(labels, 6, seed=0), held_out(labels, 6, seed=1))
    assert not np.array_equal(held_out(labels, 6, 0, VALIDATION), held_out(labels, 6, 0, TEST))


def test_fingerprints_tell_splits_apart():
    whole = numbered([0, 1, 2] * 5)
    assert whole.split(0) is whole
    assert len(whole.validation_labels) == 0
    assert whole.validation_images.shape == (0, 1, 1, 1)
    prints = {whole.sha256} | {whole.split(count, seed).sha256 for count, seed in ((3, 0), (3, 1), (4, 0))}
    assert len(prints) == 4
    assert whole.split(3).sha256 == whole.split(3, seed=0).sha256


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((15,), "validation: expected a whole number from 1 to 14, got 15"),
        ((-1,), "got -1"),
        ((2.5,), "got 2.5"),
        ((True,), "got True"),
        ((3, -1), "seed: expected a whole number from 0"),
    ],
)
def test_wrong_splits_are_refused(arguments, words):
    with pytest.raises(DataError, match=words):
        numbered([0, 1, 2] * 5).split(*arguments)


def test_a_data_set_is_not_split_twice():
    with pytest.raises(DataError, match="comes with 3 validation images"):
        numbered([0, 1, 2] * 5).split(3).split(3)


def test_a_test_part_is_a_fraction_or_a_number():
    assert held_count(10, 0.25) == 2
    assert held_count(10, 3) == 3
    for wrong in (0, 10, 1.5, -1, 0.01, True, -0.5, float("nan"), float("inf"), float("-inf"), "0.2"):
        with pytest.raises(DataError, match="got"):
            held_count(10, wrong)
    assert held_count(10, 1) == 1
    for count in (0, 1):
        with pytest.raises(DataError, match=f"{count} images? cannot be split"):
            held_count(count, 0.5)
