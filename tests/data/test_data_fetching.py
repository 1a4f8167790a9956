"""Looking up, fetching and keeping files: damage is named, the next source is tried, nothing half-written stays."""

import gzip
import os
import threading

import numpy as np
import pytest

from seedbed.data.formats.idx import decode_idx
from seedbed.data.places import cache_folder
from seedbed.data.sets.idx_set import FILE_NAMES
from seedbed.errors import DataError
from seedbed.files import write_file

HTML = b"<!DOCTYPE html><html><body>Sign in to this network</body></html>"


def load(entry, cache, notes=None):
    return entry.load(cache, lambda what, done, total: None, (notes if notes is not None else []).append)


def leftovers(folder):
    return [path for path in folder.rglob("*") if path.name.endswith(".part")]


def flip_last(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def test_fetched_once_then_taken_from_the_cache(tiny, fake_source, cache):
    source = fake_source("the web", tiny.plain)
    first = load(tiny.entry(source), cache)
    again = load(tiny.entry(source), cache)
    assert source.asked == list(FILE_NAMES)
    assert first.sha256 == again.sha256
    assert again.source == "the web"
    assert again.train_images.shape == (6, 1, 3, 5)
    np.testing.assert_array_equal(again.test_labels, decode_idx(tiny.plain[FILE_NAMES[3]], "x"))
    assert sorted(path.name for path in (cache / "tiny").iterdir()) == sorted([*FILE_NAMES, "verified.json"])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: HTML, "an HTML page"),
        (lambda content: content[:-2], "truncated"),
        (lambda content: content + b"x", "appended"),
        (flip_last, "SHA-256"),
        (lambda content: gzip.compress(content)[:-9], "ends early"),
        (lambda content: b"", "an empty file"),
    ],
)
def test_a_damaged_file_is_named_and_the_next_source_is_asked_for_it_alone(tiny, fake_source, cache, damage, words):
    name = FILE_NAMES[0]
    bad = fake_source("bad mirror", tiny.plain | {name: damage(tiny.plain[name])})
    good = fake_source("good mirror", tiny.plain)
    notes = []
    dataset = load(tiny.entry(bad, good), cache, notes)
    assert good.asked == [name]
    assert dataset.source == "good mirror, bad mirror"
    assert len(notes) == 1
    for part in ("bad mirror", name, words, "trying good mirror"):
        assert part in notes[0]
    assert not leftovers(cache)


def test_when_all_fail_each_source_and_reason_is_listed(tiny, fake_source, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path / "nowhere"))
    sources = (
        fake_source("one", {}, DataError("HTTP 404 Not Found")),
        fake_source("two", dict.fromkeys(FILE_NAMES, HTML)),
        fake_source("three", {}),
    )
    with pytest.raises(DataError) as caught:
        load(tiny.entry(*sources), cache)
    message = str(caught.value)
    for part in (
        "one: HTTP 404 Not Found",
        "two: train-images-idx3-ubyte: expected",
        "three: it lacks t10k-labels-idx1-ubyte",
        "nowhere, which is not a folder",
        "set SEEDBED_DATA to it",
        *FILE_NAMES,
    ):
        assert part in message
    assert not any(cache.rglob("*"))


@pytest.mark.parametrize("pack", [None, gzip.compress])
@pytest.mark.parametrize("sub_folder", ["", "tiny"])
def test_the_users_folder_comes_first(tiny, fake_source, cache, monkeypatch, tmp_path, pack, sub_folder):
    own = tiny.write(tmp_path / "own" / sub_folder, pack)
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path / "own"))
    source = fake_source("the web", tiny.plain)
    for _ in range(2):
        assert load(tiny.entry(source), cache).source == f"the folder {own}"
    assert source.asked == []
    # Packed files are unpacked once, into the cache; plain ones are used where they lie.
    assert (cache / "tiny" / FILE_NAMES[0]).exists() == (pack is not None)


