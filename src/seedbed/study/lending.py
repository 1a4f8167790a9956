"""One copy of the data for all workers: the study writes verified arrays to files, workers map them into memory.

Eight workers that load a data set each would hold eight copies and verify eight times. Pages of a mapped file are
shared, so eight workers need the memory of one, and a worker that starts has its data at once.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.dataset import ARRAYS
from seedbed.errors import StoreError
from seedbed.training.recipe import Recipe

_PREFIX, _ABOUT = "lent-", "dataset.json"


class Lending:
    """Data sets in a folder, each with the validation images that some recipes hold out.

    Parameters
    ----------
    folder : Path
        Absolute; made when the first data set is lent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, recipe: Recipe) -> Path:
        """Where the data of a recipe lies once it is lent."""
        name = hashlib.sha256(recipe.data.encode()).hexdigest()[:16]
        return self._folder / f"{name}-{recipe.validation}"

    def lend(self, recipe: Recipe, dataset: Dataset) -> None:
        """Write the data of a recipe, as ``Recipe.split`` gives it.

        Raises
        ------
        StoreError
            The folder cannot be written: the disk is full.
        """
        folder = self.folder(recipe)
        about = {name: getattr(dataset, name) for name in ("name", "classes", "source", "sha256")}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ARRAYS:
                np.save(folder / f"{name}.npy", getattr(dataset, name))
            (folder / _ABOUT).write_text(json.dumps(about), "utf-8")
        except OSError as error:
            raise StoreError(
                f"data '{recipe.data}' cannot be written to '{folder}' for the workers: {error.strerror or error}. "
                "Make room on the disk, or give another workspace with --workspace."
            ) from None


@contextlib.contextmanager
def lending(staging: Path) -> Iterator[Lending]:
    """Lend data in a folder that is deleted in the end, together with those that killed studies left.

    Parameters
    ----------
    staging : Path
        Of a workspace that the caller has claimed.
    """
    # A worker that outlives its study for a moment keeps what it has mapped, so its folder may go; Windows refuses,
    # and the next study tries again.
    for left in staging.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = staging.absolute() / f"{_PREFIX}{os.getpid()}"
    try:
        yield Lending(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def borrow(folder: Path) -> Dataset:
    """Map a lent data set into memory, read-only; nothing is copied and nothing is verified again.

    Raises
    ------
    StoreError
        It is not there any more.
    """
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        arrays: dict[str, Any] = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
    except (OSError, ValueError) as error:
        raise StoreError(f"the data of the study in '{folder}' cannot be read: {error}.") from None
    return Dataset(**about, **arrays)


def _mapped(path: Path) -> NDArray[Any]:
    # As a plain array: only its memory is special.
    array: NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return array
