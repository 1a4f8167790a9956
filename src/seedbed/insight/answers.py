"""What a network answers: which classes it mixes up, which images it fails on, how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.data import Dataset
from seedbed.errors import DataError
from seedbed.statistics import ClassificationReport, classification_report

Float64 = NDArray[np.float64]

_Z = 1.959964
"""The normal distribution leaves 2.5% above it."""


def confusion(outputs: ArrayLike, labels: ArrayLike) -> NDArray[np.int64]:
    """How many images of each class get which answer.

    Parameters
    ----------
    outputs : float array, shape (n, classes)
        Or anything whose largest entry is the answer.
    labels : integer array, shape (n,)

    Returns
    -------
    int64 array, shape (outputs, outputs)
        Rows are labels, columns are answers; a network may have more outputs than there are classes.
    """
    values, wanted = _checked(outputs, labels)
    counts = np.zeros((values.shape[1], values.shape[1]), dtype=np.int64)
    np.add.at(counts, (wanted, values.argmax(axis=1)), 1)
    return counts


def report_classes(outputs: ArrayLike, dataset: Dataset) -> ClassificationReport:
    """Accuracy, and recall, precision and F1 of every class with 95% intervals, from answers to the test images.

    Parameters
    ----------
    outputs : float array, shape (n_test, outputs)
    dataset : Dataset

    Raises
    ------
    DataError
        There are no test images, or not as many as answers.
    """
    counts = confusion(outputs, dataset.test_labels)
    if not counts.sum():
        raise DataError(f"data set '{dataset.name}' has no test images, so nothing is known of its classes.")
    return classification_report(counts, dataset.answer_names(len(counts)))


@dataclass(frozen=True)
class Mistake:
    """A wrong answer.

    Attributes
    ----------
    number : int
        Of the image.
    label, answer : int
    probability : float
        Of the answer.
    """

    number: int
    label: int
    answer: int
    probability: float


def confident_mistakes(probabilities: ArrayLike, labels: ArrayLike, count: int | None = 24) -> tuple[Mistake, ...]:
    """The wrong answers that the network is surest of, the surest first.

    Parameters
    ----------
    probabilities : float array, shape (n, classes)
        See ``probabilities``.
    labels : integer array, shape (n,)
    count : int, optional
        At most so many; None for all.
    """
    values, wanted = _checked(probabilities, labels)
    answers = values.argmax(axis=1)
    sure = values.max(axis=1)
    wrong = np.flatnonzero(answers != wanted)
    surest = wrong[np.argsort(-sure[wrong], kind="stable")[:count]]
    return tuple(Mistake(int(n), int(wanted[n]), int(answers[n]), float(sure[n])) for n in surest)


@dataclass(frozen=True)
class Agreement:
    """Which images runs with other random seeds get wrong.

    Attributes
    ----------
    seeds : int
        Number of runs.
    wrong : int64 array, shape (n,)
        How many runs get each image wrong.
    """

    seeds: int
    wrong: NDArray[np.int64]

    @property
    def always(self) -> NDArray[np.int64]:
        """Numbers of the images that every run gets wrong."""
        return np.flatnonzero(self.wrong == self.seeds)

    @property
    def sometimes(self) -> NDArray[np.int64]:
        """Numbers of the images that some runs get wrong, but not all."""
        return np.flatnonzero((self.wrong > 0) & (self.wrong < self.seeds))

    @property
    def never(self) -> NDArray[np.int64]:
        """Numbers of the images that every run gets right."""
        return np.flatnonzero(self.wrong == 0)

    def hardest(self, count: int) -> NDArray[np.int64]:
        """Numbers of the images that most runs get wrong, the hardest first; only such that some run gets wrong."""
        order = np.argsort(-self.wrong, kind="stable")[:count]
        return order[self.wrong[order] > 0]


def agreement(outputs_by_seed: Sequence[ArrayLike], labels: ArrayLike) -> Agreement:
    """Put the answers of several runs on the same images side by side.

    Parameters
    ----------
    outputs_by_seed : sequence of float arrays, shape (n, classes)
    labels : integer array, shape (n,)
    """
    wrong = np.zeros(len(np.asarray(labels)), dtype=np.int64)
    for outputs in outputs_by_seed:
        values, wanted = _checked(outputs, labels)
        wrong += values.argmax(axis=1) != wanted
    return Agreement(len(outputs_by_seed), wrong)


@dataclass(frozen=True)
class Calibration:
    """Whether answers given with probability p are right in a share p of the cases.

    Attributes
    ----------
    edges : float64 array, shape (bins + 1,)
        Of the bins of the answer's probability, from 0 to 1; a bin has its upper edge.
    confidence : float64 array, shape (bins,)
        Mean probability of the answers in each bin; NaN if it is empty.
    accuracy : float64 array, shape (bins,)
        Share of right answers in each bin, 0 to 1; NaN if it is empty.
    counts : int64 array, shape (bins,)
        Images in each bin.
    error : float
        Expected calibration error, Σ_b counts_b/n · |accuracy_b - confidence_b|, 0 to 1.
    """

    edges: Float64
    confidence: Float64
    accuracy: Float64
    counts: NDArray[np.int64]
    error: float

    @property
    def stated(self) -> float:
        """Mean probability of all answers, 0 to 1."""
        return self._mean(self.confidence)

    @property
    def right(self) -> float:
        """Share of all answers that are right, 0 to 1."""
        return self._mean(self.accuracy)

    def intervals(self, networks: int = 1) -> Float64:
        """95% intervals of the accuracy in each bin: what so few images leave open.

        Source: Wilson (1927); his interval of a share stays within 0 and 1 and fits a few images too.

        Parameters
        ----------
        networks : int
            How many networks answered the same images; each image counts as one.

        Returns
        -------
        float64 array, shape (bins, 2)
            NaN where a bin is empty.
        """
        return _share_intervals(self.accuracy, self.counts / networks)

    @property
    def right_interval(self) -> tuple[float, float]:
        """95% interval of `right`, as of `intervals`."""
        low, high = _share_intervals(np.array([self.right]), self.counts.sum(keepdims=True).astype(np.float64))[0]
        return float(low), float(high)

    def _mean(self, values: Float64) -> float:
        filled = self.counts > 0
        return float((values * self.counts)[filled].sum() / max(1, self.counts.sum()))


def calibration_curve(probabilities: ArrayLike, labels: ArrayLike, bins: int = 15) -> Calibration:
    """Compare how sure the answers are with how often they are right.

    Source: Guo, Pleiss, Sun and Weinberger (2017), equations 2 to 5.

    Parameters
    ----------
    probabilities : float array, shape (n, classes)
        See ``probabilities``.
    labels : integer array, shape (n,)
    bins : int
        Of equal width.
    """
    values, wanted = _checked(probabilities, labels)
    sure, right = values.max(axis=1), values.argmax(axis=1) == wanted
    edges = np.linspace(0, 1, bins + 1)
    own = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    counts = np.bincount(own, minlength=bins).astype(np.int64)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(own, sure, bins) / counts
        accuracy = np.bincount(own, right, bins) / counts
    gaps = np.abs(accuracy - confidence)[counts > 0]
    error = float((gaps * counts[counts > 0]).sum() / max(1, counts.sum()))
    return Calibration(edges, confidence, accuracy, counts, error)


def _share_intervals(shares: Float64, counts: Float64) -> Float64:
    """Wilson's 95% intervals of shares of so many images; NaN where there is no image."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = _Z**2 / counts
        middle = (shares + spread / 2) / (1 + spread)
        half = np.sqrt(spread * shares * (1 - shares) + spread**2 / 4) / (1 + spread)
    return np.stack([middle - half, middle + half], axis=1)


def _checked(values: ArrayLike, labels: ArrayLike) -> tuple[Float64, NDArray[np.int64]]:
    """Both as arrays that fit each other."""
    numbers, wanted = np.asarray(values, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if numbers.ndim != 2 or wanted.shape != numbers.shape[:1]:
        raise DataError(
            f"outputs: expected (n, classes) and n labels, got {numbers.shape} and {wanted.shape}. "
            "They must be of the same images."
        )
    return numbers, wanted
