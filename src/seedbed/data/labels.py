"""Labels and class names of a user's own, brought into numbers from 0 and names in natural order."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.data.arrays import as_array
from seedbed.errors import DataError

NUMBERS = ("positions", "names")
_MOST_DIGITS, _MOST_NAMED = 18, 10


def natural_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names once each, by number if all are whole numbers, else by letter: ``2`` before ``10``."""
    different = set(names)
    if all(name.removeprefix("-").isdecimal() and len(name) <= _MOST_DIGITS for name in different):
        return tuple(sorted(different, key=lambda name: (int(name), name)))
    return tuple(sorted(different))


def as_class_names(classes: Sequence[Any] | NDArray[Any], where: str) -> tuple[str, ...]:
    """Names as text: bytes are read as UTF-8, whole numbers written in digits.

    Raises
    ------
    DataError
        If a name is neither, or they are no sequence.
    """
    names = classes.ravel().tolist() if isinstance(classes, np.ndarray) else classes
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise DataError(f"{where}: expected a sequence of class names such as ('cat', 'dog'), got {classes!r}.")
    return tuple(_as_name(name, where) for name in names)


def _as_name(name: Any, where: str) -> str:
    if isinstance(name, str):
        return str(name)
    if isinstance(name, bytes):
        try:
            return name.decode()
        except UnicodeDecodeError:
            raise DataError(
                f"{where}: expected class names as text or as bytes of UTF-8, got {name!r}. Decode them first, as in "
                "[name.decode('cp949') for name in classes]."
            ) from None
    if isinstance(name, int | np.integer) and not isinstance(name, bool):
        return str(int(name))
    raise DataError(f"{where}: expected class names as text, got {name!r} of type {type(name).__name__}.")


def label_array(values: ArrayLike, where: str, numbers: str = "positions") -> NDArray[Any]:
    """Bring labels into an array of whole numbers or of text, shape (n,).

    Parameters
    ----------
    values : array of whole numbers, truth values or class names (text or bytes of UTF-8), shape (n,) or (n, 1)
    where : str
        What they are, for messages.
    numbers : {"positions", "names"}
        Whether whole numbers count the classes from 0, or are names as text is.

    Raises
    ------
    DataError
        If they are anything else.
    """
    if numbers not in NUMBERS:
        raise DataError(f"{where}: expected numbers as {' or '.join(NUMBERS)}, got {numbers!r}.")
    labels = as_array(values, where)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(
            f"{where}: expected one label per image, shape (n,), got shape {labels.shape}.{_columns(labels)}"
        )
    if labels.dtype.kind in "SOT":
        labels = _text(labels, where)
    if labels.dtype.kind == "b" or (labels.dtype.kind in "iu" and numbers == "names"):
        return labels.astype(np.str_)
    if labels.dtype.kind not in "iuU":
        raise DataError(f"{where}: expected whole numbers or class names, got {labels.dtype}.")
    return labels


def class_names(labels: Sequence[NDArray[Any]], where: str) -> tuple[str, ...]:
    """The classes that labels speak of: their names in natural order, or ``"0"`` up to the largest number.

    Parameters
    ----------
    labels : arrays from `label_array`, one for each part of the data set
    where : str
        What they are, for messages.

    Raises
    ------
    DataError
        If numbers leave out one from 0 to the largest: an output of the network would stand for nothing, and all
        others might be meant one place off.
    """
    if any(some.dtype.kind == "U" for some in labels):
        return natural_order(str(label) for some in labels for label in some.tolist())
    present = {int(label) for some in labels if some.size for label in np.unique(some)}
    largest = min(max(present, default=0), 255)
    missing = [str(number) for number in range(largest + 1) if number not in present]
    if missing and present:
        more = f" … ({len(missing)} of {largest + 1})" if len(missing) > _MOST_NAMED else ""
        listed = (
            ", ".join(missing[:_MOST_NAMED]) + more
            if more
            else " or ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        )
        raise DataError(
            f"{where}: no image has label {listed}, but labels go up to {largest}. Whole numbers must count the "
            "classes from 0. Say --numbers names (numbers='names') to take those that occur as names of classes, or "
            "name all classes (classes=…) where some are to have no images."
        )
    return tuple(str(number) for number in range(largest + 1))


def as_labels(labels: NDArray[Any], where: str, classes: tuple[str, ...]) -> NDArray[np.uint8]:
    """Turn labels into indices of `classes`, uint8, shape (n,).

    Parameters
    ----------
    labels : array from `label_array`
    where : str
        What they are, for messages.
    classes : tuple of str

    Raises
    ------
    DataError
        If a name is not among the classes, or a number is no index.
    """
    if labels.dtype.kind == "U":
        indices = {name: number for number, name in enumerate(classes)}
        if set(labels.tolist()) <= {"False", "True"} and len(classes) == 2 and not {"False", "True"} & set(classes):
            indices = {"False": 0, "True": 1}
        unknown = sorted(set(labels.tolist()) - indices.keys())
        if unknown:
            raise DataError(f"{where}: '{unknown[0]}' is none of the classes: {', '.join(classes[:_MOST_NAMED])}.")
        labels = np.array([indices[name] for name in labels.tolist()], dtype=np.int64)
    if labels.size and (labels.min() < 0 or labels.max() > 255):
        raise DataError(f"{where}: expected labels from 0 to 255, got {labels.min()} to {labels.max()}.")
    return labels.astype(np.uint8)


def _text(labels: NDArray[Any], where: str) -> NDArray[np.str_]:
    names = labels.tolist()
    odd = next((name for name in names if not isinstance(name, str | bytes)), None)
    if odd is not None or None in names:
        raise DataError(f"{where}: expected whole numbers or class names, got {odd!r} among them.")
    return np.array(as_class_names(names, where), dtype=np.str_)


def _columns(labels: NDArray[Any]) -> str:
    """What labels with several columns may be."""
    if labels.ndim != 2 or labels.dtype.kind not in "biuf" or not labels.size:
        return ""
    if ((labels == 0) | (labels == 1)).all() and (np.count_nonzero(labels, axis=1) == 1).all():
        return " Each row has one 1: labels.argmax(axis=1) makes numbers of them."
    return " An image has one class here; images of several classes, or of none, cannot be learned."
