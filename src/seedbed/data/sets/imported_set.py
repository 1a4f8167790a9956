"""Imported data sets: one safetensors file each, which states what it holds and is verified whenever it is read."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.data.dataset import ARRAYS, Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.local import Note
from seedbed.data.places import data_folder, folders
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError
from seedbed.files import PART_FILES, remove_leftovers, write_file

_FILE = "imported.safetensors"
_FORMAT = "seedbed data 1"


@dataclass(frozen=True)
class ImportedSet(Entry):
    """A data set that a user brought.

    Parameters
    ----------
    path : Path
        The file that keeps it.
    version : str
        The fingerprint of its arrays, 64 hexadecimal digits.
    validation_count : int
    columns : tuple of str
        Names of the columns of a table that the values of an image came from, in their order; empty otherwise.
    """

    path: Path
    version: str
    validation_count: int
    columns: tuple[str, ...] = ()

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        from safetensors import SafetensorError, safe_open

        about = _about(self.path)
        try:
            with safe_open(str(self.path), "numpy") as file:
                arrays = {name: file.get_tensor(name) for name in ARRAYS}
        except (OSError, ValueError, SafetensorError) as error:
            raise _damaged(self.path, str(error)) from None
        for array in arrays.values():
            # Dataset copies what can be written; nobody else holds these.
            array.flags.writeable = False
        dataset = Dataset(name=self.name, classes=self.classes, source=about["source"], **arrays)
        if about["fingerprint"] != dataset.sha256:
            raise _damaged(self.path, f"expected fingerprint {about['fingerprint']}, got {dataset.sha256}")
        return dataset

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        return Fetched((self.path,), self.load(cache, progress, note).source)

    def verify(self, cache: Path) -> list[FileCheck]:
        try:
            dataset = self.load(cache, progress=lambda what, done, total: None, note=lambda text: None)
        except DataError as error:
            return [FileCheck(self.path, False, str(error).removeprefix(f"{self.path}: "))]
        return [FileCheck(self.path, True, f"fingerprint {dataset.sha256}")]

    def locate(self, cache: Path) -> tuple[Path, ...]:
        return (self.path.parent,)


def save_imported(dataset: Dataset, cache: Path, columns: tuple[str, ...] = ()) -> Path:
    """Write a data set to the cache under its name; one of the same name is replaced.

    Parameters
    ----------
    dataset : Dataset
    cache : Path
        The cache folder of all data sets.
    columns : tuple of str
        See `ImportedSet`.

    Raises
    ------
    DataError
        If the cache cannot be written.
    """
    import safetensors.numpy

    about = {
        "format": _FORMAT,
        "classes": dataset.classes,
        "source": dataset.source,
        "fingerprint": dataset.sha256,
        "train_count": len(dataset.train_labels),
        "test_count": len(dataset.test_labels),
        "image_shape": dataset.image_shape,
        **({"columns": columns} if columns else {}),
    }
    # One entry only: safetensors writes several in no fixed order.
    metadata = {"seedbed": json.dumps(about | {"sha256": _digest(about)})}
    path = cache / dataset.name / _FILE
    remove_leftovers(cache, f"*/{PART_FILES}")
    try:
        write_file(path, safetensors.numpy.save({name: getattr(dataset, name) for name in ARRAYS}, metadata))
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror or error}). Free some space, or set SEEDBED_CACHE to a folder "
            "that can be written."
        ) from None
    return path


def imported_paths(name: str, cache: Path) -> list[Path]:
    """The files that keep an imported data set of that name: in the folder of ``SEEDBED_DATA`` and in the cache."""
    if not name or Path(name).name != name:
        return []
    try:
        return [path for folder in folders(name, cache) if folder.name == name and (path := folder / _FILE).is_file()]
    except OSError:
        # Nothing lies under a name that no system has, such as one of 300 characters.
        return []


def find_imported(name: str, cache: Path) -> ImportedSet | None:
    """The imported data set of a name, from the folder of ``SEEDBED_DATA`` or the cache.

    Raises
    ------
    DataError
        If its file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    paths = imported_paths(name, cache)
    if not paths:
        return None
    about = _about(paths[0])
    try:
        with safe_open(str(paths[0]), "numpy") as file:
            (validation_count,) = file.get_slice("validation_labels").get_shape()
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(paths[0], str(error)) from None
    return ImportedSet(
        name=name,
        classes=tuple(about["classes"]),
        train_count=about["train_count"],
        test_count=about["test_count"],
        image_shape=tuple(about["image_shape"]),
        path=paths[0],
        version=about["fingerprint"],
        validation_count=validation_count,
        columns=tuple(about.get("columns", ())),
    )


def imported_names(cache: Path) -> list[str]:
    """The names of all imported data sets, whole or damaged, in alphabetical order."""
    own = data_folder()
    return sorted({path.parent.name for root in ([own] if own else []) + [cache] for path in root.glob(f"*/{_FILE}")})


def _about(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "numpy") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {})["seedbed"])
        stated = about.pop("sha256")
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError, SafetensorError) as error:
        raise _damaged(path, f"expected an imported data set, got something else: {error}") from None
    if stated != _digest(about):
        raise _damaged(path, "what it states about itself does not have the SHA-256 that it states")
    if about["format"] != _FORMAT:
        raise _damaged(path, f"expected format '{_FORMAT}', got '{about['format']}'")
    return about


def _digest(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path}: {reason.rstrip('.')}. Import it again with --replace, or delete {path.parent}.")
