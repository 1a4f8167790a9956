"""Put a file in its place in one step: readers see the whole new file or the old one, never a part."""

import contextlib
import os
from pathlib import Path
from uuid import uuid4


def install(path: Path, content: bytes | memoryview) -> None:
    """Write `content` to `path` atomically; parent folders are made.

    The bytes go to a temporary file of a unique name in the same folder, reach the disk, and replace `path`. Any
    number of processes may do this at once; the last one wins. On any failure, Ctrl-C included, the temporary file
    is removed.

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # A rename lives in the folder, which has its own place on the disk; Windows cannot open folders and needs no sync.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
