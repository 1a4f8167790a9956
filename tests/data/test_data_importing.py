"""Importing: pictures in class folders, FER2013, NumPy files; damage; what is kept."""

import numpy as np
import pytest
from picture_samples import SIDE, encoded, picture, tar, two_classes, write
from PIL import Image

from seedbed.data import CATALOGUE, import_data, load_data, verify
from seedbed.errors import DataError


@pytest.fixture
def pictures():
    return two_classes()


def different(count):
    """Images of 3×4 pixels, each another one."""
    return np.arange(count * 12, dtype=np.uint8).reshape(count, 3, 4)


def test_a_folder_with_train_and_test(pictures, tmp_path, cache):
    root = write(tmp_path / "My Pets!", {name: content for name, (_, content) in pictures.items()})
    write(root, {"train/cat/notes.txt": b"no picture", "train/.hidden/0.png": b""})
    imported = import_data(root)
    dataset = imported.dataset
    assert dataset.classes == ("cat", "dog")
    assert dataset.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    for part in ("train", "test"):
        ours = [values for name, (values, _) in sorted(pictures.items()) if name.startswith(part)]
        np.testing.assert_array_equal(getattr(dataset, f"{part}_images"), np.stack(ours).transpose(0, 3, 1, 2))
    assert (imported.skipped, imported.path) == ((), cache / "my-pets" / "imported.safetensors")
    loaded = load_data("my-pets")
    assert (loaded.sha256, loaded.classes, loaded.source) == (dataset.sha256, dataset.classes, dataset.source)
    assert CATALOGUE["my-pets"].image_shape == (3, SIDE, SIDE)
    assert list(CATALOGUE)[-1] == "my-pets"


def test_without_a_test_folder_the_split_is_stratified_and_seeded(tmp_path):
    files = {f"{one}/{number}.png": picture(number)[1] for one in ("2", "10") for number in range(10)}
    path = tar(tmp_path / "digits.tar", files, "w")
    one = import_data(path, name="one").dataset
    assert one.classes == ("2", "10")
    assert np.bincount(one.test_labels).tolist() == [2, 2]
    assert import_data(path, name="two").dataset.sha256 == one.sha256
    assert import_data(path, name="three", seed=1).dataset.sha256 != one.sha256
    assert len(import_data(path, name="four", test=6).dataset.test_labels) == 6


def test_validation_folders(pictures, tmp_path):
    files = {name: content for name, (_, content) in pictures.items()}
    three = import_data(write(tmp_path / "three", files | {"val/dog/9.png": picture(9)[1]})).dataset
    assert three.validation_labels.tolist() == [1]
    assert load_data("three").validation_images.shape == (1, 3, SIDE, SIDE)
    assert load_data("three").sha256 == three.sha256
    turned = {name.replace("test/", "val/"): content for name, content in files.items()}
    two = import_data(write(tmp_path / "two", turned)).dataset
    assert (len(two.test_labels), len(two.validation_labels)) == (1, 2)


def test_pictures_are_cropped_scaled_and_made_gray(tmp_path):
    wide = np.zeros((8, 20, 3), np.uint8)
    wide[:, 6:14] = (200, 100, 50)
    root = write(tmp_path / "wide", {f"{one}/0.png": encoded(Image.fromarray(wide)) for one in "ab"})
    root = write(root, {f"{one}/1.png": picture(1, (4, 4, 3))[1] for one in "ab"})
    with pytest.raises(DataError, match="differ in size") as caught:
        import_data(root)
    assert "--size" in str(caught.value) and "class folders" not in str(caught.value)
    flat = write(tmp_path / "flat", {"0.png": encoded(Image.fromarray(wide)), "1.png": picture(1, (4, 4, 3))[1]})
    with pytest.raises(DataError, match=r"differ in size.*Nor do they lie in class folders"):
        import_data(flat)
    colour = import_data(root, size=4, name="colour", test=1).dataset
    images = np.concatenate([colour.train_images, colour.test_images])
    # The middle square of the wide picture has one colour; a picture of the right size keeps its pixels.
    assert sum((image == np.array([200, 100, 50]).reshape(3, 1, 1)).all() for image in images) == 2
    assert any((image == picture(1, (4, 4, 3))[0].transpose(2, 0, 1)).all() for image in images)
    gray = import_data(root, size=4, gray=True, name="gray", test=1).dataset
    assert gray.image_shape == (1, 4, 4)
    luma = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert sum((image == luma).all() for image in np.concatenate([gray.train_images, gray.test_images])) == 2


