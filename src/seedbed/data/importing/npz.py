"""NumPy's ``.npz``: arrays of images and labels under one of the usual names."""

from pathlib import Path
from typing import Any

from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.array_files import read_npz_arrays
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
    found = {key.lower(): array for key, array in read_npz_arrays(path).items()}
    arrays: dict[str, Any] = {}
    for role, names in _NAMES.items():
        array = next((found[one] for one in names if one in found), None)
        if array is not None:
            arrays[role] = array
    for role in ("train_images", "train_labels"):
        if role not in arrays:
            raise DataError(
                f"{path}: expected an array {' or '.join(_NAMES[role])}, got "
                f"{', '.join(map(printable, found)) or 'none'}."
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
