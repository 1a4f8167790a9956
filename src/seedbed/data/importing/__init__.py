"""Data of a user's own: read from folders, archives and tables, and kept under a name."""

import re
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.data.catalogue import CATALOGUE, log, silent
from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import describe
from seedbed.data.importing.class_checks import check_classes
from seedbed.data.importing.class_folders import read_class_folders
from seedbed.data.importing.fer2013 import read_fer2013
from seedbed.data.importing.npz import read_npz
from seedbed.data.importing.skipped import Skipped
from seedbed.data.local import Note
from seedbed.data.places import cache_folder
from seedbed.data.sets.imported_set import keep, kept_paths
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SUFFIXES = re.compile(r"\.(tar(\.\w+)?|tgz|txz|tbz2?|zip|npz|csv)$", re.IGNORECASE)
_LARGEST_SIDE = 1024
_PICTURES, _CSV, _NPZ = "a folder or archive of pictures", "a CSV file", "an .npz file"
_HINTS = {
    "a zip archive": " It is damaged or ends early: get it again.",
    "a single NumPy array": " Images and labels belong into one file: numpy.savez('data.npz', images=images, "
    "labels=labels).",
}


@dataclass(frozen=True)
class Imported:
    """What an import gave.

    Attributes
    ----------
    dataset : Dataset
    path : Path
        The file that keeps it.
    skipped : tuple of str
        What could not be read, each with its name and the reason.
    wall_s : float
    """

    dataset: Dataset
    path: Path
    skipped: tuple[str, ...]
    wall_s: float


def import_data(
    path: str | Path,
    *,
    name: str | None = None,
    size: int | None = None,
    gray: bool = False,
    test: float = 0.2,
    seed: int = 0,
    channels: str | None = None,
    floats: str = "refuse",
    numbers: str = "positions",
    replace: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Imported:
    """Read data of your own and keep it under a name that `load_data`, recipes and the program know from then on.

    Parameters
    ----------
    path : str or Path
        A folder or archive (zip, or tar: plain, gz, bz2, xz) of class folders with pictures, perhaps below ``train``
        and ``test``; the CSV file of FER2013; or an ``.npz`` file of NumPy arrays.
    name : str, optional
        Lower case letters, digits, ``.``, ``_`` and ``-``; if left out, made of the file's name.
    size : int, optional
        Pictures: the side to which the largest square in the middle is scaled.
    gray : bool
        Pictures: whether colours become gray.
    test : float
        The part (below 1) or number of the images that become test images if the data states none.
        The float 1.0 is refused, as it reads as both; the number is the int 1.
    seed : int
        Decides which.
    channels, floats, numbers : str
        Arrays: see `Dataset.from_arrays`.
    replace : bool
        Whether an imported data set of the same name is replaced.
    cache, progress, note
        See `load_data`.

    Raises
    ------
    DataError
        If the path holds none of these, is damaged as a whole or has one class only, the name is taken, or the cache
        cannot be written.
    """
    start_s = time.perf_counter()
    path = Path(path).expanduser()
    folder = cache_folder(cache)
    name = _checked_name(name if name is not None else _name_of(path), folder, replace)
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _LARGEST_SIDE):
        raise DataError(f"size: expected a whole number of pixels from 1 to {_LARGEST_SIDE}, got {size!r}.")
    if isinstance(test, float) and test == 1:
        raise DataError("test: 1.0 would leave no training images. Say 1 for one test image, or a part such as 0.2.")
    note = note or log
    skipped = Skipped(note)
    progress = progress or silent
    kind = _kind(path)
    if kind != _PICTURES and (size is not None or gray):
        raise DataError(f"{path}: size and gray are for pictures; this is {kind}.")
    if kind != _NPZ and (channels is not None or floats != "refuse"):
        raise DataError(f"{path}: channels and floats are for arrays in an .npz file; this is {kind}.")
    if kind == _PICTURES:
        dataset = read_class_folders(
            path, name, size=size, gray=gray, test=test, seed=seed, progress=progress, skipped=skipped
        )
    elif kind == _CSV:
        dataset = read_fer2013(path, name, progress, skipped)
    else:
        dataset = read_npz(path, name, test=test, seed=seed, channels=channels, floats=floats, numbers=numbers)
    check_classes(dataset, path, note)
    kept = keep(dataset, folder)
    return Imported(dataset, kept, tuple(skipped.reasons), time.perf_counter() - start_s)


def _kind(path: Path) -> str:
    if path.is_dir():
        return _PICTURES
    try:
        if tarfile.is_tarfile(path):
            return _PICTURES
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if zipfile.is_zipfile(path):
        return _NPZ if path.suffix.lower() == ".npz" else _PICTURES
    if path.suffix.lower() == ".csv":
        return _CSV
    got = describe(np.frombuffer(head, dtype=np.uint8)).partition(" (")[0]
    if got == "a zip archive" and path.suffix.lower() == ".npz":
        raise DataError(f"{path}: the .npz file is damaged or ends early. Write it again, or get it again.")
    raise DataError(
        f"{path}: expected a folder or an archive (tar, zip) of class folders, the CSV file of FER2013, or an .npz "
        f"file, got {got}.{_HINTS.get(got, '')}"
    )


def _name_of(path: Path) -> str:
    stem = _SUFFIXES.sub("", path.resolve().name).lower()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-._") or "imported"


def _checked_name(name: str, cache: Path, replace: bool) -> str:
    if not _NAME.fullmatch(name):
        raise DataError(
            f"name: expected 1 to 64 lower case letters, digits, '.', '_' or '-', the first a letter or digit, "
            f"got '{name}'."
        )
    if CATALOGUE.reserves(name):
        raise DataError(f"'{name}' is the name of a data set that Seedbed knows. Say another --name.")
    for path in kept_paths(name, cache):
        if not replace:
            raise DataError(f"data set '{name}' was imported before: {path}. Say --replace, or another --name.")
        if path.parent.parent != cache:
            raise DataError(f"data set '{name}' lies in the folder of SEEDBED_DATA: {path}. Say another --name.")
    return name
