"""Dataset: what it accepts, its statistics and its fingerprint; the digits and MNIST as known facts."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.data import CATALOGUE, Dataset, load_data
from seedbed.errors import DataError


def make(**changes):
    rng = np.random.Generator(np.random.PCG64(1))
    arguments = {
        "name": "small",
        "train_images": rng.integers(0, 256, (7, 3, 5, 3), dtype=np.uint8),
        "train_labels": np.array([0, 1, 2, 0, 1, 2, 0], dtype=np.uint8),
        "test_images": rng.integers(0, 256, (2, 3, 5, 3), dtype=np.uint8),
        "test_labels": np.array([1, 2], dtype=np.uint8),
        "classes": ("a", "b", "c"),
        "source": "a test",
    }
    return Dataset(**(arguments | changes))


def test_arrays_are_read_only_and_apart_from_the_callers():
    images = np.zeros((7, 3, 5, 3), dtype=np.uint8)
    dataset = make(train_images=images)
    images[:] = 9
    assert not dataset.train_images.any()
    for name in ("train_images", "train_labels", "test_images", "test_labels", "channel_mean", "channel_std"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(dataset, name)[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "other"


def test_outputs_beyond_the_classes_are_numbered():
    assert make().answer_names(3) == ("a", "b", "c")
    assert make().answer_names(5) == ("a", "b", "c", "output 3", "output 4")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_images": np.zeros((7, 3, 5, 3))}, "as uint8 or float32 array of shape (n, c, h, w), got float64"),
        ({"train_images": np.zeros((7, 5, 3), np.uint8)}, "got uint8 (7, 5, 3)"),
        ({"train_images": [[1]]}, "got list"),
        ({"test_images": np.zeros((2, 1, 5, 3), np.uint8)}, "are uint8 (3, 5, 3) (c, h, w) but test_images"),
        ({"test_images": np.zeros((2, 3, 0, 3), np.uint8)}, "test_images are empty"),
        ({"train_labels": np.zeros(6, np.uint8)}, "got 7 train_images but 6 train_labels"),
        ({"test_labels": np.zeros(2, np.int64)}, "test_labels as uint8 array of shape (n,), got int64"),
        ({"test_labels": np.array([0, 3], np.uint8)}, "test_labels from 0 to 2 (3 classes), got 3"),
        ({"classes": ()}, "1 to 256 different class names, got 0"),
        ({"classes": ("a", "a", "b")}, "different class names"),
    ],
)
def test_wrong_parts_are_refused(changes, message):
    with pytest.raises(DataError) as caught:
        make(**changes)
    assert message in str(caught.value)
    assert "small" in str(caught.value)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_statistics_are_those_of_float64(count, channels, height, width, seed):
    images = np.random.Generator(np.random.PCG64(seed)).integers(0, 256, (count, channels, height, width), np.uint8)
    labels = np.zeros(count, np.uint8)
    dataset = make(train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    pixels = images.astype(np.float64) / 255
    # Each of the float64 sums that this compares with rounds at most once per pixel.
    bound = images.size * np.finfo(np.float64).eps
    np.testing.assert_allclose(dataset.channel_mean, pixels.mean(axis=(0, 2, 3)), rtol=0, atol=bound)
    np.testing.assert_allclose(dataset.channel_std**2, pixels.var(axis=(0, 2, 3)), rtol=0, atol=4 * bound)
    assert dataset.channel_mean.shape == dataset.channel_std.shape == (channels,)


def test_the_fingerprint_sees_every_pixel_label_and_shape():
    base = make()
    pixel = base.train_images.copy()
    pixel[3, 1, 2, 2] ^= 1
    label = base.test_labels.copy()
    label[1] = 0
    turned = {name: getattr(base, name).reshape(-1, 3, 3, 5) for name in ("train_images", "test_images")}
    prints = [make().sha256] + [
        make(**changes).sha256 for changes in ({"train_images": pixel}, {"test_labels": label}, turned)
    ]
    assert prints[0] == base.sha256
    assert len(set(prints)) == 4


def test_digits():
    digits = load_data("digits")
    assert digits.train_images.shape == (1437, 1, 8, 8)
    assert digits.test_images.shape == (360, 1, 8, 8)
    assert np.bincount(digits.test_labels).tolist() == [36] * 10
    assert digits.train_images.max() == 255
    assert digits.sha256 == CATALOGUE["digits"].sha256
    assert digits.source.startswith("scikit-learn")


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    digits = load_data("digits")
    values, labels = load_digits(return_X_y=True)
    ours = np.concatenate([digits.train_images, digits.test_images]).reshape(-1, 64)
    expected = np.rint(values * (255 / 16)).astype(np.uint8)
    assert sorted(map(bytes, ours)) == sorted(map(bytes, expected))
    np.testing.assert_array_equal(
        np.bincount(digits.train_labels) + np.bincount(digits.test_labels), np.bincount(labels)
    )


def test_changed_digits_are_refused():
    with pytest.raises(DataError, match="expected fingerprint 0000"):
        dataclasses.replace(CATALOGUE["digits"], sha256="0" * 64).load(None, None, None)


def test_mnist(mnist):
    assert mnist.train_images.shape == (60_000, 1, 28, 28)
    assert mnist.test_images.shape == (10_000, 1, 28, 28)
    counts = np.bincount(mnist.test_labels)
    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.channel_mean[0] == pytest.approx(0.1307, abs=5e-5)
    assert mnist.channel_std[0] == pytest.approx(0.3081, abs=5e-5)


def test_the_fingerprint_of_published_files_is_that_of_their_arrays(mnist):
    computed = dataclasses.replace(mnist, sha256="")
    assert computed.sha256 == mnist.sha256


@pytest.mark.parametrize(("name", "near"), [("minst", "mnist"), ("MNIST", "mnist"), ("fashion", "fashion-mnist")])
def test_an_unknown_name_suggests_the_nearest(name, near):
    with pytest.raises(DataError) as caught:
        load_data(name)
    assert f"Did you mean '{near}'?" in str(caught.value)
    assert "cifar10, circle, digits, fashion-mnist, gauss, mnist" in str(caught.value)


def test_it_shows_counts_shape_and_pictures() -> None:
    data = load_data("digits").split(100)
    assert repr(data) == "<Dataset 'digits': 1,337 train, 100 validation, 360 test; 1×8×8 uint8; 10 classes>"
    page = data._repr_html_()
    assert "1,337 train, 100 validation, 360 test" in page and "1×8×8 uint8" in page
    assert page.count("<img alt=") == 10 and page.count("data:image/png;base64,") == 10
    assert "<img" not in load_data("spiral(noise=0.1)")._repr_html_()
