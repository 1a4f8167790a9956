"""The members of a tar archive, one after the other.

The headers are read by `tarfile.TarInfo.frombuf`; the walk from one to the next is our own, because that of `tarfile`
takes whatever memory and time a header asks for: names of gigabytes, headers nested without end, long lists of gaps.
"""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from seedbed.data.importing.bounds import PACKED, Allowance

_BLOCK = tarfile.BLOCKSIZE
_CHUNK_BYTES = 1 << 16
_MOST_HEADER_BYTES = 1 << 16
_MOST_HEADERS = 16
_SPARSE_FLAG, _NEXT_SPARSE_FLAG = 482, 504
_UNPACKERS: dict[str, Any] = {"gzip": gzip.GzipFile, "bzip2": bz2.BZ2File, "xz": lzma.LZMAFile}
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)


@dataclass
class TarMember:
    """A member whose content is still to be read.

    Attributes
    ----------
    name, target : bytes
        Its path, and what it leads to if it is a link.
    kind : {"file", "link", "hard link", "folder", "sparse file", "device"}
    size_bytes : int
    """

    name: bytes
    target: bytes
    kind: str
    size_bytes: int
    _stream: "_Stream"

    def read(self, most_bytes: int) -> bytes:
        """The next bytes of its content, at most so many."""
        return self._stream.read_content(most_bytes)


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file as it lies on the disk, and what gzip, bzip2 or xz make of it: the same if it is not packed."""
    with path.open("rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        kind = next((kind for beginning, kind in PACKED.items() if head.startswith(beginning)), None)
        if kind is None:
            yield raw, raw
            return
        with _UNPACKERS[kind](**{"fileobj" if kind == "gzip" else "filename": raw}) as stream:
            yield raw, stream


def is_tar(head: bytes) -> bool:
    """Whether the first block of a file, unpacked, is a header of tar."""
    if len(head) < _BLOCK:
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def tar_members(stream: IO[bytes], allowance: Allowance) -> Iterator[TarMember]:
    """Walk through an archive.

    Parameters
    ----------
    stream : binary file, unpacked
    allowance : Allowance
        Every member counts as an entry, every byte as unpacked.

    Yields
    ------
    TarMember
        Whose content is passed over unless it is read before the next one is asked for.

    Raises
    ------
    EOFError, tarfile.TarError
        If the archive is cut off or damaged.
    """
    source = _Stream(stream, allowance)
    common: dict[str, bytes] = {}
    own: dict[str, bytes] = {}
    headers = 0
    while True:
        block = source.block()
        if not block.strip(b"\0"):
            break
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if info.size < 0:
            raise tarfile.ReadError("a header with a negative size")
        if info.type in (*_PAX, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            headers += 1
            if headers > _MOST_HEADERS:
                raise tarfile.ReadError(f"more than {_MOST_HEADERS} headers for one file")
            content = source.header(info.size)
            if info.type == tarfile.XGLTYPE:
                common |= _pax_fields(content)
            elif info.type in _PAX:
                own |= _pax_fields(content)
            else:
                key = "path" if info.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                own[key] = content.partition(b"\0")[0]
            continue
        allowance.count_entry()
        yield _member(info, block, common | own, source)
        source.pass_over()
        own, headers = {}, 0
    source.finish()


def _member(info: tarfile.TarInfo, block: bytes, fields: dict[str, bytes], source: "_Stream") -> TarMember:
    name, target = (
        fields.get(key, text.encode("utf-8", "surrogateescape"))
        for key, text in (("path", info.name), ("linkpath", info.linkname))
    )
    is_sparse = info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse") for key in fields)
    if info.type == tarfile.GNUTYPE_SPARSE:
        more = bool(block[_SPARSE_FLAG])
        while more:
            more = bool(source.block()[_NEXT_SPARSE_FLAG])
    size = info.size
    if "size" in fields:
        digits = fields["size"]
        if not digits.isdigit() or len(digits) > 18:
            raise tarfile.ReadError("a size that is no number")
        size = int(digits)
    has_content = info.isreg() or is_sparse or info.type not in tarfile.SUPPORTED_TYPES
    source.begin(size if has_content else 0)
    if is_sparse:
        kind = "sparse file"
    elif info.isdir() or name.endswith(b"/"):
        kind = "folder"
    elif info.islnk():
        kind = "hard link"
    elif info.issym():
        kind = "link"
    else:
        kind = "file" if info.isreg() else "device"
    return TarMember(name, target, kind, size, source)


def _pax_fields(content: bytes) -> dict[str, bytes]:
    """Records ``LENGTH KEY=VALUE\\n``, read in one pass."""
    fields, at = {}, 0
    while at < len(content) and content[at] != 0:
        space = content.find(b" ", at, at + 8)
        digits = content[at:space] if space > 0 else b""
        if not digits.isdigit() or not space < at + int(digits) <= len(content):
            raise tarfile.ReadError("a damaged pax header")
        key, _, value = content[space + 1 : at + int(digits) - 1].partition(b"=")
        fields[key.decode("utf-8", "replace")] = value
        at += int(digits)
    return fields


class _Stream:
    """Reads whole blocks, counts what it reads, and knows what is left of the content of a member."""

    def __init__(self, stream: IO[bytes], allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance
        self._left = self._padding = 0

    def block(self) -> bytes:
        return self._exactly(_BLOCK)

    def header(self, size_bytes: int) -> bytes:
        if size_bytes > _MOST_HEADER_BYTES:
            raise tarfile.ReadError(f"a name or header of {size_bytes:,} bytes")
        return self._exactly(size_bytes + -size_bytes % _BLOCK)[:size_bytes]

    def begin(self, size_bytes: int) -> None:
        self._left, self._padding = size_bytes, -size_bytes % _BLOCK

    def read_content(self, most_bytes: int) -> bytes:
        content = self._exactly(min(self._left, most_bytes))
        self._left -= len(content)
        return content

    def pass_over(self) -> None:
        while self._left:
            self._left -= len(self._exactly(min(self._left, _CHUNK_BYTES)))
        self._exactly(self._padding)
        self._padding = 0

    def finish(self) -> None:
        """Read to the end: only there do packed files tell whether they are whole."""
        while chunk := self._stream.read(_CHUNK_BYTES):
            self._allowance.count_unpacked(len(chunk))

    def _exactly(self, size_bytes: int) -> bytes:
        self._allowance.count_unpacked(size_bytes)
        content = self._stream.read(size_bytes)
        if len(content) < size_bytes:
            raise EOFError(
                "it is cut off" if content or size_bytes != _BLOCK else "the block that ends an archive is missing"
            )
        return content