def test_many_kinds_of_pictures(tmp_path):
    values = picture(1, (SIDE, SIDE))[0]
    deep = Image.fromarray(values.astype(np.uint16) * 257)
    plain = Image.fromarray(values)
    files = {
        "a/gray.png": encoded(plain),
        "a/deep.png": encoded(deep),
        "a/palette.gif": encoded(plain, "GIF"),
        "b/plain.bmp": encoded(plain, "BMP"),
        "b/alpha.png": encoded(plain.convert("RGBA")),
        "b/small.tiff": encoded(plain, "TIFF"),
    }
    others = {f"{one}/z.png": picture(number, (SIDE, SIDE))[1] for number, one in enumerate("ab", 7)}
    dataset = import_data(write(tmp_path / "kinds", files | others), test=1).dataset
    images = np.concatenate([dataset.train_images, dataset.test_images])
    same = [image for image in images if (image == values).all()]
    assert len(same) == len(files)
    for image in same:
        np.testing.assert_array_equal(image, np.stack([values] * dataset.image_shape[0]))
    gray_only = {name: content for name, content in files.items() if "plain" in name or "gray" in name}
    gray_only |= others
    assert import_data(write(tmp_path / "gray", gray_only), test=1).dataset.image_shape[0] == 1


def test_damaged_pictures_are_named_counted_and_skipped(pictures, tmp_path):
    files = {name: content for name, (_, content) in pictures.items()}
    bad = {
        "train/cat/cut.jpg": picture(50, kind="JPEG")[1][:300],
        "train/cat/text.png": b"hello",
        "train/dog/empty.png": b"",
        "stray.png": picture(51)[1],
    }
    notes = []
    imported = import_data(tar(tmp_path / "bad.tar.gz", files | bad, "w:gz"), note=notes.append)
    assert sorted(reason.split(":")[0] for reason in imported.skipped) == sorted(bad)
    assert notes == [f"skipped {reason}" for reason in imported.skipped]
    assert any("text.png: no picture" in note for note in notes)
    assert any("empty.png: an empty file" in note for note in notes)
    assert len(imported.dataset.train_labels) == 6


def test_skipped_names_are_in_order_and_harmless_on_a_terminal(pictures, tmp_path):
    files = {name: content for name, (_, content) in pictures.items()}
    stray = {f"{name}.png": picture(9)[1] for name in ("q", "b", "z", "a\x1b[31m")}
    imported = import_data(write(tmp_path / "stray", files | stray))
    assert imported.skipped == tuple(f"{name}.png: not in a class folder" for name in ("a\\x1b[31m", "b", "q", "z"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a/0.txt": b""}, "found none"),
        ({"a/0.png": b"x", "b/0.png": b"y"}, "none that can be read"),
        ({"root/a/0.png": picture(0)[1], "root/a/1.png": picture(1)[1]}, "at least 2 class folders, found 1: a"),
        ({"0.png": picture(0)[1], "1.png": picture(1)[1]}, "the pictures lie in no folder"),
        ({"train/a/0.png": picture(0)[1], "test/b/1.png": picture(1)[1]}, "training images of at least 2 classes"),
    ],
)
def test_folders_without_classes_are_refused(tmp_path, files, words):
    with pytest.raises(DataError) as caught:
        import_data(write(tmp_path / "pictures", files))
    assert words in str(caught.value)


