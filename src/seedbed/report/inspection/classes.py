"""Tables of what is right and wrong of every class: of one network, and of a recipe over its seeds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.formatting import interval_text, listed, number
from seedbed.language import phrase
from seedbed.report.tables import Cell, RowGroup, Table
from seedbed.statistics import ClassificationReport, ClassRates, Rate, Share

_MOST_NAMED = 10


def class_table(report: ClassificationReport) -> Table:
    """A row for each class of one network."""
    columns = (
        Cell(phrase("Class")),
        Cell(phrase("Test images"), is_number=True),
        Cell(phrase("Recall"), phrase("%, 95% interval"), is_number=True),
        Cell(phrase("Precision"), phrase("%, 95% interval"), is_number=True),
        Cell("F1", phrase("%, 95% interval"), is_number=True),
    )
    rows = tuple(
        (
            Cell(row.name),
            Cell(number(row.images, 0), is_number=True),
            *map(_share_cell, (row.recall, row.precision, row.f1)),
        )
        for row in report.rows
    )
    caption = phrase(
        "Every class. Recall: of its images, those that are answered with it; precision: of the answers with it, those "
        "that are right; F1: their harmonic mean. Intervals are Wilson's, of F1 carried over from the share of images "
        "with both among those with the label or the answer; they hold for this one network on images like these."
    )
    return Table("classes", caption, columns, (RowGroup(rows),))


def rates_table(name: str, found: ClassRates, classes: Sequence[str], title: str) -> Table:
    """A row for each class of a recipe, over its seeds.

    Parameters
    ----------
    name : str
        Of the table.
    found : ClassRates
    classes : sequence of str
    title : str
        Of the variant.
    """
    columns = (
        Cell(phrase("Class")),
        Cell(phrase("Recall"), phrase("mean over seeds, %, 95% interval"), is_number=True),
        Cell(phrase("Precision"), phrase("mean over seeds, %, 95% interval"), is_number=True),
        Cell("F1", phrase("mean over seeds, %, 95% interval"), is_number=True),
    )
    rows = tuple(
        (Cell(label), *map(rate_cell, rates))
        for label, *rates in zip(classes, found.recall, found.precision, found.f1, strict=True)
    )
    caption = phrase(
        "Every class of {title}. Intervals are Student's t for the mean over new seeds on these test images; precision "
        "is over the seeds that answer with the class.",
        title=title,
    )
    return Table(name, caption, columns, (RowGroup(rows),))


def rate_cell(rate: Rate) -> Cell:
    """A mean over seeds with its interval below."""
    return Cell(number(rate.mean), interval_text(rate.interval) if rate.runs > 1 else "", is_number=True)


def accuracy_text(report: ClassificationReport) -> str:
    """Accuracy and balanced accuracy, with intervals, and the class of which least is recognised."""
    told = phrase(
        "Accuracy {accuracy}% ({low} to {high}); balanced accuracy, the mean recall of the classes, {balanced}% "
        "({balanced_low} to {balanced_high}).",
        accuracy=number(report.accuracy.percent),
        low=number(report.accuracy.low),
        high=number(report.accuracy.high),
        balanced=number(report.balanced_accuracy.percent),
        balanced_low=number(report.balanced_accuracy.low),
        balanced_high=number(report.balanced_accuracy.high),
    )
    row = report.lowest("recall")
    if row is None or len(report.rows) < 2:
        return told
    least = phrase(
        "Least is recognised of {name}: {recall}% ({low} to {high}).",
        name=row.name,
        recall=number(row.recall.percent),
        low=number(row.recall.low),
        high=number(row.recall.high),
    )
    return f"{told} {least}"


def never_answered_text(names: Sequence[str], title: str = "") -> str:
    """A warning that names classes that no test image is answered with; empty without any."""
    if not names:
        return ""
    more = len(names) - _MOST_NAMED
    shown = list(names[:_MOST_NAMED]) + ([phrase("{count} more", count=more)] if more > 0 else [])
    if title:
        return phrase("{title}: no seed ever answers with these classes: {names}.", title=title, names=listed(shown))
    return phrase("It never answers with these classes: {names}.", names=listed(shown))


def unanswered(counts: NDArray[np.int64], classes: Sequence[str]) -> list[str]:
    """Names of classes that have images and no answer, from counts by label and answer."""
    images, answers = counts.sum(axis=1), counts.sum(axis=0)
    return [name for place, name in enumerate(classes) if images[place] and not answers[place]]


def _share_cell(share: Share) -> Cell:
    if not share.is_known:
        return Cell(number(None), phrase("never answered"), is_number=True)
    return Cell(number(share.percent), interval_text((share.low, share.high)), is_number=True)
