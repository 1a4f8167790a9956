"""Answers as CSV: of pictures with all that is known of them, of the rows of a table as Kaggle takes them."""

import csv
import io
from collections.abc import Iterable, Sequence

from seedbed.formatting import spreadsheet_cell
from seedbed.training.prediction import Prediction

SUBMISSION = ("ImageId", "Label")
"""Columns of Kaggle's sample for its digits."""


def submission_csv(predictions: Iterable[Prediction], columns: Sequence[str] = SUBMISSION) -> str:
    """A line for each row of a table: what it is called, and its answer."""
    return _written([columns, *((one.name, one.answer) for one in predictions)])


def answers_csv(predictions: Sequence[Prediction], top: int = 1) -> str:
    """A line for each picture: path, answer, probability, distance, whether it is unlike the training images, what was
    done to it; with `top` above 1 the next answers, and of several networks how many agree.
    """
    are_several = any(one.votes for one in predictions)
    further = [name for place in range(2, top + 1) for name in (f"answer_{place}", f"probability_{place}")]
    heading = ["path", "answer", "probability", "distance", "is_unlike", *further]
    rows: list[Sequence[str]] = [[*heading, *(["agreeing", "networks"] if are_several else []), "done"]]
    for one in predictions:
        next_ones = [text for name, value in one.top(top)[1:] for text in (name, f"{value:.6f}")]
        next_ones += [""] * (len(further) - len(next_ones))
        votes = [str(one.agreeing), str(len(one.votes))] if are_several else []
        distance = "" if one.distance != one.distance else f"{one.distance:.4f}"
        known = [one.name, one.answer, f"{one.probability:.6f}", distance, str(int(one.is_unlike))]
        rows.append([*known, *next_ones, *votes, "; ".join(one.done)])
    return _written(rows)


def _written(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([spreadsheet_cell(cell) for cell in row])
    return buffer.getvalue()
