"""Writing a file so that a reader finds the old one or the whole new one, whatever happens in between."""

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seedbed.errors import SeedbedError, compose

PART_FILES = ".*.part"
"""How ``replacing`` names a file that is being written."""

_SURELY_LEFT_S = 900
"""A file that is written is changed all the time; one that is synchronised to disk rests for seconds."""


def given_path(field: str, value: object, error: type[SeedbedError]) -> Path:
    """A path as a person gave it, with ``~`` for the own folder.

    Raises
    ------
    SeedbedError
        Of the kind ``error``: it is no path, or one that no system has.
    """
    expected, got = "a path", repr(value)
    if isinstance(value, str | os.PathLike):
        try:
            path = Path(value).expanduser()
        except (RuntimeError, TypeError, ValueError):
            expected = "a path below a folder that exists"
        else:
            if "\0" not in str(path):
                return path
            expected = "a path without a NUL character"
    raise error(compose(field, expected, got), field=field, expected=expected, got=got)


def exists(path: Path) -> bool:
    """Whether something lies there; nothing does under a name that no system has."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path``; on success it is synchronised to disk and takes its place.

    On any exception the temporary file is removed and ``path`` is as before.
    """
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "its name holds a NUL character")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_file(path: Path, content: bytes | memoryview) -> None:
    """Replace ``path`` by ``content``; folders on the way are made.

    Any number of processes may do this at once; the last one wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(content)


def remove_leftovers(folder: Path, pattern: str = PART_FILES) -> None:
    """Remove temporary files of killed processes, which nobody has changed for a quarter of an hour, and folders that
    are empty without them.

    What cannot be removed stays.

    Parameters
    ----------
    folder : Path
    pattern : str
        Where they may lie, below it: ``*/.*.part``.
    """
    with contextlib.suppress(OSError):
        for path in folder.glob(pattern):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _SURELY_LEFT_S:
                    path.unlink()
                    if path.parent != folder:
                        path.parent.rmdir()


def _sync_folder(folder: Path) -> None:
    # The new name lives in the folder, which reaches the disk on its own. Windows cannot open folders, and some network
    # file systems cannot synchronise them: the file itself is safe by then.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
