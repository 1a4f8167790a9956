"""What the columns of a table are: the label, numbers, parts, and what is left out."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.layout import part_of
from seedbed.errors import DataError

_LABELS = ("label", "labels", "class", "target", "category", "species", "variety", "y", "digit", "emotion", "diagnosis")
_IDENTITIES = ("id", "index", "", "unnamed: 0", "imageid", "image_id", "row", "row_id", "rowid")
_PARTS = ("usage", "split", "set", "subset", "partition")
_PIXEL = re.compile(r"(pixel|pix|px)[ _.-]?\d+|\d+|\d+[x_]\d+", re.IGNORECASE)
_SHAPE = re.compile(r"(\d{1,4})[x×](\d{1,4})(?:[x×](\d{1,4}))?")
_MNIST_COLUMNS = 28 * 28 + 1
_MOST_NAMED = 8


@dataclass(frozen=True)
class Columns:
    """Places of the columns.

    Attributes
    ----------
    names : tuple of str
        Of all columns; ``column 1``, … if the table has no names.
    has_header : bool
    label : int or None
        None in a table without labels.
    numbers : tuple of int
    part : int or None
        The column that says which rows train and which test.
    identity : int or None
        The column that numbers the rows, left out as all of `left_out`.
    left_out : tuple of int
    """

    names: tuple[str, ...]
    has_header: bool
    label: int | None
    numbers: tuple[int, ...]
    part: int | None = None
    identity: int | None = None
    left_out: tuple[int, ...] = ()


def is_number(cell: str, delimiter: str) -> bool:
    """Whether a cell is a number, with a decimal comma where semicolons stand between the cells."""
    try:
        float(with_point(cell, delimiter))
    except ValueError:
        return False
    return True


def with_point(cell: str, delimiter: str) -> str:
    """A number as Python reads it."""
    return cell.replace(",", ".") if delimiter == ";" else cell


def understand_columns(
    path: Path,
    rows: Sequence[list[str]],
    delimiter: str,
    *,
    label: str | None = None,
    drop: Sequence[str] = (),
    is_labelled: bool = True,
) -> Columns:
    """Find out what the columns are.

    Parameters
    ----------
    path : Path
        For messages.
    rows : sequence of list of str
        The first rows of the file, that of the names included.
    delimiter : str
    label : str, optional
        Name of the column of labels, or its place: 1 is the first, -1 or ``last`` the last.
    drop : sequence of str
        Names or places of columns to leave out.
    is_labelled : bool
        Whether there must be labels.

    Raises
    ------
    DataError
        If it cannot be told which column is the label, or a column holds text.
    """
    first = rows[0]
    has_header = _is_header(first, delimiter)
    names = tuple(first) if has_header else tuple(f"column {place}" for place in range(1, len(first) + 1))
    body = [row for row in rows[has_header:] if len(row) == len(first)]
    if not body:
        raise DataError(f"{path}: expected rows of as many cells as the first ({len(first)}), got none.")
    texts = [
        place
        for place in range(len(names))
        if 2 * sum(is_number(row[place], delimiter) for row in body) <= sum(bool(row[place]) for row in body)
    ]
    lower = [name.lower() for name in names]
    dropped = {_place(name, names, path, "drop") for name in drop}
    identities = [place for place, name in enumerate(lower) if has_header and name in _IDENTITIES]
    parts = [place for place, name in enumerate(lower) if name in _PARTS and all(part_of(row[place]) for row in body)]
    if label is not None:
        chosen: int | None = _place(label, names, path, "label")
    else:
        rest = [place for place in texts if place not in {*dropped, *identities, *parts}]
        chosen = _label(lower, rest, dropped, path, names, has_header, is_labelled)
    left_out = tuple(sorted({*dropped, *identities} - {chosen}))
    numbers = tuple(place for place in range(len(names)) if place not in {chosen, *left_out, *parts})
    for place in texts:
        if place in numbers:
            shown = printable(next((row[place] for row in body if not is_number(row[place], delimiter)), "")[:20])
            raise DataError(
                f"{path}: column '{printable(names[place])}' holds text ('{shown}'), which no network takes. Leave it "
                f"out: --drop {printable(names[place])!r} (drop=[…]), or turn it into numbers."
            )
    if not numbers:
        raise DataError(f"{path}: expected columns of numbers beside the label, got none.")
    return Columns(
        names=names,
        has_header=has_header,
        label=chosen,
        numbers=numbers,
        part=parts[0] if parts and parts[0] != chosen else None,
        identity=identities[0] if identities else None,
        left_out=left_out,
    )


def image_shape(
    columns: Columns, are_pixels: bool, shape: str | None, path: Path
) -> tuple[tuple[int, int, int], bool] | None:
    """The shape (c, h, w) that the numbers of a row have, and whether the channels stand last; None for plain features.

    Parameters
    ----------
    columns : Columns
    are_pixels : bool
        Whether all numbers are whole, from 0 to 255.
    shape : str, optional
        ``28x28``, ``3x32x32`` or ``32x32x3``; if left out, told by the names of the columns and their number.
    path : Path
        For messages.

    Raises
    ------
    DataError
        If the shape does not fit, or pixels do not tell theirs.
    """
    count = len(columns.numbers)
    if shape is not None:
        found = _SHAPE.fullmatch(str(shape))
        if not found:
            raise DataError(f"shape: expected HEIGHTxWIDTH such as 28x28, 3x32x32 or 32x32x3, got {shape!r}.")
        sizes = [int(size) for size in found.groups() if size is not None]
        if math.prod(sizes) != count:
            raise DataError(
                f"{path}: shape {shape} has {math.prod(sizes):,} values, but there are {count:,} columns of numbers."
            )
        if len(sizes) == 2:
            return (1, sizes[0], sizes[1]), False
        is_last = sizes[2] in (1, 3) and sizes[0] not in (1, 3)
        return ((sizes[2], sizes[0], sizes[1]), True) if is_last else ((sizes[0], sizes[1], sizes[2]), False)
    names = [columns.names[place] for place in columns.numbers]
    are_named = columns.has_header and all(_PIXEL.fullmatch(name) for name in names)
    is_mnist = not columns.has_header and count == _MNIST_COLUMNS - 1
    if not are_pixels or not (are_named or is_mnist):
        return None
    side = math.isqrt(count)
    if side * side == count:
        return (1, side, side), False
    if "pix" in names[0].lower():
        raise DataError(
            f"{path}: {count:,} pixels are no square. Say --shape HEIGHTxWIDTH (shape='…'), with colours "
            "3x32x32 or 32x32x3."
        )
    return None


def _is_header(first: list[str], delimiter: str) -> bool:
    """Whether the first row is one of names: no numbers, or numbers that only count the columns."""
    numbers = [cell for cell in first if is_number(cell, delimiter)]
    if not numbers:
        return True
    counted = [str(place) for place in range(len(numbers))], [str(place) for place in range(1, len(numbers) + 1)]
    texts = [cell.lower() for cell in first if not is_number(cell, delimiter)]
    return numbers in counted and bool(texts) and set(texts) <= {*_LABELS, *_IDENTITIES, *_PARTS}


def _place(wanted: str, names: tuple[str, ...], path: Path, what: str) -> int:
    text = str(wanted).strip()
    for same in (names.index, [name.lower() for name in names].index):
        try:
            return same(text if same == names.index else text.lower())
        except ValueError:
            continue
    text = {"first": "1", "last": "-1"}.get(text.lower(), text)
    if re.fullmatch(r"-?\d{1,6}", text):
        place = int(text)
        if 1 <= abs(place) <= len(names):
            return place - 1 if place > 0 else len(names) + place
    raise DataError(f"{path}: {what}: no column '{printable(text[:40])}'. Columns: {_listed(names)}.")


def _label(
    lower: list[str],
    texts: list[int],
    dropped: set[int],
    path: Path,
    names: tuple[str, ...],
    has_header: bool,
    is_labelled: bool,
) -> int | None:
    named = [place for wanted in _LABELS for place, name in enumerate(lower) if name == wanted and place not in dropped]
    if named and has_header:
        return named[0]
    if len(texts) == 1 or not is_labelled:
        return texts[0] if len(texts) == 1 else None
    if not has_header and not texts and len(names) == _MNIST_COLUMNS:
        return 0
    why = f"{len(texts)} columns hold text" if texts else "all columns hold numbers"
    raise DataError(
        f"{path}: which column is the label? None is named so, and {why}. Say --label NAME (label=…), or its place: "
        f"--label 1, --label last. Columns: {_listed(names)}."
    )


def _listed(names: tuple[str, ...]) -> str:
    more = f", … ({len(names):,})" if len(names) > _MOST_NAMED else ""
    return printable(", ".join(names[:_MOST_NAMED])) + more
