"""Rows of a table in text: comma, semicolon, tab or bar between the cells, in any usual encoding, plain or packed."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seedbed.data.formats.diagnosis import printable
from seedbed.data.importing.bounds import DAMAGE, Allowance, damage_named
from seedbed.data.importing.file_names import guessed_encoding
from seedbed.data.importing.tar_members import unpacked
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

TABLE_NAME = re.compile(r"\.(csv|tsv|txt|data)(\.(gz|bz2|xz))?$", re.IGNORECASE)
"""How files are named that are taken for tables."""

_SAMPLE_BYTES = 1 << 16
_MOST_LINE = 1 << 22
_DELIMITERS = ",;\t|"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True)
class Row:
    """One row: its cells without white space around them, and its line in the file, counted from 1.

    Bytes that are no text in the encoding of the file are kept by ``surrogateescape``.
    """

    cells: list[str]
    line: int


class Rows:
    """The rows of a file, read as they are asked for; empty lines are passed over.

    Parameters
    ----------
    path : Path
    progress : callable
    encoding : str, optional
        If left out: told by a mark at the beginning, else UTF-8, else a code page that leaves no doubt.

    Attributes
    ----------
    delimiter : str
        Known once the first row was read.
    """

    def __init__(self, path: Path, progress: Progress, encoding: str | None = None) -> None:
        self.path, self._progress, self._encoding = path, progress, encoding
        self.delimiter = ","

    def __iter__(self) -> Iterator[Row]:
        path, total = self.path, self.path.stat().st_size
        allowance = Allowance(path, total)
        mend = "Say --encoding NAME (encoding=NAME) if it is text in another code page; else get it again."
        with damage_named(path, "the table", mend), _opened(path) as (raw, stream):
            encoding = self._encoding or _encoding_of(stream, path)
            text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
            try:
                rows = csv.reader(self._lines(text, allowance), delimiter=self._found_delimiter(text))
                for cells in rows:
                    if cells and any(cells):
                        yield Row([cell.strip() for cell in cells], rows.line_num)
                        self._progress(f"reading {path.name}", raw.tell(), total)
            except csv.Error as error:
                raise DataError(f"{path}, line {rows.line_num}: no table ({error}).") from None
            finally:
                text.detach()

    def _found_delimiter(self, text: io.TextIOWrapper) -> str:
        first = text.readline(_MOST_LINE)
        text.seek(0)
        unquoted = re.sub(r'"[^"]*"', "", first)
        self.delimiter = max(_DELIMITERS, key=unquoted.count)
        return self.delimiter

    def _lines(self, text: io.TextIOWrapper, allowance: Allowance) -> Iterator[str]:
        while line := text.readline(_MOST_LINE):
            if len(line) == _MOST_LINE:
                raise DataError(f"{self.path}: expected rows of at most {_MOST_LINE:,} characters, got a longer one.")
            allowance.count_unpacked(len(line))
            yield line


def zipped_table(path: Path) -> str | None:
    """The name of the table in a zip archive that holds nothing else, as Kaggle packs them."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (*DAMAGE, NotImplementedError):
        return None
    return names[0] if len(names) == 1 and TABLE_NAME.search(names[0]) else None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file as it lies on the disk, and its text."""
    member = zipped_table(path)
    if member is None:
        with unpacked(path) as both:
            yield both
        return
    with path.open("rb") as raw, zipfile.ZipFile(raw) as archive, archive.open(member) as stream:
        yield raw, stream


def _encoding_of(stream: IO[bytes], path: Path) -> str:
    sample = stream.read(_SAMPLE_BYTES)
    stream.seek(0)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
            if 2 * zeros.count(0) > len(zeros):
                return encoding
        raise DataError(f"{path}: expected a table in text, got '{printable(sample[:20].decode('latin-1'))}'.")
    whole = sample if len(sample) < _SAMPLE_BYTES else sample[: sample.rfind(b"\n") + 1]
    try:
        whole.decode()
    except UnicodeDecodeError:
        return guessed_encoding(re.split(rb"[,;\t|\"\r\n]+", whole), path, "cp1252")
    return "utf-8"
