"""Temporary files that killed processes left in the cache."""

import contextlib
import time
from pathlib import Path

PART_FILES = ".*.part"
"""How `seedbed.files.replacing` names a file that is being written."""

_SURELY_LEFT_S = 900
"""A file that is written is changed all the time; one that is synchronised to disk rests for seconds."""


def remove_leftovers(cache: Path) -> None:
    """Remove temporary files that nobody has changed for a quarter of an hour, and folders that are empty without them.

    What cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        for path in cache.glob(f"*/{PART_FILES}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _SURELY_LEFT_S:
                    path.unlink()
                    path.parent.rmdir()
