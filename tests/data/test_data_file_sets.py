"""Sets in files of one array each: IDX under every usual name, KMNIST, NumPy's; MNIST's own under other names."""

import gzip
import io

import numpy as np
import pytest

from seedbed.data import import_data
from seedbed.data.formats.idx import encode_idx
from seedbed.data.places import cache_folder
from seedbed.errors import DataError

RANDOM = np.random.Generator(np.random.PCG64(4))
IMAGES = RANDOM.integers(0, 256, (18, 5, 4), dtype=np.uint8)
LABELS = (np.arange(18) % 3).astype(np.uint8)
ARRAYS = {
    ("train", "images"): IMAGES[:9],
    ("train", "labels"): LABELS[:9],
    ("test", "images"): IMAGES[9:],
    ("test", "labels"): LABELS[9:],
}


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(array):
    file = io.BytesIO()
    np.savez_compressed(file, array)
    return file.getvalue()


def write(folder, pattern, encode=encode_idx, arrays=ARRAYS, **words):
    folder.mkdir(parents=True, exist_ok=True)
    for (part, what), array in arrays.items():
        name = pattern.format(part=words.get(part, part), what=words.get(what, what), n=array.ndim)
        (folder / name).write_bytes(encode(array))
    return folder


WAYS = {
    "as published": ("{part}-{what}-idx{n}-ubyte", encode_idx, {"test": "t10k"}),
    "with a dot": ("{part}-{what}.idx{n}-ubyte", encode_idx, {"test": "t10k"}),
    "packed": ("{part}-{what}-idx{n}-ubyte.gz", lambda array: gzip.compress(encode_idx(array)), {"test": "t10k"}),
    "plain as gz": ("{part}-{what}-idx{n}-ubyte.gz", encode_idx, {}),
    "short": ("{part}_{what}.idx", encode_idx, {}),
    "ubyte": ("{part}-{what}.ubyte", encode_idx, {}),
    "EMNIST": ("emnist-letters-{part}-{what}-idx{n}-ubyte", encode_idx, {}),
    "KMNIST": ("kmnist-{part}-{what}.npz", npz, {"images": "imgs"}),
    "npy": ("{what}_{part}.npy", npy, {"images": "x", "labels": "y"}),
    "npy in words": ("{part}_{what}.npy", npy, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_usual_name(tmp_path, way):
    pattern, encode, words = WAYS[way]
    folder = write(tmp_path / "own", pattern, encode, **words)
    dataset = import_data(folder).dataset
    assert dataset.name == "own"
    np.testing.assert_array_equal(dataset.train_images[:, 0], IMAGES[:9])
    np.testing.assert_array_equal(dataset.test_images[:, 0], IMAGES[9:])
    assert dataset.test_labels.tolist() == LABELS[9:].tolist()
    images = next(path for path in folder.iterdir() if "train" in path.name and ("im" in path.name or "x" in path.name))
    assert import_data(images, name="file").dataset.sha256 == dataset.sha256


def test_folders_below(tmp_path):
    write(tmp_path / "root" / "MNIST" / "raw", "{part}-{what}-idx{n}-ubyte")
    assert import_data(tmp_path / "root").dataset.classes == ("0", "1", "2")


def test_a_link_to_itself_hides_no_set(tmp_path):
    folder = tmp_path / "set"
    write(folder, "{part}-{what}-idx{n}-ubyte")
    (folder / "link").symlink_to("link")
    assert len(import_data(folder).dataset.train_labels) == 9


def test_several_sets_in_a_folder(tmp_path):
    folder = write(tmp_path / "gzip", "emnist-letters-{part}-{what}-idx{n}-ubyte")
    write(
        folder, "emnist-digits-{part}-{what}-idx{n}-ubyte", arrays={key: array[::-1] for key, array in ARRAYS.items()}
    )
    with pytest.raises(DataError, match="holds 2 data sets") as caught:
        import_data(folder)
    assert "emnist-digits-train-images-idx3-ubyte" in str(caught.value)
    letters = import_data(folder / "emnist-letters-train-images-idx3-ubyte", name="letters").dataset
    np.testing.assert_array_equal(letters.train_images[:, 0], IMAGES[:9])
    digits = import_data(folder / "emnist-digits-test-labels-idx1-ubyte", name="digits2").dataset
    np.testing.assert_array_equal(digits.train_images[:, 0], IMAGES[:9][::-1])


def test_emnist_is_turned_and_counts_from_1(tmp_path):
    arrays = {key: array + 1 if key[1] == "labels" else array for key, array in ARRAYS.items()}
    folder = write(tmp_path / "letters", "emnist-letters-{part}-{what}-idx{n}-ubyte", arrays=arrays)
    with pytest.raises(DataError, match="numbers='names'"):
        import_data(folder, turned=True)
    dataset = import_data(folder, turned=True, numbers="names").dataset
    assert dataset.classes == ("1", "2", "3")
    np.testing.assert_array_equal(dataset.train_images[:, 0], IMAGES[:9].transpose(0, 2, 1))
    assert "turned" in dataset.source


def test_without_test_files_some_are_drawn(tmp_path):
    arrays = {key: array for key, array in ARRAYS.items() if key[0] == "train"}
    dataset = import_data(write(tmp_path / "own", "{part}-{what}-idx{n}-ubyte", arrays=arrays), test=3).dataset
    assert (len(dataset.train_labels), len(dataset.test_labels)) == (6, 3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-labels-idx1-ubyte", b"\0\0\x08\x01\0\0\0\x09abc", "expected 17 bytes for IDX dimensions"),
        ("train-labels-idx1-ubyte", b"<html>", "expected an IDX file"),
        ("train-images-idx3-ubyte", gzip.compress(encode_idx(IMAGES))[:50], "damaged or ends early"),
        ("train-images-idx3-ubyte", gzip.compress(bytes(1 << 24)) * 10, "got more. If you trust it"),
        ("train-images-idx3-ubyte", npy(IMAGES)[:-1], "is damaged: shape"),
        ("train-images-idx3-ubyte", npy(np.array([{}])), "expected plain arrays of numbers or text"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, words):
    folder = write(tmp_path / "own", "{part}-{what}-idx{n}-ubyte")
    (folder / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        import_data(folder)
    assert words in str(caught.value) and name in str(caught.value)


def test_an_npz_of_several_arrays_in_a_set_is_refused(tmp_path):
    np.savez(tmp_path / "x_train.npz", a=IMAGES, b=IMAGES)
    np.savez(tmp_path / "y_train.npz", LABELS)
    with pytest.raises(DataError, match="expected one array, got 2: a, b"):
        import_data(tmp_path)


def test_medmnist(tmp_path):
    colours = RANDOM.integers(0, 256, (18, 5, 4, 3), dtype=np.uint8)
    arrays = {}
    for number, part in enumerate(("train", "val", "test")):
        chosen = slice(number * 6, number * 6 + 6)
        arrays |= {f"{part}_images": colours[chosen], f"{part}_labels": LABELS[chosen, np.newaxis]}
    np.savez_compressed(tmp_path / "bloodmnist.npz", **arrays)
    dataset = import_data(tmp_path / "bloodmnist.npz").dataset
    np.testing.assert_array_equal(dataset.validation_images, colours[6:12].transpose(0, 3, 1, 2))
    arrays |= {f"{part}_labels": np.ones((6, 14), np.uint8) for part in ("train", "val", "test")}
    np.savez_compressed(tmp_path / "chestmnist.npz", **arrays)
    with pytest.raises(DataError, match="An image has one class here"):
        import_data(tmp_path / "chestmnist.npz")


@pytest.mark.parametrize("below", ["", "tiny", "raw", "MNIST/raw", "tiny/FashionMNIST/raw"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_published_files_are_found_under_other_names(tmp_path, tiny, monkeypatch, below, suffix):
    folder = tmp_path / "data" / below
    folder.mkdir(parents=True)
    for name, content in tiny.plain.items():
        packed = gzip.compress(content) if suffix else content
        (folder / (name.replace("-idx", ".idx") + suffix)).write_bytes(packed)
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path / "data"))
    notes = []
    dataset = tiny.entry().load(cache_folder(), lambda what, done, total: None, notes.append)
    assert (len(dataset.train_labels), notes) == (6, [])
    assert tiny.entry().locate(cache_folder()) == (folder,)
