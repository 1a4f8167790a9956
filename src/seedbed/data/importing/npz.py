"""NumPy's ``.npz``: arrays of images and labels under one of the usual names."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from seedbed.data.dataset import Dataset
from seedbed.errors import DataError

_NAMES = {
    "train_images": ("train_images", "x_train", "train_x", "images", "x", "data"),
    "train_labels": ("train_labels", "y_train", "train_y", "labels", "y", "target"),
    "test_images": ("test_images", "x_test", "test_x"),
    "test_labels": ("test_labels", "y_test", "test_y"),
    "validation_images": ("validation_images", "val_images", "x_val", "val_x"),
    "validation_labels": ("validation_labels", "val_labels", "y_val", "val_y"),
    "classes": ("classes", "class_names"),
}


def read_npz(
    path: Path, name: str, *, test: float, seed: int, channels: str | None, floats: str, numbers: str
) -> Dataset:
    """Read ``train_images``, ``train_labels``, ``test_images``, ``test_labels`` (or ``x_train``, ``y_train``, …).

    Names do not depend on case. Arrays of Python objects are refused: reading them would run code.

    Parameters
    ----------
    path, name, test, seed, channels, floats, numbers
        See `seedbed.data.import_data` and `Dataset.from_arrays`.

    Raises
    ------
    DataError
        If the file is damaged, an array is missing, or an array is not as it must be.
    """
    arrays = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            keys = {key.lower(): key for key in file.files}
            for role, names in _NAMES.items():
                found = [keys[one] for one in names if one in keys]
                if found:
                    arrays[role] = file[found[0]]
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path}: the .npz file is damaged or ends early ({error}). Write it again, or get it again."
        ) from None
    except (ValueError, KeyError, NotImplementedError) as error:
        raise DataError(f"{path}: expected an .npz file of plain arrays, got something else ({error}).") from None
    for role in ("train_images", "train_labels"):
        if role not in arrays:
            raise DataError(
                f"{path}: expected an array {' or '.join(_NAMES[role])}, got {', '.join(keys.values()) or 'none'}."
            )
    classes = arrays.pop("classes", None)
    return Dataset.from_arrays(
        **arrays,
        classes=classes,
        name=name,
        source=f"{path.name}, imported",
        test=test,
        seed=seed,
        channels=channels,
        floats=floats,
        numbers=numbers,
    )
