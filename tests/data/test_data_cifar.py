"""The CIFAR-10 archive, on a small one of the same layout: members, hashes, places, damage."""

import dataclasses
import hashlib
import io
import tarfile

import numpy as np
import pytest

from seedbed.data import CATALOGUE
from seedbed.data.sets.cifar_set import FILE_NAMES, CifarSet
from seedbed.data.sources.archive import Archive, WebArchive
from seedbed.errors import DataError

PER_FILE = 4


def pack(members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class Published:
    """Twenty training and four test pictures in six files, as an archive of the official layout."""

    def __init__(self):
        rng = np.random.Generator(np.random.PCG64(2))
        self.labels = rng.integers(0, 10, 6 * PER_FILE, dtype=np.uint8)
        self.images = rng.integers(0, 256, (6 * PER_FILE, 3, 32, 32), dtype=np.uint8)
        records = np.concatenate([self.labels[:, np.newaxis], self.images.reshape(len(self.labels), -1)], axis=1)
        self.plain = {
            name: records[start : start + PER_FILE].tobytes()
            for name, start in zip(FILE_NAMES, range(0, 6 * PER_FILE, PER_FILE), strict=True)
        }
        self.packed = pack({"batches.meta.txt": b"airplane\n", **self.plain, "readme.html": b"<html>"})

    def entry(self, url=None, packed=None):
        packed = packed or self.packed
        archive = Archive("cifar-10-binary.tar.gz", len(packed), hashlib.sha256(packed).hexdigest())
        return CifarSet(
            name="cifar10",
            classes=CATALOGUE["cifar10"].classes,
            train_count=5 * PER_FILE,
            test_count=PER_FILE,
            image_shape=(3, 32, 32),
            sources=(WebArchive(archive, url),) if url else (),
            sha256=tuple(hashlib.sha256(content).hexdigest() for content in self.plain.values()),
            archive=archive,
        )


@pytest.fixture
def published():
    return Published()


def load(entry, cache, notes=None):
    return entry.load(cache, lambda what, done, total: None, (notes if notes is not None else []).append)


def test_downloaded_once_and_read_channel_by_channel(published, server, cache):
    server.content["/cifar-10-binary.tar.gz"] = published.packed
    entry = published.entry(server.url)
    dataset = load(entry, cache)
    np.testing.assert_array_equal(dataset.train_images, published.images[:-PER_FILE])
    np.testing.assert_array_equal(dataset.train_labels, published.labels[:-PER_FILE])
    np.testing.assert_array_equal(dataset.test_images, published.images[-PER_FILE:])
    np.testing.assert_array_equal(dataset.test_labels, published.labels[-PER_FILE:])
    assert dataset.source == f"{server.url}cifar-10-binary.tar.gz"
    assert load(entry, cache).sha256 == dataset.sha256
    assert server.requests == ["/cifar-10-binary.tar.gz"]
    assert all(check.ok for check in entry.verify(cache))


@pytest.mark.parametrize("sub_folder", ["", "cifar10"])
def test_the_users_own_archive_comes_before_a_download(published, server, cache, tmp_path, monkeypatch, sub_folder):
    own = tmp_path / "own"
    (own / sub_folder).mkdir(parents=True)
    (own / sub_folder / "cifar-10-binary.tar.gz").write_bytes(published.packed)
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    notes = []
    dataset = load(published.entry(server.url), cache, notes)
    assert dataset.source == str(own / sub_folder / "cifar-10-binary.tar.gz")
    assert (server.requests, notes) == ([], [])


def test_the_unpacked_files_do_as_well(published, cache, tmp_path, monkeypatch):
    for name, content in published.plain.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    np.testing.assert_array_equal(load(published.entry(), cache).test_labels, published.labels[-PER_FILE:])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda packed: packed[:-9], "bytes, got a gzip file"),
        (lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]), "the content is damaged"),
        (lambda packed: b"<html>sign in", "an HTML page"),
    ],
)
def test_a_damaged_archive_is_named_and_the_next_source_is_tried(
    published, server, cache, tmp_path, monkeypatch, damage, words
):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(damage(published.packed))
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    server.content["/cifar-10-binary.tar.gz"] = published.packed
    notes = []
    assert load(published.entry(server.url), cache, notes).source.startswith(server.url)
    assert words in notes[0]
    with pytest.raises(DataError, match="could not be fetched") as caught:
        load(published.entry(), cache / "other")
    assert words in str(caught.value)


def test_a_member_that_lacks_or_differs_is_named(published, cache, tmp_path, monkeypatch):
    wrong = dict(published.plain)
    del wrong["data_batch_2.bin"]
    wrong["test_batch.bin"] = bytes(len(wrong["test_batch.bin"]))
    packed = pack(wrong)
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(packed)
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        load(published.entry(packed=packed), cache)
    assert "it lacks data_batch_2.bin" in str(caught.value)
    assert "test_batch.bin: expected SHA-256" in str(caught.value)


def test_a_damaged_file_of_the_cache_is_found(published, server, cache):
    server.content["/cifar-10-binary.tar.gz"] = published.packed
    entry = published.entry(server.url)
    load(entry, cache)
    path = cache / "cifar10" / FILE_NAMES[3]
    path.write_bytes(path.read_bytes()[:-1])
    bad = [check for check in entry.verify(cache) if not check.ok]
    assert [check.path for check in bad] == [path]
    assert "expected the 12,292 bytes of data_batch_4.bin" in bad[0].detail
    assert len(load(entry, cache).train_labels) == 20
    assert all(check.ok for check in entry.verify(cache))


def test_the_catalogue_states_the_official_layout():
    entry = CATALOGUE["cifar10"]
    assert [file.size_bytes for file in entry.files] == [30_730_000] * 6
    assert entry.classes[3] == "cat"
    assert dataclasses.replace(entry, name="x").sources[0].label == (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    )
