"""Labels and class names in every form in which people have them: one rule for `from_arrays` and for imports."""

import numpy as np
import pytest

from seedbed.data import Dataset, import_data
from seedbed.errors import DataError

COUNT = 24
IMAGES = np.random.Generator(np.random.PCG64(3)).integers(0, 256, (COUNT, 4, 5), dtype=np.uint8)


def from_arrays(tmp_path, labels, **options):
    return Dataset.from_arrays(IMAGES, labels, **options)


def from_file(tmp_path, labels, classes=None, **options):
    named = {} if classes is None else {"classes": np.array(classes)}
    np.savez(tmp_path / "own.npz", images=IMAGES, labels=labels, **named)
    return import_data(tmp_path / "own.npz", replace=True, **options).dataset


BOTH = pytest.mark.parametrize("make", [from_arrays, from_file])


def answers(dataset):
    labels = np.concatenate([dataset.train_labels, dataset.test_labels])
    return sorted(dataset.classes[label] for label in labels)


@BOTH
@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.array([str(number % 12) for number in range(COUNT)]), tuple(map(str, range(12)))),
        (np.array([b"non-cat", b"cat"] * 12), ("cat", "non-cat")),
        (np.arange(COUNT) % 2 == 1, ("False", "True")),
        (np.array(["-1", "1"] * 12), ("-1", "1")),
        (np.arange(COUNT, dtype=np.int64)[:, np.newaxis] % 3, ("0", "1", "2")),
    ],
)
def test_names_in_natural_order(make, tmp_path, labels, classes):
    dataset = make(tmp_path, labels)
    assert dataset.classes == classes
    expected = [one.decode() if isinstance(one, bytes) else str(one) for one in labels.ravel().tolist()]
    assert answers(dataset) == sorted(expected)


@BOTH
@pytest.mark.parametrize(
    ("numbers", "missing"),
    [(np.arange(COUNT) % 10 + 1, "label 0, but labels go up to 10"), (np.arange(COUNT) % 3 * 2, "label 1 or 3")],
)
def test_numbers_count_classes_from_0_or_are_names(make, tmp_path, numbers, missing):
    with pytest.raises(DataError, match=missing) as caught:
        make(tmp_path, numbers)
    assert "numbers='names'" in str(caught.value)
    dataset = make(tmp_path, numbers, numbers="names")
    assert dataset.classes == tuple(map(str, np.unique(numbers)))
    assert answers(dataset) == sorted(map(str, numbers))
    assert make(tmp_path, numbers, classes=[f"c{number}" for number in range(11)]).classes[10] == "c10"


@BOTH
def test_class_names_as_bytes_and_numbers(make, tmp_path):
    labels = np.arange(COUNT) % 2
    assert make(tmp_path, labels, classes=[b"non-cat", "고양이".encode()]).classes == ("non-cat", "고양이")
    assert make(tmp_path, labels, classes=[7, 9]).classes == ("7", "9")
    assert make(tmp_path, labels == 1, classes=["no", "yes"]).classes == ("no", "yes")


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (np.eye(3)[np.arange(COUNT) % 3], {}, "argmax"),
        (np.ones((COUNT, 3)), {}, "An image has one class here"),
        (np.zeros((COUNT, 3), np.uint8), {}, "An image has one class here"),
        (np.arange(3 * COUNT).reshape(COUNT, 3), {}, "An image has one class here"),
        ([[0], [1, 2]], {}, "NumPy makes no array of"),
        (["a", None] * 12, {}, "got None among them"),
        (np.array(["a", 3] * 12, dtype=object), {}, "got 3 among them"),
        (np.array([b"\xb0\xed"] * COUNT), {}, "name.decode('cp949')"),
        (np.arange(COUNT) % 2, {"classes": (None, "b")}, "got None of type NoneType"),
        (np.arange(COUNT) % 2, {"classes": "ab"}, "expected a sequence of class names"),
        (np.arange(COUNT) % 2, {"classes": 2}, "expected a sequence of class names"),
        (np.arange(COUNT) % 2, {"classes": [str(number) for number in range(300)]}, "got 300: 0, 1, 2"),
        (np.arange(COUNT) % 2, {"numbers": "any"}, "numbers as positions or names"),
        (np.arange(COUNT) % 2, {"name": 5}, "name of a data set as text, got 5"),
    ],
)
def test_what_is_no_label_is_refused_in_words(labels, options, words):
    with pytest.raises(DataError) as caught:
        Dataset.from_arrays(IMAGES, labels, **options)
    assert words in str(caught.value)
    assert ("argmax" in str(caught.value)) == (words == "argmax")
    assert len(str(caught.value)) < 400


def test_ragged_images_are_refused():
    with pytest.raises(DataError, match="NumPy makes no array of"):
        Dataset.from_arrays([[[1, 2]], [[1]]], [0, 1])


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.int8])
def test_whole_numbers_are_pixels_where_none_is_lost(dtype):
    pixels = (IMAGES % 100).astype(dtype)
    dataset = Dataset.from_arrays(pixels, np.arange(COUNT) % 2, pixels, np.arange(COUNT) % 2)
    assert dataset.train_images.dtype == np.uint8
    np.testing.assert_array_equal(dataset.train_images[:, 0], pixels)


def test_pairs_of_images_and_labels():
    labels = np.arange(COUNT) % 2
    whole = Dataset.from_arrays(IMAGES, labels, IMAGES[:6], labels[:6])
    assert Dataset.from_arrays((IMAGES, labels), (IMAGES[:6], labels[:6])).sha256 == whole.sha256
    assert Dataset.from_arrays((IMAGES, labels), test_images=(IMAGES[:6], labels[:6])).sha256 == whole.sha256
    assert Dataset.from_arrays((IMAGES, labels)).sha256 == Dataset.from_arrays(IMAGES, labels).sha256
    with pytest.raises(DataError, match="train_labels, one is missing"):
        Dataset.from_arrays(IMAGES)
