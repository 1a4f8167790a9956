"""What one network gets right of every class, with intervals: recall, precision, F1, accuracy and balanced accuracy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import StatisticsError
from seedbed.formatting import number
from seedbed.notebook import html_table
from seedbed.statistics.checks import check_level
from seedbed.statistics.class_rates import rates
from seedbed.statistics.fisher import wilson

_HEADINGS = ("class", "images", "recall in %", "precision in %", "F1 in %")


@dataclass(frozen=True)
class Share:
    """A share in percent and its interval; all are NaN where nothing is counted."""

    percent: float
    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether there is anything that it is a share of."""
        return not math.isnan(self.percent)

    def __str__(self) -> str:
        if not self.is_known:
            return number(None)
        return f"{number(self.percent)} ({number(self.low, 1)} to {number(self.high, 1)})"

    def to_dict(self) -> dict[str, float | None]:
        """Plain values for JSON: ``percent`` and the ends of the interval, None where nothing is counted."""
        values = {"percent": self.percent, "low": self.low, "high": self.high}
        return {name: value if self.is_known else None for name, value in values.items()}


@dataclass(frozen=True)
class ClassRow:
    """One class.

    Attributes
    ----------
    name : str
    images, answers, right : int
        Test images of the class, answers with it, and those that are both.
    recall, precision, f1 : Share
    """

    name: str
    images: int
    answers: int
    right: int
    recall: Share
    precision: Share
    f1: Share

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        counts = {"class": self.name, "images": self.images, "answers": self.answers, "right": self.right}
        shares = {"recall": self.recall, "precision": self.precision, "f1": self.f1}
        return counts | {name: share.to_dict() for name, share in shares.items()}


@dataclass(frozen=True)
class ClassificationReport:
    """What one network gets right of every class; ``print`` shows it as a table.

    Intervals say what so few test images leave open for this one network; they say nothing of other seeds.

    Attributes
    ----------
    level : float
        Of every interval on its own.
    accuracy, balanced_accuracy : Share
        The share of right answers, and the mean recall of the classes that have images.
    rows : tuple of ClassRow
        One for each class that has images or answers.
    """

    level: float
    accuracy: Share
    balanced_accuracy: Share
    rows: tuple[ClassRow, ...]

    @property
    def never_answered(self) -> tuple[str, ...]:
        """Classes with test images that no image is answered with."""
        return tuple(row.name for row in self.rows if row.images and not row.answers)

    def lowest(self, what: str) -> ClassRow | None:
        """The class whose ``recall``, ``precision`` or ``f1`` is lowest; None if none has one."""
        known = [row for row in self.rows if getattr(row, what).is_known]
        return min(known, key=lambda row: float(getattr(row, what).percent)) if known else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "level": self.level,
            "accuracy": self.accuracy.to_dict(),
            "balanced_accuracy": self.balanced_accuracy.to_dict(),
            "never_answered": list(self.never_answered),
            "classes": [row.to_dict() for row in self.rows],
        }

    def __str__(self) -> str:
        table = [_HEADINGS, *self._cells()]
        widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS))]
        lines = [
            "  ".join(
                cell.ljust(width) if not column else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        return "\n".join([*lines, f"accuracy {self.accuracy}, balanced accuracy {self.balanced_accuracy}"])

    def _repr_html_(self) -> str:
        """The table for notebooks."""
        total = ("accuracy", f"{sum(row.images for row in self.rows):,}", str(self.accuracy), "", "")
        return html_table(_HEADINGS, [*self._cells(), total, ("balanced", "", str(self.balanced_accuracy), "", "")])

    def _cells(self) -> list[tuple[str, ...]]:
        return [(row.name, f"{row.images:,}", str(row.recall), str(row.precision), str(row.f1)) for row in self.rows]


def classification_report(confusion: ArrayLike, names: Sequence[str], level: float = 0.95) -> ClassificationReport:
    """Rates of every class with intervals, from how often each label got each answer.

    Recall, precision and accuracy are proportions: Wilson's score interval. F1 = 2F*/(1 + F*) grows with
    F* = right / (images + answers - right), which is a proportion too: of the images that have the label or the answer,
    those that have both; so Wilson's interval of F* is carried over. Balanced accuracy is a mean of K proportions of
    different images: its interval joins those of the recalls r with their limits l and u, from
    r̄ - √Σ(r - l)²/K to r̄ + √Σ(u - r)²/K.

    Parameters
    ----------
    confusion : integer array, shape (classes, classes)
        Rows are labels, columns are answers.
    names : sequence of str
        Of the classes.
    level : float
        Of each interval on its own.

    Raises
    ------
    StatisticsError
        The array is not square, holds a negative number or no image, or has another size than there are names.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference". Hand, Christen, Kirielle
    (2021), "F*: an interpretable transformation of the F-measure", Machine Learning 110. Zou, Huang, Zhang (2009), "A
    note on confidence interval estimation for a linear function of binomial proportions", Computational Statistics &
    Data Analysis 53. Brodersen, Ong, Stephan, Buhmann (2010), "The balanced accuracy and its posterior distribution".
    """
    check_level(level)
    found = rates(confusion)
    counts = np.asarray(confusion)
    if len(names) != len(counts):
        raise StatisticsError(f"names: expected one for each of {len(counts)} classes, got {len(names)}.")
    images, answers, right = counts.sum(axis=1), counts.sum(axis=0), np.diag(counts)
    rows = tuple(
        _row(names[place], int(images[place]), int(answers[place]), int(right[place]), level)
        for place in np.flatnonzero(images + answers).tolist()
    )
    return ClassificationReport(
        level=level,
        accuracy=_share(int(right.sum()), int(counts.sum()), level),
        balanced_accuracy=_mean([row.recall for row in rows if row.images], 100 - found.balanced_error),
        rows=rows,
    )


def _row(name: str, images: int, answers: int, right: int, level: float) -> ClassRow:
    either = _share(right, images + answers - right, level)
    f1 = Share(*(200 * value / (100 + value) for value in (either.percent, either.low, either.high)))
    return ClassRow(name, images, answers, right, _share(right, images, level), _share(right, answers, level), f1)


def _share(part: int, whole: int, level: float) -> Share:
    if not whole:
        return Share(math.nan, math.nan, math.nan)
    low, high = wilson(part, whole, level)
    return Share(100 * part / whole, 100 * low, 100 * high)


def _mean(shares: Sequence[Share], mean: float) -> Share:
    def reach(ends: NDArray[np.float64]) -> float:
        return float(np.sqrt(np.square(ends).sum())) / len(shares)

    middle, low, high = (np.array([getattr(one, end) for one in shares]) for end in ("percent", "low", "high"))
    return Share(mean, max(0.0, mean - reach(middle - low)), min(100.0, mean + reach(high - middle)))
