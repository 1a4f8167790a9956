"""Files made to take memory or time without end are refused; damage ends in an error of Seedbed, always."""

import gzip
import os
import resource
import sys
import time
import zipfile

import numpy as np
import pytest
from hostile_files import hostile_archives, png_of
from picture_samples import NEWER_KINDS, encoded, picture, tar, two_classes, write, zipped
from PIL import Image

from seedbed.data import import_data
from seedbed.data.importing import bounds
from seedbed.errors import DataError, SeedbedError

MOST_S, MOST_BYTES = 5, 300 << 20
ARCHIVES = hostile_archives()


def peak_bytes():
    """The most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


@pytest.mark.parametrize(("name", "content", "words"), ARCHIVES, ids=[name for name, _, _ in ARCHIVES])
def test_archives_that_unpack_without_end(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    before, start_s = peak_bytes(), time.perf_counter()
    with pytest.raises(DataError) as caught:
        import_data(tmp_path / name)
    assert words in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert time.perf_counter() - start_s < MOST_S
    assert peak_bytes() - before < MOST_BYTES


def test_a_picture_that_states_more_pixels_than_its_file_can_hold(tmp_path):
    files = {name: content for name, (_, content) in two_classes().items()}
    found = import_data(write(tmp_path / "set", files | {"train/cat/9.png": png_of(20_000, 1000)[:2000]}))
    assert "20,000×1,000 pixels in 2,000 bytes are too many for one picture" in found.skipped[0]


def test_many_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ENTRIES", 5)
    files = {name: content for name, (_, content) in two_classes().items()}
    for pack in (write, tar, zipped):
        with pytest.raises(DataError, match="at most 5 files"):
            import_data(pack(tmp_path / f"{pack.__name__}.bin", files))


@pytest.mark.parametrize("pack", [write, tar, zipped])
def test_folders_without_end(tmp_path, pack):
    files = {name: content for name, (_, content) in two_classes().items()}
    deep = "train/cat/" + "x/" * (200 if pack is write else 15_000) + "0.png"
    if pack is write:
        (tmp_path / "set.bin" / "train" / "cat").mkdir(parents=True)
        place = os.open(tmp_path / "set.bin" / "train" / "cat", os.O_RDONLY)
        for _ in range(200):
            os.mkdir("x", dir_fd=place)
            below = os.open("x", os.O_RDONLY, dir_fd=place)
            os.close(place)
            place = below
        os.close(place)
        found = import_data(write(tmp_path / "set.bin", files))
    else:
        found = import_data(pack(tmp_path / "set.bin", files | {deep: picture(1)[1]}))
    assert len(found.dataset.train_labels) == 6
    assert len(found.skipped) == 1 and "more than 64 folders deep" in found.skipped[0]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "pipe"])
def test_only_regular_files_are_read(tmp_path, path):
    if path == "pipe":
        path = tmp_path / "pipe.csv"
        os.mkfifo(path)
    with pytest.raises(DataError, match="expected a regular file or a folder"):
        import_data(path, name="x")


@pytest.mark.parametrize("path", ["a\0b", 5, None, "x" * 5000])
def test_what_is_no_path(path):
    with pytest.raises(DataError):
        import_data(path, name="x")


@pytest.mark.parametrize("name", [5, "a\0b", "x" * 99])
def test_what_is_no_name(tmp_path, name):
    with pytest.raises(DataError, match="name: expected"):
        import_data(tmp_path, name=name)


@pytest.mark.parametrize("name", ["x.tar.gz", "x.csv.gz", "x.gz"])
def test_a_gzip_file_cut_within_its_first_block(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(os.urandom(4096))[:100])
    with pytest.raises(DataError, match="ends early") as caught:
        import_data(tmp_path / name)
    assert name in str(caught.value) and "get it again" in str(caught.value)


def damaged(content, random):
    """A few bytes changed, cut off or doubled."""
    content = bytearray(content)
    for _ in range(random.integers(1, 6)):
        at = int(random.integers(len(content)))
        how = random.integers(4)
        if how == 0:
            content[at] ^= 1 << int(random.integers(8))
        elif how == 1:
            content[at : at + 4] = random.bytes(4)
        elif how == 2:
            content[at : at + 8] = b"\xff" * 8
        else:
            content = content[:at] + content[at // 2 : at] + content[at:]
    return bytes(content)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip", "npz", "csv"])
def test_damage_ends_in_an_error_of_seedbed(tmp_path, kind):
    random = np.random.Generator(np.random.PCG64(8))
    files = {name: content for name, (_, content) in two_classes().items()}
    path = tmp_path / f"set.{kind}"
    if kind.startswith("tar"):
        tar(path, files, "w" if kind == "tar" else "w:gz")
    elif kind == "zip":
        with zipfile.ZipFile(zipped(path, files), "a") as archive:
            archive.writestr("한글/0.png", b"")
    elif kind == "npz":
        np.savez(path, x=np.arange(96, dtype=np.uint8).reshape(8, 3, 4), y=np.array(["a", "b"] * 4))
    else:
        path.write_text("emotion,pixels,Usage\n" + "".join(f"{one},1 2 3,Training\n" for one in range(7)))
    content = path.read_bytes()
    for _ in range(150):
        path.write_bytes(damaged(content, random))
        try:
            import_data(path, name="x", replace=True, note=lambda text: None)
        except SeedbedError as error:
            assert str(error)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", *NEWER_KINDS])
def test_damaged_pictures_are_skipped_by_name(tmp_path, kind):
    random = np.random.Generator(np.random.PCG64(9))
    good = {f"{one}/{number}.png": picture(number)[1] for one in "ab" for number in range(2)}
    content = encoded(Image.fromarray(picture(5)[0]), kind)
    bad = {f"a/bad{number}.{kind.lower()}": damaged(content, random) for number in range(40)}
    try:
        found = import_data(zipped(tmp_path / "set.zip", good | bad), size=6, note=lambda text: None)
    except SeedbedError as error:
        assert "a/bad" in str(error)
    else:
        assert all(reason.startswith("a/bad") for reason in found.skipped)
