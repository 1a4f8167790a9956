"""FER2013: faces of 48×48 gray pixels with seven emotions, one row of a CSV file each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.data.dataset import Dataset
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.table_text import Row
from seedbed.errors import DataError

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_SIDE = 48
COLUMNS = ("emotion", "pixels", "usage")
_PARTS = {"training": "train", "publictest": "validation", "privatetest": "test"}


def is_fer2013(header: list[str]) -> bool:
    """Whether these are the columns of FER2013, in any order."""
    return set(COLUMNS) <= {cell.lower() for cell in header}


def read_fer2013(path: Path, name: str, rows: Iterable[Row], findings: Findings) -> Dataset:
    """Read the file of the challenge: columns ``emotion``, ``pixels`` and ``Usage``, in any order.

    ``Training`` rows become training images, ``PublicTest`` validation images and ``PrivateTest`` test images.

    Parameters
    ----------
    path, name
        See `seedbed.data.import_data`.
    rows : iterable of Row
        The first is that of the names of columns.
    findings : Findings
        Is told of every row that cannot be read.

    Raises
    ------
    DataError
        If a part has no rows.

    Source: I. Goodfellow et al. (2013), "Challenges in Representation Learning".
    """
    pixels: dict[str, list[bytes]] = {part: [] for part in _PARTS.values()}
    labels: dict[str, list[int]] = {part: [] for part in _PARTS.values()}
    header: list[int] | None = None
    for row in rows:
        if header is None:
            columns = [cell.lower() for cell in row.cells]
            header = [columns.index(column) for column in COLUMNS]
            continue
        try:
            part, label, face = _face(row.cells, header)
        except DataError as error:
            findings.skip(f"{path.name}, line {row.line}: {error}")
            continue
        pixels[part].append(face)
        labels[part].append(label)
    missing = [usage for usage, part in (("Training", "train"), ("PrivateTest", "test")) if not labels[part]]
    if missing:
        raise DataError(f"{path}: expected rows with Usage {' and '.join(missing)}, got none.")
    arrays: dict[str, Any] = {}
    for part in labels:
        if labels[part]:
            octets = np.frombuffer(b"".join(pixels[part]), dtype=np.uint8)
            arrays[f"{part}_images"] = octets.reshape(-1, 1, _SIDE, _SIDE)
            arrays[f"{part}_labels"] = np.array(labels[part], dtype=np.uint8)
    return Dataset(name=name, classes=CLASSES, source=f"{path.name}, imported", **arrays)


def _face(row: list[str], at: list[int]) -> tuple[str, int, bytes]:
    if len(row) <= max(at):
        raise DataError(f"expected {max(at) + 1} columns, got {len(row)}")
    emotion, text, usage = (row[column] for column in at)
    if not emotion.isdecimal() or len(emotion) > 1 or int(emotion) >= len(CLASSES):
        raise DataError(f"expected an emotion from 0 to {len(CLASSES) - 1}, got '{emotion[:20]}'")
    part = _PARTS.get(usage.lower())
    if part is None:
        raise DataError(f"expected Usage Training, PublicTest or PrivateTest, got '{usage[:20]}'")
    try:
        # bytes() refuses what is no pixel: below 0 or above 255.
        face = bytes(map(int, text.split()))
    except ValueError:
        raise DataError("expected pixels from 0 to 255") from None
    if len(face) != _SIDE * _SIDE:
        raise DataError(f"expected {_SIDE * _SIDE} pixels, got {len(face)}")
    return part, int(emotion), face
