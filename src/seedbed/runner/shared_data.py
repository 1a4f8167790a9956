"""One copy of the data for all workers: the runner writes verified arrays to files, workers map them into memory.

Eight workers that load a data set each would hold eight copies and verify eight times. Pages of a mapped file are
shared, so eight workers need the memory of one, and a worker that starts has its data at once.
"""

import contextlib
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.dataset import ARRAYS
from seedbed.errors import StoreError
from seedbed.store.lock import LockedError, holding

_PREFIX, _FIRST_PREFIX = "shared-", "lent-"
"""Of the folders, now and in the first version of Seedbed."""

_LOCK, _ABOUT = ".lock", "dataset.json"


class SharedData:
    """Data sets in a folder, by name: the beginning of the SHA-256 of what they are.

    Parameters
    ----------
    folder : Path
        Absolute; made when the first data set is published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, dataset: Dataset) -> str:
        """Write a data set, if it is not there yet; gives its name.

        Raises
        ------
        StoreError
            The folder cannot be written: the disk is full.
        """
        name = data_name(dataset)
        folder = self.folder / name
        try:
            if (folder / _ABOUT).exists():
                return name
            folder.mkdir(parents=True, exist_ok=True)
            for array in ARRAYS:
                np.save(folder / f"{array}.npy", getattr(dataset, array))
            (folder / _ABOUT).write_text(json.dumps(description(dataset)), "utf-8")
        except OSError as error:
            raise StoreError(
                f"data '{dataset.name}' cannot be written to '{folder}' for the workers: {error.strerror or error}. "
                "Make room on the disk, or give another workspace with --workspace."
            ) from None
        return name


def description(dataset: Dataset) -> dict[str, Any]:
    """What a data set is beside its arrays."""
    return {key: getattr(dataset, key) for key in ("name", "classes", "source", "sha256")}


def data_name(dataset: Dataset) -> str:
    """The name by which workers ask for a data set: its content's, and what it is called, as the same images may go by
    other names."""
    return hashlib.sha256(json.dumps(description(dataset)).encode()).hexdigest()[:32]


@contextlib.contextmanager
def sharing(staging: Path) -> Iterator[SharedData]:
    """Share data in a folder that is deleted in the end, together with those that killed processes left.

    Parameters
    ----------
    staging : Path
        Of a workspace; any number of processes may do this at once.
    """
    _sweep(staging.absolute())
    folder = staging.absolute() / f"{_PREFIX}{uuid.uuid4().hex[:12]}"
    with holding(_lock(folder), f"folder '{folder}'"):
        try:
            yield SharedData(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def map_dataset(folder: Path) -> Dataset:
    """Map a published data set into memory, read-only; nothing is copied and nothing is verified again.

    Raises
    ------
    StoreError
        It is not there any more.
    """
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        arrays: dict[str, Any] = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
    except (OSError, ValueError) as error:
        raise StoreError(f"the shared data in '{folder}' cannot be read: {error}.") from None
    return Dataset(**about, **arrays)


def _sweep(staging: Path) -> None:
    """Delete what nobody holds.

    A worker that outlives its runner for a moment keeps what it has mapped, so its folder may go; Windows refuses, and
    the next runner tries again.
    """
    left = [*staging.glob(f"{_FIRST_PREFIX}*"), *staging.glob(f"{_PREFIX}*")]
    for folder in {path.with_name(path.name.removesuffix(_LOCK)) for path in left}:
        with contextlib.suppress(LockedError), holding(_lock(folder), f"folder '{folder}'"):
            shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _mapped(path: Path) -> NDArray[Any]:
    # As a plain array: only its memory is special.
    array: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return array
