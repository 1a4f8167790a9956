"""A reader finds the old file or the whole new one."""

import stat
from pathlib import Path

import pytest

from seedbed.files import replacing


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
