"""Data sets in files of one array each: IDX as MNIST is published, KMNIST's ``.npz``, ``x_train.npy`` and its kin."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import printable
from seedbed.data.formats.idx import decode_idx
from seedbed.data.importing.array_files import decode_npy, read_npz_arrays
from seedbed.data.importing.bounds import Allowance, damage_named, entry_kind, regular_size
from seedbed.data.importing.tar_members import unpacked
from seedbed.errors import DataError

_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("t10k", "test", "testing"), "test"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
}
_WHAT = {
    **dict.fromkeys(("images", "imgs", "image", "x"), "images"),
    **dict.fromkeys(("labels", "label", "y"), "labels"),
}
_ANY_PART, _ANY_ARRAY = "|".join(_PARTS), "|".join(_WHAT)
_NAME = re.compile(
    rf"(?:(?P<set>.+)[-_. ])?(?:(?P<part>{_ANY_PART})[-_. ](?P<what>{_ANY_ARRAY})"
    rf"|(?P<what2>{_ANY_ARRAY})[-_. ](?P<part2>{_ANY_PART}))"
    r"(?:[-_.]idx\d(?:[-_.]?ubyte)?|\.idx|[-_.]ubyte)?(?P<kind>\.npz|\.npy)?(?:\.gz|\.bz2|\.xz)?",
    re.IGNORECASE,
)
_DEPTH = 3
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileSet:
    """The files of one set.

    Attributes
    ----------
    folder : Path
    name : str
        What the names of its files begin with; empty if with nothing.
    files : dict of str to Path
        By role: ``train_images``, ``train_labels``, ….
    """

    folder: Path
    name: str
    files: dict[str, Path]

    @property
    def is_whole(self) -> bool:
        """Whether there is something to train on."""
        return {"train_images", "train_labels"} <= self.files.keys()


def find_file_set(path: Path) -> FileSet | None:
    """The set that a folder holds, itself or in folders below such as ``MNIST/raw``, or that a file belongs to.

    Raises
    ------
    DataError
        If a folder holds several.
    """
    is_folder = False
    with suppress(OSError, ValueError):  # a path that cannot be is named elsewhere
        is_folder = path.is_dir()
    if not is_folder:
        return next((one for one in _sets(path.parent) if path in one.files.values() and one.is_whole), None)
    found = [one for folder in _folders(path, _DEPTH) for one in _sets(folder) if one.is_whole]
    if len(found) > 1:
        firsts = sorted(str(one.files["train_images"]) for one in found)
        raise DataError(
            f"{path}: holds {len(found)} data sets; import one by the path of its training images, such as "
            f"{printable(firsts[0])} or {printable(firsts[1])}."
        )
    return found[0] if found else None


def read_file_set(
    found: FileSet,
    name: str,
    *,
    test: float,
    seed: int,
    channels: str | None,
    floats: str,
    numbers: str,
    turned: bool,
) -> Dataset:
    """Read the arrays of a set.

    Parameters
    ----------
    found : FileSet
    name, test, seed, channels, floats, numbers, turned
        See `seedbed.data.import_data`.

    Raises
    ------
    DataError
        If a file is damaged, or an array is not as it must be.
    """
    arrays: dict[str, Any] = {role: _array(path) for role, path in sorted(found.files.items())}
    if turned:
        arrays |= {role: array.swapaxes(1, 2) for role, array in arrays.items() if "images" in role and array.ndim == 3}
    named = f"{found.folder.name}/{found.name}" if found.name else found.folder.name
    return Dataset.from_arrays(
        **arrays,
        name=name,
        source=f"{named}, imported ({len(arrays)} files{', turned' if turned else ''})",
        test=test,
        seed=seed,
        channels=channels,
        floats=floats,
        numbers=numbers,
    )


def _role(file_name: str) -> tuple[str, str] | None:
    """The set that a file belongs to, and its role in it."""
    found = _NAME.fullmatch(file_name)
    if not found:
        return None
    part, what = found["part"] or found["part2"], found["what"] or found["what2"]
    is_idx = found["kind"] is None
    if is_idx and what.lower() in ("x", "y"):
        return None
    return (found["set"] or "").lower(), f"{_PARTS[part.lower()]}_{_WHAT[what.lower()]}"


def _sets(folder: Path) -> list[FileSet]:
    found: dict[str, dict[str, Path]] = {}
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry_kind(entry) == "file")
    except (OSError, ValueError):
        return []
    for name in names:
        role = _role(name)
        if role is not None:
            # Of a file and its packed copy the plain one, which comes first.
            found.setdefault(role[0], {}).setdefault(role[1], folder / name)
    return [FileSet(folder, name, files) for name, files in found.items()]


def _folders(path: Path, depth: int) -> Iterator[Path]:
    yield path
    if depth:
        try:
            below = sorted(entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False))
        except OSError:
            return
        for name in below:
            if not name.startswith("."):
                yield from _folders(path / name, depth - 1)


def _array(path: Path) -> NDArray[Any]:
    regular_size(path)
    if path.suffix.lower() == ".npz":
        arrays = read_npz_arrays(path)
        if len(arrays) != 1:
            raise DataError(f"{path}: expected one array, got {len(arrays)}: {printable(', '.join(arrays))}.")
        return next(iter(arrays.values()))
    content = _content(path)
    if content.startswith(b"\x93NUMPY"):
        return decode_npy(content, str(path))
    return decode_idx(content, str(path))


def _content(path: Path) -> bytes:
    allowance = Allowance(path, path.stat().st_size)
    chunks = []
    with damage_named(path, "the file"), unpacked(path) as (_, stream):
        while chunk := stream.read(_CHUNK_BYTES):
            allowance.count_unpacked(len(chunk))
            chunks.append(chunk)
    return b"".join(chunks)
