"""The members of a zip archive, one after the other."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from seedbed.data.importing.bounds import Allowance
from seedbed.errors import DataError

_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 1
_UNICODE_PATH = 0x7075


@dataclass
class ZipMember:
    """A member whose content is still to be read.

    Attributes
    ----------
    name : bytes
        Its path.
    is_utf8 : bool
        Whether the archive says that the path is UTF-8.
    kind : {"file", "link", "folder"}
    size_bytes, packed_bytes : int
    """

    name: bytes
    is_utf8: bool
    kind: str
    size_bytes: int
    packed_bytes: int
    _info: zipfile.ZipInfo
    _archive: zipfile.ZipFile
    _allowance: Allowance

    def read(self, most_bytes: int) -> bytes:
        """The first bytes of its content, at most so many; of the whole, size and CRC are checked.

        Raises
        ------
        DataError
            If it is encrypted.
        """
        if self._info.flag_bits & _ENCRYPTED_FLAG:
            where = f"{self._archive.filename}: {self._info.filename!r}"
            raise DataError(f"{where} is encrypted. Unpack the archive and import the folder.")
        self._allowance.count_unpacked(min(most_bytes, self.size_bytes))
        if self.size_bytes == 0:
            return b""
        with self._archive.open(self._info) as stream:
            return stream.read(most_bytes)


def zip_members(archive: zipfile.ZipFile, allowance: Allowance) -> Iterator[ZipMember]:
    """Walk through an archive in the order of its directory; every member counts as an entry."""
    for info in archive.infolist():
        allowance.count_entry()
        is_utf8 = bool(info.flag_bits & _UTF8_FLAG)
        # zipfile decodes names without the flag as cp437, which gives back every byte.
        name = info.orig_filename.encode("utf-8" if is_utf8 else "cp437", "surrogateescape").partition(b"\0")[0]
        stated = _unicode_path(info.extra, name)
        if stated is not None and not is_utf8:
            name, is_utf8 = stated, True
        kind = "folder" if info.is_dir() else "link" if stat.S_ISLNK(info.external_attr >> 16) else "file"
        yield ZipMember(name, is_utf8, kind, info.file_size, info.compress_size, info, archive, allowance)


def _unicode_path(extra: bytes, name: bytes) -> bytes | None:
    """The path in UTF-8 that Info-ZIP adds in a field of its own, if it belongs to the path of the header."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = (int.from_bytes(extra[place : place + 2], "little") for place in (at, at + 2))
        field = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(field) > 5 and int.from_bytes(field[1:5], "little") == zlib.crc32(name):
            return field[5:]
        at += 4 + size
    return None
