"""What an import may take of memory and time: far more than any real data of its size needs, far less than a bomb."""

import lzma
import os
import stat
import struct
import tarfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedbed.errors import DataError

MOST_FILE_BYTES = 1 << 28
"""Of one picture file."""

MOST_ENTRIES = 1_000_000
"""Files, folders and links of one folder or archive."""

MOST_DEPTH = 64
"""Folders in folders above a file."""

MOST_PIXELS = 89_478_485
"""Of one picture: where Pillow begins to suspect an attack."""

_FREE_PIXELS = 1 << 22
_FREE_PIXELS_IN_ALL = 1 << 26
_PIXELS_PER_BYTE = 1000
_FREE_BYTES = 1 << 27
_BYTES_PER_PACKED_BYTE = 100

DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, tokenize.TokenError),
    *(EOFError, OSError, ValueError, OverflowError, LookupError, TypeError, SyntaxError, RecursionError, MemoryError),
)
"""What the readers of Python and NumPy let pass when a file is damaged or was made to hurt."""

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
"""How compressed files begin."""


@contextmanager
def damage_named(path: Path, what: str, mend: str = "Nothing was imported; get it again.") -> Iterator[None]:
    """Turn whatever a reader of files raises into an error that names the file and the next step."""
    try:
        yield
    except NotImplementedError as error:
        raise DataError(f"{path}: {error}. Unpack the archive and import the folder.") from None
    except DAMAGE as error:
        reason = str(error)[:200] or type(error).__name__
        if isinstance(error, MemoryError):
            reason = "it asks for more memory than there is"
        elif isinstance(error, RecursionError):
            reason = "its headers are nested without end"
        raise DataError(f"{path}: {what} is damaged or ends early ({reason}). {mend}") from None


def regular_size(path: Path) -> int:
    """Size of a file in bytes.

    Raises
    ------
    DataError
        If it cannot be read, or is no regular file: a pipe or device could be read for ever.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except ValueError as error:
        raise DataError(f"{str(path)!r}: expected the path of a file or folder ({error}).") from None
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"{path}: expected a regular file or a folder, got a pipe, socket or device.")
    return found.st_size


def entry_kind(entry: os.DirEntry[str]) -> str:
    """``folder``, ``file`` or, for pipes, devices and links that lead nowhere or to themselves, nothing."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else ""
    except OSError:
        return ""


class TooMuchError(DataError):
    """What the whole folder or archive holds is more than it can need."""


class Allowance:
    """Counts what the content of one folder or archive takes.

    Parameters
    ----------
    path : Path
        For messages.
    packed_bytes : int
        Size of the archive; 0 for a folder, whose files count as they are read.
    """

    def __init__(self, path: Path, packed_bytes: int = 0) -> None:
        self._path = path
        self._packed_bytes = packed_bytes
        self._entries = self._pixels = self._unpacked_bytes = 0

    def count_entry(self) -> None:
        """Count a file, folder or link."""
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise DataError(f"{self._path}: expected at most {MOST_ENTRIES:,} files, got more. Import a part of it.")

    def count_file(self, size_bytes: int) -> None:
        """Count a file of a folder that is read."""
        self._packed_bytes += size_bytes

    def count_unpacked(self, size_bytes: int) -> None:
        """Count what comes out of an archive."""
        self._unpacked_bytes += size_bytes
        most = _FREE_BYTES + _BYTES_PER_PACKED_BYTE * self._packed_bytes
        if self._unpacked_bytes > most:
            raise DataError(
                f"{self._path}: expected at most {most:,} bytes in an archive of {self._packed_bytes:,} bytes, got "
                "more. If you trust it, unpack it and import the folder."
            )

    def count_pixels(self, pixels: int) -> None:
        """Count a decoded picture."""
        self._pixels += pixels
        most = _FREE_PIXELS_IN_ALL + _PIXELS_PER_BYTE * self._packed_bytes
        if self._pixels > most:
            raise TooMuchError(
                f"{self._path}: expected at most {most:,} pixels in {self._packed_bytes:,} bytes of pictures, got more."
            )


def check_unpacked(size_bytes: int, packed_bytes: int) -> None:
    """Refuse a file that states to be far larger than what it is packed into, before it is unpacked.

    Raises
    ------
    DataError
        With the reason in a few words.
    """
    if size_bytes > _FREE_PIXELS + _PIXELS_PER_BYTE * packed_bytes:
        raise DataError(f"{size_bytes:,} bytes packed into {packed_bytes:,}, more than real data gives")


def check_pixels(width: int, height: int, size_bytes: int) -> None:
    """Refuse a picture that states more pixels than its file can hold, before any is decoded.

    Raises
    ------
    DataError
        With the reason in a few words.
    """
    pixels = width * height
    if pixels > MOST_PIXELS or pixels > _FREE_PIXELS + _PIXELS_PER_BYTE * size_bytes:
        raise DataError(f"{width:,}×{height:,} pixels in {size_bytes:,} bytes are too many for one picture")
