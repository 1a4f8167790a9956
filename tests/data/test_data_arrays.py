"""Dataset.from_arrays and float32 images: layouts, labels, and what is refused."""

import numpy as np
import pytest

from seedbed.data import Dataset
from seedbed.errors import DataError

LABELS = np.array([0, 1, 0, 1, 2, 2], dtype=np.int64)


def pixels(*shape):
    return np.random.Generator(np.random.PCG64(7)).integers(0, 256, shape, dtype=np.uint8)


def made(images, labels=LABELS, **changes):
    return Dataset.from_arrays(images, labels, images, labels, **changes)


def test_every_layout_gives_the_same_images():
    first = pixels(6, 3, 4, 5)
    np.testing.assert_array_equal(made(first).train_images, first)
    np.testing.assert_array_equal(made(first.transpose(0, 2, 3, 1)).test_images, first)
    gray = pixels(6, 4, 5)
    np.testing.assert_array_equal(made(gray).train_images[:, 0], gray)
    np.testing.assert_array_equal(made(gray[..., np.newaxis]).train_images[:, 0], gray)
    unclear = pixels(6, 3, 4, 3)
    np.testing.assert_array_equal(made(unclear, channels="first").train_images, unclear)
    np.testing.assert_array_equal(made(unclear, channels="last").train_images, unclear.transpose(0, 3, 1, 2))
    assert made(first).sha256 == made(first.transpose(0, 2, 3, 1)).sha256


def test_labels_are_numbers_or_names():
    assert made(pixels(6, 4, 5)).classes == ("0", "1", "2")
    named = made(pixels(6, 4, 5), np.array(["cat", "dog", "cat", "dog", "ant", "ant"]))
    assert named.classes == ("ant", "cat", "dog")
    assert named.train_labels.tolist() == [1, 2, 1, 2, 0, 0]
    column = made(pixels(6, 4, 5), LABELS[:, np.newaxis], classes=("x", "y", "z"))
    assert column.train_labels.tolist() == LABELS.tolist()
    assert column.classes == ("x", "y", "z")


def test_without_test_images_some_are_held_out():
    images, labels = pixels(40, 4, 5), np.arange(40) % 4
    dataset = Dataset.from_arrays(images, labels, test=0.2, seed=5)
    assert np.bincount(dataset.test_labels).tolist() == [2] * 4
    together = np.concatenate([dataset.train_images, dataset.test_images])[:, 0]
    assert sorted(map(bytes, together)) == sorted(map(bytes, images))
    assert Dataset.from_arrays(images, labels, test=8, seed=5).sha256 == dataset.sha256
    assert Dataset.from_arrays(images, labels, test=8, seed=6).sha256 != dataset.sha256


def test_validation_images_count_in_the_fingerprint():
    images = pixels(6, 4, 5)
    plain = made(images)
    held = made(images, validation_images=images[:2], validation_labels=LABELS[:2])
    assert held.validation_images.shape == (2, 1, 4, 5)
    assert held.sha256 != plain.sha256


def test_floats_are_converted_only_on_request():
    values = np.array([0, 0.25, 0.5, 1, 1 / 255, 0.999]).reshape(6, 1, 1)
    with pytest.raises(DataError, match="float64") as caught:
        made(values)
    assert "--floats pixels (floats='pixels')" in str(caught.value)
    assert made(values, floats="pixels").train_images.ravel().tolist() == [0, 64, 128, 255, 1, 255]
    kept = made(values * 7 - 3, floats="keep")
    assert kept.train_images.dtype == np.float32
    np.testing.assert_array_equal(kept.train_images.ravel(), (values * 7 - 3).astype(np.float32).ravel())


def test_float_images_enter_as_they_are():
    values = np.random.Generator(np.random.PCG64(3)).normal(5, 2, (50, 2, 3, 4)).astype(np.float32)
    dataset = made(values, np.arange(50) % 3, floats="keep", channels="first")
    assert (dataset.unit, made(pixels(6, 4, 5)).unit) == (1, 255)
    wide = values.astype(np.float64)
    # float64 sums of 600 numbers round at most once for each.
    bound = 600 * np.finfo(np.float64).eps
    np.testing.assert_allclose(dataset.channel_mean, wide.mean(axis=(0, 2, 3)), rtol=bound)
    np.testing.assert_allclose(dataset.channel_std, wide.std(axis=(0, 2, 3)), rtol=4 * bound)
    changed = values.copy()
    changed[9, 1, 2, 3] += 1
    assert made(changed, np.arange(50) % 3, floats="keep", channels="first").sha256 != dataset.sha256


