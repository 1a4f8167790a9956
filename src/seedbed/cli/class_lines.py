"""What a run got wrong with which class, in a few lines."""

from collections.abc import Iterator

from seedbed.formatting import counted, listed, number
from seedbed.statistics import ClassificationReport, Share

_MOST_SHOWN, _MOST_NAMED = 26, 5


def summary_lines(report: ClassificationReport) -> Iterator[str]:
    """Accuracy and balanced accuracy, and the lowest recall, precision and F1 with their classes; 95% intervals."""
    yield f"accuracy {report.accuracy}, balanced accuracy {report.balanced_accuracy}"
    if len(report.rows) < 2:
        return
    lowest = [(name, report.lowest(name.lower())) for name in ("recall", "precision", "F1")]
    told = [f"{name} {getattr(row, name.lower())} of '{row.name}'" for name, row in lowest if row is not None]
    yield f"lowest {', '.join(told)}"


def never_answered(report: ClassificationReport) -> str:
    """A warning that names classes with test images that no image is answered with; empty if there is none."""
    lost = report.never_answered
    if not lost:
        return ""
    more = [f"{len(lost) - _MOST_NAMED} more"] if len(lost) > _MOST_NAMED else []
    names = listed([f"'{name}'" for name in lost[:_MOST_NAMED]] + more)
    return f"{counted(len(lost), 'class', 'classes')} never answered: {names}"


def class_rows(report: ClassificationReport) -> Iterator[tuple[str, ...]]:
    """Name, images, recall, precision and F1 in percent with their 95% intervals, for up to 26 classes."""
    for row in report.rows[:_MOST_SHOWN]:
        yield row.name, f"{row.images:,}", _short(row.recall), _short(row.precision), _short(row.f1)


def _short(share: Share) -> str:
    """With one digit: so a row fits into 80 columns."""
    if not share.is_known:
        return str(share)
    percent, low, high = (number(value, 1) for value in (share.percent, share.low, share.high))
    return f"{percent} ({low} to {high})"
