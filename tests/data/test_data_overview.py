"""`seedbed data show` and `data remove`: counts, duplicates, contact sheets, leftovers of the cache."""

import json
import os
import re
import time

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from seedbed.cli.data import app
from seedbed.data import Dataset, import_data, load_data, look_over, remove
from seedbed.data.contact_sheet import write_contact_sheet
from seedbed.data.sets.imported_set import save_imported
from seedbed.errors import DataError
from seedbed.files import PART_FILES, remove_leftovers

RANDOM = np.random.Generator(np.random.PCG64(6))
IMAGES = RANDOM.integers(0, 256, (20, 3, 6, 5), dtype=np.uint8)
NAMES = ("cat", "<b>개\u202e", "owl")


def made(name="mine", floats=False):
    """12 training images, of which one is there three times; 3 validation and 5 test images, of which two were seen."""
    images, labels = IMAGES.copy(), (np.arange(20) % 2).astype(np.uint8)
    labels[[2, 11]] = 2
    images[4] = images[8] = images[0]
    images[13], images[16], images[19] = images[12], images[1], images[2]
    arrays = images / np.float32(255) if floats else images
    return Dataset(name, arrays[:12], labels[:12], arrays[15:], labels[15:], NAMES, "a test",
                   validation_images=arrays[12:15], validation_labels=labels[12:15])  # fmt: skip


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=True)


def test_counts_and_duplicates():
    found = look_over(made())
    assert found.counts == {"train": (5, 5, 2), "validation": (2, 1, 0), "test": (2, 3, 0)}
    assert found.duplicates.within == {"train": 2, "validation": 1, "test": 0}
    assert found.duplicates.across == {("train", "validation"): 0, ("train", "test"): 2, ("validation", "test"): 0}
    assert found.duplicates.with_other_class == 3
    assert "test image 4 (<b>개\u202e) is train image 2 (owl)" in found.duplicates.examples
    assert found.imbalance == 2.5
    assert found.majority_error == pytest.approx(60)


def test_a_data_set_without_test_images():
    images = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    found = look_over(Dataset.from_arrays(images, [0, 1, 0, 1, 0, 1], test=0))
    assert found.counts["test"] == (0, 0)
    assert found.majority_error is None
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["majority_error_percent"] is None


def test_digits_have_what_scikit_learn_says():
    found = look_over(load_data("digits"))
    assert sum(found.counts["train"]) == 1437 and found.duplicates.with_other_class == 0


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("suffix", ["html", "png"])
def test_contact_sheets(tmp_path, suffix, floats):
    path = write_contact_sheet(look_over(made(floats=floats)), tmp_path / "new" / f"sheet.{suffix}", images=4)
    if suffix == "png":
        sheet = np.asarray(Image.open(path).convert("RGB"))
        # A corner of the first picture of the first class, 9 times as large, below its name.
        np.testing.assert_array_equal(sheet[4 + 16, 4], IMAGES[0][:, 0, 0])
        return
    page = path.read_text("utf-8")
    assert page.count("<img") == 3
    assert "&lt;b&gt;개\\u202e" in page and "<b>" not in page and "\u202e" not in page
    assert "2 test images are training images too" in page


def test_what_has_no_contact_sheet(tmp_path):
    overview = look_over(made())
    for path, images, words in (
        ("sheet.gif", 4, ".html or .png"),
        ("s.png", 0, "from 1 to 200"),
        ("/proc/x/s.png", 4, "cannot be written"),
    ):
        with pytest.raises(DataError, match=re.escape(words)):
            write_contact_sheet(overview, tmp_path / path, images)
    with pytest.raises(DataError, match="plain features, of which there are no pictures"):
        write_contact_sheet(look_over(load_data("spiral")), tmp_path / "s.png")


def test_show_on_a_terminal(run, cache):
    save_imported(made(), cache)
    shown = run("show", "mine")
    assert shown.exit_code == 0, shown.exception
    lines = shown.stdout.splitlines()
    assert lines[0] == "mine: images of 3×6×5, uint8 from 0 to 255; a test"
    assert [line.split()[-1] for line in lines[1:6]] == ["training", "41.7%", "41.7%", "16.7%", "100.0%"]
    assert "<b>개\\u202e" in shown.stdout
    assert "The largest class has 2.5 times as many training images as the smallest" in shown.stdout
    assert "Images that are there more than once: 2 in training, 1 in validation." in lines
    assert "In training too: 2 test images (40.0%)." in lines
    assert "With more than one class: 3 images." in lines
    assert lines[-1] == f"Pictures of every class: {cache / 'mine' / 'sheet.html'}"
    assert (cache / "mine" / "sheet.html").is_file()


