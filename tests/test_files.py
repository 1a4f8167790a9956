"""A reader finds the old file or the whole new one."""

import os
import stat
from pathlib import Path

import pytest

from seedbed.errors import StoreError
from seedbed.files import PART_FILES, given_path, remove_leftovers, replacing


def test_writes_a_new_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "new") as file:
        file.write(b"all of it")
    assert (tmp_path / "new").read_bytes() == b"all of it"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_the_old_file_stays_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failure_leaves_things_as_they_were(tmp_path: Path, error: type[BaseException], old: bytes | None) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(error), replacing(path) as file:
        file.write(b"half of")
        raise error
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([] if old is None else [old])


def test_a_failing_replacement_leaves_no_file_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError), replacing(tmp_path / "folder") as file:
        file.write(b"a file cannot replace a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_others_may_read_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "file") as file:
        file.write(b"")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) & stat.S_IRUSR


def test_the_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "none" / "file"):
        pass


def test_leftovers_are_swept_by_their_age(tmp_path: Path) -> None:
    old, new, named = (
        tmp_path / "a-figures/.x.svg.1.part",
        tmp_path / "b-figures/.x.svg.1.part",
        tmp_path / "c/own.part",
    )
    for path in (old, new, named):
        path.parent.mkdir()
        path.write_bytes(b"half")
    for path in (old, named):
        os.utime(path, (1e9, 1e9))
    remove_leftovers(tmp_path, f"*/{PART_FILES}")
    assert not old.parent.exists() and new.exists() and named.exists()
    os.utime(new, (1e9, 1e9))
    remove_leftovers(new.parent)
    assert list(new.parent.iterdir()) == []
    remove_leftovers(tmp_path / "none")


def test_a_name_with_nul_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="NUL"), replacing(Path(f"{tmp_path}/a\0b")):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["a\0b", Path("a\0b"), 5, None, b"bytes", "~nobody-at-all/x", ["a"]])
def test_what_is_no_path_is_refused_in_words(value: object) -> None:
    with pytest.raises(StoreError, match=r"^workspace: expected a path.*, got "):
        given_path("workspace", value, StoreError)


def test_paths_are_taken(tmp_path: Path) -> None:
    assert (
        given_path("workspace", str(tmp_path), StoreError) == given_path("workspace", tmp_path, StoreError) == tmp_path
    )
    assert given_path("workspace", "~", StoreError) == Path.home()
