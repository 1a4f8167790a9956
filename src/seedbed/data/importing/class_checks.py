"""Whether the classes of imported images can be learned."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.local import Note
from seedbed.errors import DataError

_MOST_NAMED = 10


def check_classes(dataset: Dataset, path: Path, note: Note) -> None:
    """Refuse training images of one class only; note classes that have none.

    Parameters
    ----------
    dataset : Dataset
    path : Path
        Where it came from, for messages.
    note : callable

    Raises
    ------
    DataError
    """
    trained, tested, held = _counts(dataset)
    if np.count_nonzero(trained) < 2:
        raise DataError(
            f"{path}: expected training images of at least 2 classes, got those of one: "
            f"'{dataset.classes[int(np.argmax(trained))]}'."
        )
    empty = trained + tested + held == 0
    if empty.any():
        note(f"no image has class {_names(dataset, empty)}; the data set keeps {len(dataset.classes)} classes")
    unlearned = (trained == 0) & ~empty
    if unlearned.any():
        counted = {"test": tested[unlearned].sum(), "validation": held[unlearned].sum()}
        parts = (f"{count:,} {part}" for part, count in counted.items() if count)
        note(
            f"class {_names(dataset, unlearned)} has no training images, so no network can learn it; "
            f"images that have it: {' and '.join(parts)}"
        )


def check_alike(dataset: Dataset, path: Path, note: Note) -> None:
    """Refuse images that are all alike; note classes whose training images are, and test images of one class only.

    Raises
    ------
    DataError
    """
    images, labels = dataset.train_images, dataset.train_labels
    if _are_alike(images, np.arange(len(images))):
        raise DataError(
            f"{path}: all {len(images):,} training images are alike, pixel for pixel: nothing can be learned of "
            "them. Look at the pictures, and at how they were written."
        )
    alike = np.zeros(len(dataset.classes), np.bool_)
    for number in range(len(dataset.classes)):
        members = np.flatnonzero(labels == number)
        alike[number] = len(members) > 1 and _are_alike(images, members)
    if alike.any():
        note(f"all training images of class {_names(dataset, alike)} are alike, pixel for pixel")
    tested = np.unique(dataset.test_labels)
    if len(dataset.test_labels) == 1:
        note("there is one test image only: the test error will be 0% or 100%")
    elif len(tested) == 1:
        note(
            f"all {len(dataset.test_labels):,} test images are of class {dataset.classes[int(tested[0])]}: a test "
            "error says nothing of the other classes"
        )


def _are_alike(images: NDArray[np.uint8 | np.float32], members: NDArray[np.int64]) -> bool:
    first = images[members[0]]
    return all(np.array_equal(first, images[member]) for member in members[1:])


def _counts(dataset: Dataset) -> tuple[NDArray[np.int64], ...]:
    """Images of each class: training, test, validation."""
    parts = dataset.train_labels, dataset.test_labels, dataset.validation_labels
    return tuple(np.bincount(labels, minlength=len(dataset.classes)).astype(np.int64) for labels in parts)


def _names(dataset: Dataset, which: NDArray[np.bool_]) -> str:
    """The classes that are meant, the first ten of them by name: ``2, 5 or 7``."""
    names = [dataset.classes[number] for number in np.flatnonzero(which)]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} … ({len(names)} of {len(dataset.classes)})"
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
