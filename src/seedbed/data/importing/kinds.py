"""What a path holds, told by its content, and which options of an import fit it."""

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.data.formats.diagnosis import describe
from seedbed.data.importing.bounds import damage_named, regular_size
from seedbed.data.importing.table_text import TABLE_NAME, zipped_table
from seedbed.data.importing.tar_members import is_tar, unpacked
from seedbed.errors import DataError

PICTURES = "a folder or archive of pictures"
TABLE = "a CSV file"
NPZ = "an .npz file"
FILES = "a set of array files"

_HEAD_BYTES = 512
_HINTS = {
    "a zip archive": " It is damaged or ends early: get it again.",
    "a single NumPy array": " Images and labels belong into one file: numpy.savez('data.npz', images=images, "
    "labels=labels).",
}
_OPTIONS: tuple[tuple[dict[str, Any], tuple[str, ...], str], ...] = (
    ({"size": None, "gray": False}, (PICTURES,), "pictures"),
    ({"white": None, "class_folder": None, "background": "white"}, (PICTURES,), "pictures"),
    ({"encoding": None}, (PICTURES, TABLE), "archives of pictures and tables"),
    ({"label": None, "drop": (), "shape": None, "test_file": None}, (TABLE,), "tables"),
    ({"turned": False}, (TABLE, FILES), "tables and IDX files"),
    ({"channels": None, "numbers": "positions"}, (NPZ, FILES), "arrays in an .npz file"),
    ({"floats": "refuse"}, (PICTURES, NPZ, FILES), "pictures and arrays"),
)
"""Options with their defaults, what they fit, and that in words."""


def refuse_options(path: Path, kind: str, given: Mapping[str, Any]) -> None:
    """Refuse options that say nothing about a kind of data.

    Raises
    ------
    DataError
    """
    for defaults, fitting, words in _OPTIONS:
        if kind not in fitting and any(given[name] != default for name, default in defaults.items()):
            verb = "is" if len(defaults) == 1 else "are"
            raise DataError(f"{path}: {' and '.join(defaults)} {verb} for {words}; this is {kind}.")


def kind_of(path: Path) -> str:
    """What a path holds, beside sets of array files.

    Raises
    ------
    DataError
        If it is nothing that is imported, or cannot be read.
    """
    with suppress(OSError, ValueError):  # a path that cannot be is named below
        if path.is_dir():
            return PICTURES
    regular_size(path)
    with damage_named(path, "the file"), unpacked(path) as (raw, stream):
        head = stream.read(_HEAD_BYTES)
        raw.seek(0)
        plain = raw.read(_HEAD_BYTES)
    is_npz = path.suffix.lower() == ".npz"
    if is_tar(head):
        return PICTURES
    if _is_zip(path):
        return NPZ if is_npz else TABLE if zipped_table(path) else PICTURES
    if TABLE_NAME.search(path.name):
        return TABLE
    got = describe(np.frombuffer(plain, dtype=np.uint8)).partition(" (")[0]
    if got == "a zip archive" and is_npz:
        raise DataError(f"{path}: the .npz file is damaged or ends early. Write it again, or get it again.")
    raise DataError(
        f"{path}: expected a folder or an archive (tar, zip) of class folders, a table (.csv), an .npz file, or IDX "
        f"files named as MNIST's are, got {got}.{_HINTS.get(got, '')}"
    )


def _is_zip(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except (ValueError, OverflowError, OSError):
        return False
