"""Tables of numbers with a label in each row: pixels, as Kaggle gives them, or plain features."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.bounds import regular_size
from seedbed.data.importing.file_names import check_encoding, has_octets
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.layout import part_of
from seedbed.data.importing.table_columns import Columns, image_shape, is_number, understand_columns, with_point
from seedbed.data.importing.table_text import Row, Rows
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_LOOKED_AT = 100
_LARGEST_FLOAT = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class TableOptions:
    """How a table is to be understood; see `seedbed.data.import_data`."""

    label: str | None = None
    drop: tuple[str, ...] = ()
    shape: str | None = None
    turned: bool = False


@dataclass(frozen=True)
class Unlabelled:
    """Images without labels.

    Attributes
    ----------
    images : uint8 or float32 array, shape (n, c, h, w)
    identities : tuple of str
        One for each image: the cell of the column that numbers the rows, else 1, 2, ….
    """

    images: NDArray[np.uint8 | np.float32]
    identities: tuple[str, ...]


def read_number_table(
    path: Path,
    name: str,
    rows: Iterable[Row],
    delimiter: str,
    options: TableOptions,
    *,
    test: float | Rows,
    seed: int,
    findings: Findings,
) -> tuple[Dataset, tuple[str, ...]]:
    """Read a table of labels and numbers.

    Pixels become gray or colour images; plain features float32 images with a channel of one pixel for each, so that
    ``standardize`` works feature by feature.

    Parameters
    ----------
    path, name, seed
        See `seedbed.data.import_data`.
    test : float or Rows
        The rows of another file are the test images.
    rows : iterable of Row
    delimiter : str
    options : TableOptions
    findings : Findings
        Is told of every row that cannot be read, and how the columns were understood.

    Returns
    -------
    (Dataset, tuple of str)
        And the names of the columns of numbers.

    Raises
    ------
    DataError
        If it cannot be told what the columns are, or no row can be read.
    """
    columns, body = _begun(path, rows, delimiter, options, is_labelled=True)
    values, kept, are_pixels = _values(path, body, columns, delimiter, findings)
    label = columns.label
    assert label is not None
    form = image_shape(columns, are_pixels, options.shape, path)
    images = _images(values, form, options.turned)
    labels = _whole([row[label] for row in kept])
    names = tuple(columns.names[place] for place in columns.numbers)
    _remark(columns, form, findings)
    parts = [part_of(row[columns.part]) for row in kept] if columns.part is not None else ["train"] * len(kept)
    arrays: dict[str, Any] = {}
    for part in ("train", "test", "validation"):
        chosen = np.array([one == part for one in parts], dtype=np.bool_)
        if chosen.any():
            arrays[f"{part}_images"], arrays[f"{part}_labels"] = images[chosen], labels[chosen]
    if "train_images" not in arrays:
        raise DataError(f"{path}: expected rows to train on, got those of other parts only.")
    source = f"{path.name}, imported ({len(kept):,} rows)"
    if isinstance(test, Rows):
        if "test_images" in arrays:
            raise DataError(f"{path}: column '{columns.names[columns.part or 0]}' names test rows already.")
        arrays |= _test_rows(test, columns, form, images, options, findings)
        source += f" and {test.path.name}"
        test = 0
    dataset = Dataset.from_arrays(
        **arrays, name=name, source=source, test=test, seed=seed, channels="first", floats="keep"
    )
    return dataset, names


def _test_rows(
    rows: Rows,
    columns: Columns,
    form: tuple[tuple[int, int, int], bool] | None,
    train_images: NDArray[np.uint8 | np.float32],
    options: TableOptions,
    findings: Findings,
) -> dict[str, Any]:
    """The rows of a file of its own, whose columns must be those of the training rows."""
    path, waiting = rows.path, iter(rows)
    first = [row for row in (next(waiting, None),) if row is not None]
    found, body = _begun(path, itertools.chain(first, waiting), rows.delimiter, options, is_labelled=True)
    if (found.names, found.numbers, found.label) != (columns.names, columns.numbers, columns.label):
        raise DataError(
            f"{path}: expected the columns of the training rows, got others: {printable(str(found.names)[:80])}."
        )
    values, kept, _ = _values(path, body, found, rows.delimiter, findings)
    if train_images.dtype == np.uint8 and values.dtype != np.uint8:
        raise DataError(f"{path}: expected whole numbers from 0 to 255 as in the training rows, got others.")
    assert found.label is not None
    images = _images(values, form, options.turned).astype(train_images.dtype)
    return {"test_images": images, "test_labels": _whole([row[found.label] for row in kept])}


def read_unlabelled(
    path: str | Path,
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    *,
    columns: Sequence[str] = (),
    drop: Sequence[str] = (),
    turned: bool = False,
    encoding: str | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Unlabelled:
    """Read a table of numbers without labels, to predict: a column of labels is passed over if there is one.

    Parameters
    ----------
    path : str or Path
    shape : tuple of int
        ``(c, h, w)`` of the images that the network was trained on.
    dtype : uint8 or float32
        Theirs.
    columns : sequence of str
        Names of the columns of numbers that they were made of, to find them again in any order.
    drop, turned, encoding, progress
        See `seedbed.data.import_data`.

    Raises
    ------
    DataError
        If a row cannot be read, or the columns are others.
    """
    path = Path(path).expanduser()
    regular_size(path)
    check_encoding(encoding)
    rows = Rows(path, progress, encoding)
    waiting = iter(rows)
    first = [row for row in (next(waiting, None),) if row is not None]
    together = itertools.chain(first, waiting)
    found, body = _begun(path, together, rows.delimiter, TableOptions(drop=tuple(drop)), is_labelled=False)
    places = found.numbers
    if found.has_header and columns and set(columns) <= set(found.names):
        places = tuple(found.names.index(name) for name in columns)
    found = replace(found, label=None, part=None, numbers=places)
    count = shape[0] * shape[1] * shape[2]
    if len(found.numbers) != count:
        raise DataError(
            f"{path}: expected {count:,} columns of numbers, as the images have that the network was trained on, got "
            f"{len(found.numbers):,}. --drop NAME (drop=[…]) leaves columns out."
        )
    findings = Findings(lambda text: None)
    values, kept, _ = _values(path, body, found, rows.delimiter, findings)
    if findings.skipped:
        raise DataError(f"{findings.skipped[0]}. Every row needs an answer; mend the row, or take it out.")
    if dtype == np.uint8 and values.dtype != np.uint8:
        raise DataError(f"{path}: expected whole numbers from 0 to 255, as the network was trained on, got others.")
    images = values.astype(dtype).reshape(-1, *shape)
    identity = found.identity
    numbered = (str(number) for number in range(1, len(kept) + 1))
    identities = numbered if identity is None else (row[identity] for row in kept)
    return Unlabelled(images.transpose(0, 1, 3, 2) if turned else images, tuple(identities))


def _begun(
    path: Path, rows: Iterable[Row], delimiter: str, options: TableOptions, *, is_labelled: bool
) -> tuple[Columns, Iterator[Row]]:
    """What the columns are, and the rows of numbers."""
    waiting = iter(rows)
    first = list(itertools.islice(waiting, _LOOKED_AT))
    if not first:
        raise DataError(f"{path}: expected a table, got an empty file.")
    cells = [row.cells for row in first]
    columns = understand_columns(
        path, cells, delimiter, label=options.label, drop=options.drop, is_labelled=is_labelled
    )
    return columns, itertools.chain(first[columns.has_header :], waiting)


def _values(
    path: Path, rows: Iterable[Row], columns: Columns, delimiter: str, findings: Findings
) -> tuple[NDArray[np.uint8 | np.float32], list[dict[int, str]], bool]:
    """What can be read of all rows.

    Returns
    -------
    (uint8 or float32 array, shape (n, columns), list of dict, bool)
        The numbers, uint8 if all are pixels; the cells of each row that are still asked for; whether all are pixels.
    """
    # Not the cells of all columns: they would take ten times the memory of their values.
    asked = [place for place in (columns.label, columns.part, columns.identity) if place is not None]
    kept = []
    octets: list[NDArray[np.uint8 | np.float32]] = []
    for row in rows:
        try:
            numbers = _numbers(row.cells, columns, delimiter)
        except DataError as error:
            findings.skip(f"{path.name}, line {row.line}: {error}")
            continue
        octets.append(numbers)
        kept.append({place: row.cells[place] for place in asked})
    if not kept:
        raise DataError(f"{path}: no row can be read: {findings.skipped[0] if findings.skipped else 'there is none'}.")
    are_pixels = all(one.dtype == np.uint8 for one in octets)
    values = np.stack(octets) if are_pixels else np.stack([one.astype(np.float32) for one in octets])
    if not are_pixels and values.min() >= 0 and values.max() <= 255 and (values == np.rint(values)).all():
        return values.astype(np.uint8), kept, True
    return values, kept, are_pixels


def _numbers(cells: list[str], columns: Columns, delimiter: str) -> NDArray[np.uint8 | np.float32]:
    if len(cells) != len(columns.names):
        raise DataError(f"expected {len(columns.names)} cells, got {len(cells)}")
    if columns.label is not None and not cells[columns.label]:
        raise DataError(f"no label in column '{columns.names[columns.label]}'")
    if columns.label is not None and has_octets(cells[columns.label]):
        raise DataError(f"a label with bytes that are no text: {cells[columns.label]!r}")
    if columns.part is not None and part_of(cells[columns.part]) is None:
        raise DataError(f"'{cells[columns.part][:20]}' in column '{columns.names[columns.part]}' is no part")
    chosen = [cells[place] for place in columns.numbers]
    try:
        # bytes() refuses what is no pixel: below 0 or above 255.
        return np.frombuffer(bytes(map(int, chosen)), dtype=np.uint8)
    except ValueError:
        pass
    try:
        numbers = np.array([float(with_point(cell, delimiter)) for cell in chosen])
    except ValueError:
        place = next(place for place in columns.numbers if not is_number(cells[place], delimiter))
        raise DataError(
            f"no number in column '{printable(columns.names[place])}': '{printable(cells[place][:20])}'"
        ) from None
    if not (np.abs(numbers) <= _LARGEST_FLOAT).all():
        raise DataError("a number that is NaN, infinite or too large")
    return numbers.astype(np.float32)


def _images(
    values: NDArray[np.uint8 | np.float32], form: tuple[tuple[int, int, int], bool] | None, turned: bool
) -> NDArray[np.uint8 | np.float32]:
    if form is None:
        return values.astype(np.float32)[:, :, np.newaxis, np.newaxis]
    (channels, height, width), is_last = form
    if is_last:
        images = values.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    else:
        images = values.reshape(-1, channels, height, width)
    return images.transpose(0, 1, 3, 2) if turned else images


def _whole(labels: list[str]) -> NDArray[np.str_]:
    """Labels as text; ``1.0``, as some programs write whole numbers, is 1."""
    if all(label.removesuffix(".0").isdecimal() for label in labels):
        labels = [label.removesuffix(".0") for label in labels]
    return np.array(labels, dtype=np.str_)


def _remark(columns: Columns, form: tuple[tuple[int, int, int], bool] | None, findings: Findings) -> None:
    assert columns.label is not None
    what = f"{len(columns.numbers):,} features" if form is None else f"{'×'.join(map(str, form[0]))} pixels"
    names = [f"'{columns.names[place]}'" for place in columns.left_out]
    findings.remark(f"understood: '{columns.names[columns.label]}' is the label, the others are {what}")
    if names:
        findings.remark(f"left out: {', '.join(names)}")
    if columns.part is not None:
        findings.remark(f"'{columns.names[columns.part]}' says which rows train and which test")