def test_other_files_are_refused_for_what_they_are(tmp_path):
    for name, content, words in (
        ("x.zip", b"PK\x03\x04rest", "a zip archive. It is damaged or ends early"),
        ("x.npy", b"\x93NUMPY\x01\x00v", "a single NumPy array. Images and labels belong into one file: numpy.savez("),
        ("x.bin", b"\x01\x02", "unknown binary data"),
        ("x.csv", b"a,b\n1,2\n", "which column is the label? None is named so, and all columns hold numbers"),
        ("y.csv", b"\x1b[31m\x00\x07\n", "expected a table in text, got '\\x1b[31m\\x00\\x07\\n'."),
        ("x.npz", b"PK\x03\x04rest", "the .npz file is damaged or ends early"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as caught:
            import_data(tmp_path / name)
        assert words in str(caught.value)
    with pytest.raises(DataError, match="cannot be read"):
        import_data(tmp_path / "missing.tar")


def fer_row(emotion, usage, value=7, count=48 * 48):
    return f"{emotion},{' '.join([str(value)] * count)},{usage}\n"


def test_fer2013(tmp_path):
    path = tmp_path / "fer2013.csv"
    rows = [fer_row(3, "Training", 9), fer_row(6, "PublicTest"), fer_row(0, "PrivateTest", 255), fer_row(1, "Training")]
    bad = [fer_row(7, "Training"), fer_row(1, "Else"), fer_row(1, "Training", 256), fer_row(1, "Training", 7, 9), "1\n"]
    path.write_text("emotion,pixels,Usage\n" + "".join(rows + bad))
    imported = import_data(path)
    dataset = load_data("fer2013")
    assert dataset.image_shape == (1, 48, 48)
    assert [dataset.classes[label] for label in dataset.train_labels] == ["happy", "disgust"]
    assert [dataset.classes[label] for label in dataset.validation_labels] == ["neutral"]
    assert [dataset.classes[label] for label in dataset.test_labels] == ["angry"]
    assert (dataset.train_images[0] == 9).all() and (dataset.test_images == 255).all()
    for reason, (line, words) in zip(
        imported.skipped,
        [(6, "emotion from 0 to 6, got '7'"), (7, "got 'Else'"), (8, "from 0 to 255"), (9, "2304 pixels, got 9"),
         (10, "3 columns, got 1")],
        strict=True,
    ):  # fmt: skip
        assert f"line {line}:" in reason and words in reason
    path.write_text("emotion,pixels,Usage\n" + rows[1])
    with pytest.raises(DataError, match="Usage Training and PrivateTest"):
        import_data(path, name="partly")


def test_npz(tmp_path):
    images = np.random.Generator(np.random.PCG64(1)).integers(0, 256, (20, 5, 4, 3), dtype=np.uint8)
    labels = np.arange(20) % 4
    keras = tmp_path / "keras.npz"
    np.savez_compressed(keras, x_train=images, y_train=labels, x_test=images[:3], y_test=labels[:3])
    import_data(keras)
    np.testing.assert_array_equal(load_data("keras").train_images, images.transpose(0, 3, 1, 2))
    named = tmp_path / "named.npz"
    np.savez(named, images=images / 255, labels=labels, classes=["a", "b", "c", "d"])
    with pytest.raises(DataError, match="--floats pixels"):
        import_data(named)
    dataset = import_data(named, floats="pixels", test=4).dataset
    assert dataset.classes == ("a", "b", "c", "d")
    assert np.bincount(dataset.test_labels).tolist() == [1] * 4
    with pytest.raises(DataError, match="size and gray are for pictures"):
        import_data(named, name="scaled", size=32)
    np.savez(tmp_path / "objects.npz", x=np.array([{}]), y=labels)
    with pytest.raises(DataError, match="plain arrays"):
        import_data(tmp_path / "objects.npz")
    np.savez(tmp_path / "other.npz", a=images)
    with pytest.raises(DataError, match="train_images or x_train"):
        import_data(tmp_path / "other.npz")
    content = keras.read_bytes()
    (tmp_path / "flipped.npz").write_bytes(content[:200] + bytes([content[200] ^ 255]) + content[201:])
    with pytest.raises(DataError, match=r"flipped\.npz"):
        import_data(tmp_path / "flipped.npz")


@pytest.mark.parametrize("options", [{"channels": "first"}, {"channels": "foo"}, {"numbers": "names"}])
def test_options_for_arrays_are_refused_for_pictures(pictures, tmp_path, options):
    root = write(tmp_path / "pets", {name: content for name, (_, content) in pictures.items()})
    with pytest.raises(DataError, match=r"for arrays in an \.npz file; this is a folder"):
        import_data(root, **options)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0] * 6, "training images of at least 2 classes, got those of one: '0'"),
        (["cat"] * 6, "got those of one: 'cat'"),
        ([1, 2, 3] * 2, "no image has label 0, but labels go up to 3"),
        ([0, 2, 4] * 2, "no image has label 1 or 3, but"),
        ([0, 100, 200] * 2, "no image has label 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 … (198 of 201)"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused(tmp_path, cache, labels, words):
    path = tmp_path / "labels.npz"
    images = np.zeros((6, 3, 4), np.uint8)
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(DataError) as caught:
        import_data(path)
    assert words in str(caught.value)
    assert not (cache / "labels").exists()


def test_classes_that_cannot_be_learned_are_noted(tmp_path):
    path, notes = tmp_path / "gaps.npz", []
    arrays = {"x_train": different(6), "y_train": [0, 1] * 3, "x_test": different(3)}
    np.savez(path, **arrays, y_test=[0, 2, 2])
    assert import_data(path, note=notes.append).dataset.classes == ("0", "1", "2")
    assert notes == ["class 2 has no training images, so no network can learn it; images that have it: 2 test"]
    notes.clear()
    np.savez(path, **arrays, y_test=[0, 1, 1], classes=["a", "b", "c"])
    assert import_data(path, replace=True, note=notes.append).dataset.classes == ("a", "b", "c")
    assert notes == ["no image has class c; the data set keeps 3 classes"]


def test_an_empty_array_is_refused_as_empty(tmp_path):
    np.savez(tmp_path / "empty.npz", x=np.zeros((0, 3, 4), np.uint8), y=np.zeros(0, np.uint8))
    with pytest.raises(DataError, match="0 images cannot be split"):
        import_data(tmp_path / "empty.npz")


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "small.npz"
    np.savez(path, x=different(6), y=np.arange(6) % 2)
    return path, import_data(path).path


def test_names(kept, tmp_path, monkeypatch):
    path, file = kept
    with pytest.raises(DataError, match="was imported before"):
        import_data(path)
    assert import_data(path, replace=True).path == file
    for name in ("mnist", "spiral", "Upper", "", "a/b", "../x"):
        with pytest.raises(DataError, match="name"):
            import_data(path, name=name)
    # What lies in the user's own folder is found there, and cannot be replaced in the cache behind its back.
    own = tmp_path / "own"
    (own / "small").mkdir(parents=True)
    file.replace(own / "small" / file.name)
    with pytest.raises(DataError, match="Known"):
        load_data("small")
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    assert len(load_data("small").train_labels) == 5
    with pytest.raises(DataError, match="SEEDBED_DATA"):
        import_data(path, replace=True)


@pytest.mark.parametrize("place", ["header", "pixels", "end", "all"])
def test_a_damaged_kept_file_is_found_and_replaced(kept, place):
    path, file = kept
    content = bytearray(file.read_bytes())
    if place == "header":
        at = content.index(b"small.npz")
        content[at] ^= 1
    elif place == "pixels":
        content[-20] ^= 1
    file.write_bytes({"end": content[:-5], "all": b"junk"}.get(place, content))
    with pytest.raises(DataError, match="replace"):
        load_data("small")
    if place == "pixels":
        assert not any(check.ok for check in verify("small"))
    assert import_data(path, replace=True).dataset.sha256 == load_data("small").sha256


def test_progress_ends_at_the_end(pictures, tmp_path):
    seen = []
    files = {name: content for name, (_, content) in pictures.items()}
    import_data(write(tmp_path / "folder", files), progress=lambda *values: seen.append(values))
    assert seen[-1] == ("reading folder", sum(map(len, files.values())), sum(map(len, files.values())))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_what_is_kept_has_test_images(tmp_path):
    images, labels = np.zeros((4, 2, 2), np.uint8), np.array([0, 1, 0, 1])
    np.savez(tmp_path / "mine.npz", images=images, labels=labels)
    np.savez(tmp_path / "empty.npz", x_train=images, y_train=labels, x_test=images[:0], y_test=labels[:0])
    for name, test in (("mine", 0), ("empty", 0.2)):
        with pytest.raises(DataError, match=r"a data set that is kept has test images, and this one has none"):
            import_data(tmp_path / f"{name}.npz", test=test)