@pytest.mark.parametrize(
    ("images", "labels", "options", "words"),
    [
        (pixels(6, 20), LABELS, {}, "got shape (6, 20)"),
        (pixels(6, 4, 5, 6), LABELS, {}, "does not tell where the channels stand"),
        (np.full((6, 4, 5), 4000, np.uint16), LABELS, {}, "numpy.rint(images / WHITE * 255).astype(numpy.uint8)"),
        (np.full((6, 4, 5), -300), LABELS, {}, "Values below 0 are no pixels"),
        (np.full((6, 4, 5), True), LABELS, {}, "images.astype(numpy.uint8) * 255"),
        (np.full((6, 4, 5), "x"), LABELS, {}, "got text. Store numbers"),
        (np.full((6, 4, 5), 7.0), LABELS, {"floats": "pixels"}, "numpy.rint(images).astype(numpy.uint8) makes"),
        (pixels(6, 4, 5, 6), LABELS, {}, "Say --channels first (channels='first')"),
        (pixels(6, 4, 5), LABELS[:5], {}, "got 6 train_images but 5 train_labels"),
        (pixels(6, 4, 5), LABELS + 0.5, {}, "whole numbers or class names, got float64"),
        (pixels(6, 4, 5), LABELS - 1, {}, "labels from 0 to 255, got -1"),
        (pixels(6, 4, 5), np.eye(6), {}, "argmax"),
        (pixels(6, 4, 5), LABELS, {"classes": ("a", "b")}, "train_labels from 0 to 1 (2 classes), got 2"),
        (pixels(6, 4, 5), np.array(["a"] * 6), {"classes": ("b", "c")}, "'a' is none of the classes"),
        (pixels(6, 4, 5), LABELS, {"channels": "middle"}, "channels as first or last, got 'middle'"),
        (pixels(6, 4, 5), LABELS, {"validation_images": pixels(1, 4, 5)}, "both validation_images and"),
        (pixels(6, 4, 5) * 1.0, LABELS, {"floats": "pixels"}, "expects values from 0 to 1"),
        (np.full((6, 1, 2), np.nan), LABELS, {"floats": "keep"}, "NaN"),
    ],
)
def test_wrong_arrays_are_refused_in_words(images, labels, options, words):
    with pytest.raises(DataError) as caught:
        made(images, labels, **options)
    assert words in str(caught.value)


def test_float_images_must_be_finite_and_alike():
    images = np.zeros((3, 1, 2, 2), np.float32)
    labels = np.zeros(3, np.uint8)
    with pytest.raises(DataError, match="float32"):
        Dataset("mixed", images, labels, images.astype(np.uint8), labels, ("a",), "a test")
    broken = images.copy()
    broken[1] = np.inf
    with pytest.raises(DataError, match="finite train_images"):
        Dataset("broken", broken, labels, images, labels, ("a",), "a test")


@pytest.mark.parametrize(
    "given", [{"test": 0}, {"test": 0.0}, {"test_images": pixels(0, 4, 5), "test_labels": LABELS[:0]}]
)
def test_a_data_set_may_be_without_test_images(given):
    images = pixels(6, 4, 5)
    data = Dataset.from_arrays(images, LABELS, **given)
    np.testing.assert_array_equal(data.train_images[:, 0], images)
    assert data.test_images.shape == (0, 1, 4, 5) and data.test_labels.shape == (0,)
    assert data.test_images.dtype == data.train_images.dtype and data.classes == ("0", "1", "2")
    assert data.sha256 != made(images).sha256
    assert len(data.split(3).validation_labels) == 3 and len(data.split(3).test_labels) == 0


@pytest.mark.parametrize("test", [False, -1, 6, float("nan"), "0"])
def test_other_parts_than_none_are_refused(test):
    with pytest.raises(DataError, match="test: expected a part between 0 and 1"):
        Dataset.from_arrays(pixels(6, 4, 5), LABELS, test=test)
