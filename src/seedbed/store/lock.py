"""Locks of the operating system, which vanish with the process that holds them, and know who it is."""

import contextlib
import errno
import os
import platform
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from seedbed.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes against reading too; the name at the start of the file must stay readable.
    _PLACE = 1 << 30

    def _acquire(file: FileIO) -> None:
        file.seek(_PLACE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_POLL_S = 0.05
_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class LockedError(StoreError):
    """Something is held by another process.

    Attributes
    ----------
    holder : str
        Who: ``process 4711 on laptop``.
    """

    def __init__(self, what: str, holder: str) -> None:
        super().__init__(f"{what} is in use by {holder}. Wait until it is done, or give another workspace.")
        self.holder = holder


@contextlib.contextmanager
def holding(path: Path, what: str, patience_s: float = 0.0) -> Iterator[None]:
    """Hold a lock; its file exists only meanwhile.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    what : str
        Is locked, for messages: ``run '0f3a9c61d2b4-3-native'``.
    patience_s : float
        How long to wait for another process that holds it.

    Raises
    ------
    LockedError
        Another process, or thread of this one, holds it.
    StoreError
        The folder cannot be written or locked.
    """
    end = time.monotonic() + patience_s
    try:
        while (file := _try(path)) is None:
            if time.monotonic() >= end:
                raise LockedError(what, _holder(path))
            time.sleep(_POLL_S)
    except OSError as error:
        raise StoreError(
            f"{what} cannot be locked: '{path}': {error.strerror or error}. Check the permissions of its folder and "
            "the space on the disk, or give a workspace on a local disk with --workspace or SEEDBED_WORKSPACE."
        ) from None
    try:
        yield
    finally:
        _give_up(file, path)


def _try(path: Path) -> FileIO | None:
    """The locked file, or None if another holds it."""
    file = path.open("a+b", buffering=0)
    try:
        _acquire(file)
    except OSError as error:
        file.close()
        if error.errno in _BUSY:
            return None
        raise
    if not _is_same(file, path):
        file.close()
        return None
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node() or 'this machine'}".encode())
    except OSError:
        _give_up(file, path)
        raise
    return file


def _give_up(file: FileIO, path: Path) -> None:
    # Taken away while it is still held: who opened it meanwhile sees that it is no longer the file of that name.
    with contextlib.suppress(OSError):
        path.unlink()
    file.close()


def _is_same(file: FileIO, path: Path) -> bool:
    """Whether a file has still its name: its last holder may have taken it away."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    try:
        return path.read_bytes()[:200].decode(errors="replace").strip() or "another process"
    except OSError:
        return "another process"