def test_a_packed_file_that_was_verified_is_not_unpacked_again(tiny, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("SEEDBED_DATA", str(tiny.write(tmp_path / "own", gzip.compress)))
    load(tiny.entry(), cache)
    monkeypatch.setattr(gzip, "GzipFile", None)
    load(tiny.entry(), cache)


def test_the_content_of_a_file_decides_whether_it_is_packed(tiny, cache, monkeypatch, tmp_path):
    own = tmp_path / "own"
    tiny.write(own, lambda content: content)
    (own / f"{FILE_NAMES[0]}.gz").rename(own / FILE_NAMES[0])
    (own / FILE_NAMES[0]).write_bytes(gzip.compress(tiny.plain[FILE_NAMES[0]]))
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    for _ in range(3):
        assert load(tiny.entry(), cache).source == f"the folder {own}"


def test_a_huge_file_under_the_name_is_not_read(tiny, fake_source, cache, monkeypatch, tmp_path):
    own = tiny.write(tmp_path / "own")
    with (own / FILE_NAMES[0]).open("r+b") as file:
        file.truncate(1 << 40)
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    notes = []
    load(tiny.entry(fake_source("the web", tiny.plain)), cache, notes)
    assert "expected at most 1,048,576 bytes, got 1,099,511,627,776 bytes" in notes[0]


def test_damage_in_the_users_folder_is_named_with_its_path(tiny, fake_source, cache, monkeypatch, tmp_path):
    own = tiny.write(tmp_path / "own", gzip.compress)
    (own / f"{FILE_NAMES[0]}.gz").write_bytes(HTML)
    monkeypatch.setenv("SEEDBED_DATA", str(own))
    source, notes = fake_source("the web", tiny.plain), []
    load(tiny.entry(source), cache, notes)
    assert source.asked == [FILE_NAMES[0]]
    assert str(own / f"{FILE_NAMES[0]}.gz") in notes[0]
    assert "an HTML page" in notes[0]


def test_files_of_another_set_with_the_same_names_are_passed_over(tiny, fake_source, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("SEEDBED_DATA", str(tiny.write(tmp_path / "own")))
    tiny_sums = tiny.entry().sha256
    family = {"tiny": tiny_sums, "other": ("0" * 64,) * 4}
    other = tiny.entry(name="other", sha256=family["other"], family=family)
    assert other.verify(cache) == []
    assert other.locate(cache) == ()
    assert tiny.entry(family=family).locate(cache) == (tmp_path / "own",)


@pytest.mark.parametrize("keep_times", [False, True])
def test_a_cached_file_that_changed_is_found_out_and_replaced(tiny, fake_source, cache, keep_times):
    source, notes = fake_source("the web", tiny.plain), []
    load(tiny.entry(source), cache)
    path = cache / "tiny" / FILE_NAMES[0]
    before = path.stat()
    path.write_bytes(flip_last(tiny.plain[FILE_NAMES[0]]))
    if keep_times:
        # What a disk that loses a bit does: size and time are those of the verified file.
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    load(tiny.entry(source), cache, notes)
    assert source.asked == [*FILE_NAMES, FILE_NAMES[0]]
    assert str(path) in notes[0]
    assert "SHA-256" in notes[0]
    assert path.read_bytes() == tiny.plain[FILE_NAMES[0]]


@pytest.mark.parametrize("marks", [b"", b"{", b"[]", b'{"x": 1}', b"\xff\xfe"])
def test_an_unreadable_mark_costs_time_only(tiny, fake_source, cache, marks):
    source = fake_source("the web", tiny.plain)
    load(tiny.entry(source), cache)
    (cache / "tiny" / "verified.json").write_bytes(marks)
    assert load(tiny.entry(source), cache).source == f"the folder {cache / 'tiny'}"
    assert source.asked == list(FILE_NAMES)


@pytest.mark.parametrize("pack", [None, gzip.compress])
def test_a_cache_that_cannot_be_written_only_costs_time(tiny, fake_source, tmp_path, monkeypatch, pack):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the cache folder should be")
    notes, source = [], fake_source("the web", tiny.plain)
    assert load(tiny.entry(source), blocked, notes).source == "the web"
    assert len(notes) == 1
    assert "SEEDBED_CACHE" in notes[0]
    with pytest.raises(DataError, match="cannot be written"):
        tiny.entry(source).fetch(blocked, lambda what, done, total: None, notes.append)
    monkeypatch.setenv("SEEDBED_DATA", str(tiny.write(tmp_path / "own", pack)))
    assert "own" in load(tiny.entry(), blocked).source
    fetched = tiny.entry().fetch(blocked, lambda what, done, total: None, notes.append)
    assert {path.parent for path in fetched.paths} == {tmp_path / "own"}


def test_an_interrupted_fetch_keeps_the_whole_files_and_nothing_else(tiny, fake_source, cache):
    first_two = {name: tiny.plain[name] for name in FILE_NAMES[:2]}
    with pytest.raises(KeyboardInterrupt):
        load(tiny.entry(fake_source("the web", first_two, KeyboardInterrupt())), cache)
    assert not leftovers(cache)
    source = fake_source("the web", tiny.plain)
    load(tiny.entry(source), cache)
    assert source.asked == list(FILE_NAMES[2:])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch, error):
    path = tmp_path / "file"
    write_file(path, b"old")

    def stop(descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(type(error)):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_many_fetches_at_once_agree(tiny, fake_source, cache):
    results, errors = [], []

    def work():
        try:
            results.append(load(tiny.entry(fake_source("the web", tiny.plain)), cache).sha256)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(results) == 8
    assert len(set(results)) == 1
    assert not leftovers(cache)
    assert all(check.ok for check in tiny.entry().verify(cache))


def test_verify_reads_what_a_mark_would_trust(tiny, fake_source, cache):
    load(tiny.entry(fake_source("the web", tiny.plain)), cache)
    path = cache / "tiny" / FILE_NAMES[2]
    path.write_bytes(flip_last(tiny.plain[FILE_NAMES[2]]))
    checks = tiny.entry().verify(cache)
    assert [check.ok for check in checks] == [True, True, False, True]
    assert checks[2].path == path
    assert "expected SHA-256" in checks[2].detail


def test_the_cache_folder(monkeypatch, tmp_path):
    assert cache_folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "set"))
    assert cache_folder() == tmp_path / "set"
    monkeypatch.delenv("SEEDBED_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "seedbed"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "seedbed"