def test_show_says_what_it_is_asked_in_json_and_korean(run, cache, tmp_path):
    save_imported(made(), cache)
    found = json.loads(run("show", "mine", "--json").stdout)
    assert found["shape"] == "data show/1"
    assert found["images"] == {"train": 12, "validation": 3, "test": 5}
    assert found["classes"][2] == {"name": "owl", "train": 2, "validation": 0, "test": 0}
    assert found["duplicates"]["across"]["train/test"] == 2
    assert not (cache / "mine" / "sheet.html").exists()
    assert run("show", "mine", "--lang", "ko", "--output", tmp_path / "k.html").exit_code == 0
    assert "<h1>데이터 집합 mine</h1>" in (tmp_path / "k.html").read_text("utf-8")
    assert run("show", "spiral").exit_code == 0
    assert isinstance(run("show", "nothing").exception, DataError)


def test_show_where_the_cache_cannot_be_written(run, cache):
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where the folder should be")
    shown = run("show", "digits")
    assert shown.exit_code == 0 and "no contact sheet" in shown.stderr


def test_list_as_json(run, cache):
    save_imported(made(), cache)
    (cache / "broken").mkdir()
    (cache / "broken" / "imported.safetensors").write_bytes(b"junk")
    found = json.loads(run("list", "--json").stdout)
    assert found["shape"] == "data list/1"
    sets = {one["name"]: one for one in found["data_sets"]}
    assert sets["mine"]["validation_count"] == 3 and sets["mine"]["folders"] == [str(cache / "mine")]
    assert (sets["digits"]["kind"], sets["mnist"]["kind"], sets["mine"]["kind"]) == (
        "built in",
        "published",
        "imported",
    )
    assert "Import it again" in sets["broken"]["damaged"]


def test_remove(run, cache, tmp_path, monkeypatch):
    save_imported(made(), cache)
    run("show", "mine")
    (cache / "mine" / ".x.part").write_bytes(b"")
    removed = run("remove", "mine")
    assert removed.exit_code == 0 and removed.stdout.count("removed ") == 3
    assert not (cache / "mine").exists()
    with pytest.raises(DataError, match="unknown data set 'mine'"):
        remove("mine")
    for name in ("digits", "spiral", "mnist"):
        with pytest.raises(DataError, match="nothing of it is there"):
            remove(name)
    for name in ("../mine", "", "a\0b"):
        with pytest.raises(DataError):
            remove(name)
    # A damaged one can be removed too, and somebody's own file beside it stays.
    (cache / "broken").mkdir()
    (cache / "broken" / "imported.safetensors").write_bytes(b"junk")
    (cache / "broken" / "own.txt").write_bytes(b"")
    remove("broken")
    assert [path.name for path in (cache / "broken").iterdir()] == ["own.txt"]
    save_imported(made("own"), tmp_path / "data")
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match="delete that folder yourself"):
        remove("own")


def test_what_killed_processes_left_is_removed_when_it_is_safe(cache, tmp_path):
    for name, age_s in (("old", 1000), ("new", 10)):
        folder = cache / name
        folder.mkdir(parents=True)
        (folder / ".imported.safetensors.abc.part").write_bytes(b"half")
        os.utime(folder / ".imported.safetensors.abc.part", times=(time.time() - age_s,) * 2)
    np.savez(tmp_path / "own.npz", x=IMAGES, y=np.arange(20) % 2)
    import_data(tmp_path / "own.npz")
    assert not (cache / "old").exists()
    assert len(list((cache / "new").iterdir())) == 1
    remove_leftovers(tmp_path / "no cache", f"*/{PART_FILES}")


@pytest.mark.parametrize("name", [5, None])
def test_names_that_are_no_text(name):
    for call in (load_data, remove):
        with pytest.raises(DataError, match="name: expected the name of a data set as text"):
            call(name)
