"""Which folders are parts and which are classes; links; what is passed over; classes that end up empty."""

import os
import tarfile

import numpy as np
import pytest
from picture_samples import picture, tar, write, zipped

from seedbed.data import import_data
from seedbed.data.importing.layout import part_of
from seedbed.data.importing.links import linked_names
from seedbed.errors import DataError


def pictures(folders, count=3):
    """`count` pictures in each folder, all different."""
    return {
        f"{folder}/{number}.png": picture(97 * which + number, (4, 4))[1]
        for which, folder in enumerate(folders)
        for number in range(count)
    }


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        *((name, "train") for name in ("train", "Training", "seg_train", "training_set", "Final_Training", "TrainSet")),
        *((name, "train") for name in ("train2017", "train-images", "dataset_train", "Training Data")),
        *((name, "test") for name in ("test", "seg_test", "Test Set", "testing", "Final_Test", "evaluation")),
        *((name, "validation") for name in ("val", "valid", "validation", "dev", "val_images", "Validation_Set")),
        *(
            (name, None)
            for name in ("cat", "trainer", "test tube", "training shoes", "invalid", "train_test", "images")
        ),
    ],
)
def test_names_of_parts(folder, part):
    assert part_of(folder) == part


LAYOUTS = {
    "other names": ("seg_train/{}", "seg_test/{}", None),
    "sets": ("training_set/{}", "test_set/{}", None),
    "twice": ("data/train/train/{}", "data/test/test/{}", None),
    "GTSRB": ("GTSRB/Final_Training/Images/{}", "GTSRB/Final_Test/Images/{}", None),
    "three": ("train/{}", "test/{}", "valid/{}"),
    "dev": ("Train/{}", "Test/{}", "dev/{}"),
    "inside": ("{}/train", "{}/test", "{}/val"),
    "plain": ("train/{}", "test/{}", "validation/{}"),
}


@pytest.mark.parametrize("pack", [write, tar, zipped])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_split_folders_under_any_usual_name(tmp_path, layout, pack):
    train, test, validation = LAYOUTS[layout]
    names = ("cat", "dog", "owl")
    files = pictures([train.format(name) for name in names], 4) | pictures([test.format(name) for name in names], 1)
    if validation:
        files |= pictures([validation.format(name) for name in names], 2)
    found = import_data(pack(tmp_path / "set.bin", files))
    dataset = found.dataset
    assert dataset.classes == names
    held = [len(labels) for labels in (dataset.train_labels, dataset.test_labels, dataset.validation_labels)]
    assert held == [12, 3, 6 if validation else 0]
    assert found.remarks[0].startswith("understood: ")
    assert len(found.remarks) == 1


def test_validation_without_test_stays_validation(tmp_path):
    found = import_data(
        write(tmp_path / "set", pictures(["train/a", "train/b"], 5) | pictures(["valid/a", "valid/b"], 2))
    )
    assert (len(found.dataset.validation_labels), len(found.dataset.test_labels)) == (4, 2)
    assert found.remarks == (
        "understood: 'train' as training pictures, 'valid' as validation pictures",
        "no folder of test pictures: 2 training pictures were drawn as test images with seed 0",
    )


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["fold1/a", "fold1/b", "fold2/a", "fold2/b"], "the folders 'fold1', 'fold2' all hold 'a', 'b': which are"),
        (["train/a/x", "train/a/y", "train/b/x", "train/b/y"], "the folders 'a', 'b' all hold 'x', 'y'"),
        (["train", "test"], "the pictures lie in 'test', 'train' directly"),
        (["test/a", "test/b", "val/a", "val/b"], "expected a folder of training pictures, found 'test', 'val' only"),
        (["train/steam", "train/diesel", "bus/red", "car/old"], "or be a class like 'bus', 'car' beside it"),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path, folders, words):
    with pytest.raises(DataError) as caught:
        import_data(write(tmp_path / "set", pictures(folders)))
    assert words in str(caught.value)


def test_the_class_is_the_first_or_the_last_folder(tmp_path):
    root = write(tmp_path / "set", pictures(["one/a", "one/b", "two/a", "two/b"]))
    assert import_data(root, name="first", class_folder="first").dataset.classes == ("one", "two")
    assert import_data(root, name="last", class_folder="last").dataset.classes == ("a", "b")
    with pytest.raises(DataError, match="class_folder: expected first or last"):
        import_data(root, name="middle", class_folder="middle")


def test_folders_that_classes_have_for_themselves_are_no_question(tmp_path):
    root = write(tmp_path / "set", pictures(["cat/left", "cat/right", "dog/left", "vehicle/x"]))
    assert import_data(root).dataset.classes == ("cat", "dog", "vehicle")
    vehicles = write(tmp_path / "vehicles", pictures(["train", "bus", "car"]))
    assert import_data(vehicles).dataset.classes == ("bus", "car", "train")


