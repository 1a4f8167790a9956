"""What a run got wrong with which class, in a few lines."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.data import Dataset
from seedbed.formatting import counted, listed, number
from seedbed.insight import confusion
from seedbed.statistics import rates
from seedbed.statistics.fisher import wilson

_MOST_SHOWN, _MOST_NAMED = 26, 5
_LEVEL = 0.95


def summary_line(outputs: ArrayLike, dataset: Dataset) -> str:
    """Accuracy, balanced accuracy, and the class of which most is missed, with Wilson's 95% interval of its recall."""
    counts = _counts(outputs, dataset)
    found = rates(counts)
    accuracy = 100 * np.trace(counts) / counts.sum()
    images, right = counts.sum(axis=1), np.diag(counts)
    worst = int(np.nanargmin(found.recall))
    low, high = (number(100 * end) for end in wilson(int(right[worst]), int(images[worst]), _LEVEL))
    return (
        f"accuracy {number(accuracy)}%, balanced {number(100 - found.balanced_error)}%; of class "
        f"'{dataset.classes[worst]}' {number(found.recall[worst])}% are recognised ({low} to {high})"
    )


def never_answered(outputs: ArrayLike, dataset: Dataset) -> str:
    """A warning that names classes with test images that no image is answered with; empty if there is none."""
    counts = _counts(outputs, dataset)
    lost = [
        name
        for name, images, answers in zip(dataset.classes, counts.sum(axis=1), counts.sum(axis=0), strict=True)
        if images and not answers
    ]
    if not lost:
        return ""
    more = [f"{len(lost) - _MOST_NAMED} more"] if len(lost) > _MOST_NAMED else []
    names = listed([f"'{name}'" for name in lost[:_MOST_NAMED]] + more)
    return f"{counted(len(lost), 'class', 'classes')} never answered: {names}"


def class_rows(outputs: ArrayLike, dataset: Dataset) -> Iterator[tuple[str, ...]]:
    """Name, images, recall, precision, each with Wilson's 95% interval, and F1 in percent, for up to 26 classes."""
    counts = _counts(outputs, dataset)
    found = rates(counts)
    for place, name in enumerate(dataset.classes[:_MOST_SHOWN]):
        right, images, answers = (int(n) for n in (counts[place, place], counts[place].sum(), counts[:, place].sum()))
        yield name, f"{images:,}", _share(right, images), _share(right, answers), number(float(found.f1[place]))


def _share(part: int, whole: int) -> str:
    if not whole:
        return number(None)
    low, high = (number(100 * end, 1) for end in wilson(part, whole, _LEVEL))
    return f"{number(100 * part / whole, 1)} ({low} to {high})"


def _counts(outputs: ArrayLike, dataset: Dataset) -> NDArray[np.int64]:
    """Rows are labels, columns answers; outputs without a class are left out of the answers."""
    return confusion(np.asarray(outputs)[:, : len(dataset.classes)], dataset.test_labels)
