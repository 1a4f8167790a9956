"""One writer at a time: a lock of the operating system, which vanishes with the process that holds it."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seedbed.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes against reading too; the process number at the start of the file must stay readable.
    _PLACE = 1 << 30

    def _acquire(file: BinaryIO) -> None:
        file.seek(_PLACE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _release(file: BinaryIO) -> None:
        file.seek(_PLACE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _acquire(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the lock of a workspace.

    Raises
    ------
    StoreError
        Another process holds it, or the folder cannot be written.
    """
    path = folder / "lock"
    try:
        file = path.open("a+b")
    except OSError as error:
        raise StoreError(
            f"workspace '{folder}' cannot be written: {error.strerror or error}. "
            "Give a folder of your own with --workspace or SEEDBED_WORKSPACE."
        ) from None
    with file:
        try:
            _acquire(file)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise StoreError(
                    f"workspace '{folder}' cannot be locked: {error.strerror or error}. "
                    "Give a folder on a local disk with --workspace or SEEDBED_WORKSPACE."
                ) from None
            file.seek(0)
            holder = file.read(20).decode(errors="replace").strip() or "unknown"
            raise StoreError(
                f"workspace '{folder}' is in use by process {holder}. "
                "Wait until it is done, or give another workspace with --workspace."
            ) from None
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
            yield
        finally:
            file.truncate(0)
            _release(file)