@pytest.mark.parametrize("pack", [write, tar, zipped])
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"c/0.png": b"text", "c/1.png": b""}, "c/0.png cannot be used"),
        ({"c/0.heic": b"\0\0\0\x18ftypheic"}, "c/0.heic cannot be used"),
        ({"c/0.psd": b"8BPS", "c/readme.txt": b""}, "c/0.psd is no picture that can be read"),
    ],
)
def test_a_class_that_ends_up_empty_is_an_error(tmp_path, pack, files, words):
    path = pack(tmp_path / "set.bin", pictures(["a", "b"]) | files)
    with pytest.raises(DataError, match="the class folder 'c' holds no picture") as caught:
        import_data(path)
    assert words in str(caught.value)


def test_an_empty_class_folder_is_an_error(tmp_path):
    root = write(tmp_path / "set", pictures(["train/a", "train/b"]))
    (root / "train" / "c").mkdir()
    with pytest.raises(DataError, match="the class folder 'c' holds no picture: it is empty"):
        import_data(root)


@pytest.mark.parametrize("pack", [write, tar, zipped])
def test_what_lies_beside_pictures_is_counted_and_named(tmp_path, pack):
    beside = {
        "annotations/0.xml": b"<a/>",
        "README": b"",
        "a/.DS_Store": b"",
        "__MACOSX/a/._0.png": b"",
        "b/Thumbs.db": b"",
    }
    plain = import_data(write(tmp_path / "plain", pictures(["a", "b"])))
    found = import_data(pack(tmp_path / "set.bin", pictures(["a", "b"]) | beside))
    assert found.dataset.sha256 == plain.dataset.sha256
    assert set(found.remarks) - set(plain.remarks) == {
        "passed over hidden files and folders: 2 (__MACOSX, a/.DS_Store)",
        "passed over files that are no pictures: 3 (README, annotations/0.xml, b/Thumbs.db)",
    }


def test_links_stand_for_what_they_lead_to(tmp_path):
    files = pictures(["set/a", "set/b", "set/store"])
    root = write(tmp_path / "one", files) / "set"
    (root / "c").symlink_to("store", target_is_directory=True)
    (root / "a" / "more.png").symlink_to("../b/0.png")
    os.link(root / "b" / "1.png", root / "a" / "hard.png")
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        archive.add(root, "set")
    folder, packed = import_data(root, name="folder").dataset, import_data(tmp_path / "set.tar", name="packed").dataset
    assert folder.classes == ("a", "b", "c", "store")
    assert np.bincount(np.concatenate([folder.train_labels, folder.test_labels])).tolist() == [5, 3, 3, 3]
    assert packed.sha256 == folder.sha256


def test_links_that_lead_nowhere_or_back(tmp_path):
    root = write(tmp_path / "set", pictures(["a", "b"]))
    (root / "a" / "back").symlink_to("..", target_is_directory=True)
    (root / "b" / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(root / "b" / "pipe.png")
    found = import_data(root)
    assert len(found.dataset.train_labels) + len(found.dataset.test_labels) == 6
    assert "passed over links that lead back: 1 (a/back)" in found.remarks
    assert "passed over links that lead nowhere, pipes and devices: 2 (b/gone.png, b/pipe.png)" in found.remarks
    (root / "c").symlink_to("nowhere")
    with pytest.raises(DataError, match="the class folder 'c' holds no picture: c leads nowhere"):
        import_data(root, replace=True)


def test_a_class_that_is_a_link_out_of_the_archive_is_an_error(tmp_path):
    root = write(tmp_path / "set", pictures(["a", "b"]))
    (root / "c").symlink_to("../store", target_is_directory=True)
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        archive.add(root, "set")
    with pytest.raises(DataError, match="the class folder 'c' holds no picture: set/c leads nowhere"):
        import_data(tmp_path / "set.tar")


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ({"l": "a"}, {"l/x": "a/x"}),
        ({"a/l": "x"}, {"a/l": "a/x"}),
        ({"b/l": "../a/x"}, {"b/l": "a/x"}),
        ({"m": "l", "l": "a"}, {"m/x": "a/x", "l/x": "a/x"}),
        ({"l": "a", "b/m": "../l/x"}, {"l/x": "a/x", "b/m": "a/x"}),
        ({"l": "l"}, {}),
        ({"l": "m", "m": "l"}, {}),
        ({"l": "../a"}, {}),
        ({"l": "/a/x"}, {}),
        ({"a/l": ".."}, {}),
        ({"a/l": "."}, {}),
        ({"l": "nothing"}, {}),
    ],
)
def test_where_links_lead(links, found):
    assert {name: real for _, pairs in linked_names(links, ["a/x"]) for name, real in pairs} == found
