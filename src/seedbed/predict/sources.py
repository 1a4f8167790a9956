"""Where pictures come from: files, folders, archives, and standard input."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from seedbed.data.importing.bounds import MOST_FILE_BYTES, Allowance, regular_size
from seedbed.data.importing.findings import Findings
from seedbed.data.importing.picture_files import Contents, picture_files
from seedbed.errors import DataError

STDIN = "-"
_TABLE = re.compile(r"\.(csv|tsv|txt|data)(\.(gz|bz2|xz))?$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(zip|tar(\.\w+)?|tgz|txz|tbz2?)$", re.IGNORECASE)


def is_table(path: str) -> bool:
    """Whether a path is that of a table of numbers, by its name."""
    return bool(_TABLE.search(path))


def pictures_of(paths: Iterable[str], stdin: BinaryIO, findings: Findings) -> Iterator[tuple[str, bytes, bool]]:
    """All pictures that some paths mean.

    Parameters
    ----------
    paths : iterable of str
        Picture files, folders and archives of pictures at any depth, and ``-`` for a picture on standard input.
    stdin : binary file
    findings : Findings
        Is told of what lies in folders and archives beside pictures.

    Yields
    ------
    (str, bytes, bool)
        Name, content, and whether it was named itself: one that was not may be left out if it cannot be read.

    Raises
    ------
    DataError
        A path does not exist or cannot be read, or a folder holds no picture.
    """
    for text in paths:
        path = Path(text).expanduser()
        if text == STDIN:
            content = stdin.read(MOST_FILE_BYTES + 1)
            if not content:
                raise DataError(
                    "standard input: expected a picture, got nothing. Say: seedbed predict MODEL - < PICTURE"
                )
            yield "-", _bounded(content, "standard input"), True
        elif path.is_dir() or _ARCHIVE.search(path.name):
            if not path.is_dir():
                regular_size(path)
            contents = Contents(path, findings, Allowance(path, 0 if path.is_dir() else path.stat().st_size))
            is_empty = True
            for name, content in picture_files(contents, lambda what, done, total: None):
                is_empty = False
                yield str(path / name), content, False
            if is_empty:
                raise DataError(f"{path}: expected pictures, found none in it.")
        else:
            if regular_size(path) > MOST_FILE_BYTES:
                raise DataError(f"{path}: expected a picture of at most {MOST_FILE_BYTES >> 20} MB, got a larger file.")
            try:
                yield text, path.read_bytes(), True
            except OSError as error:
                raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > MOST_FILE_BYTES:
        raise DataError(f"{name}: expected a picture of at most {MOST_FILE_BYTES >> 20} MB, got more.")
    return content
