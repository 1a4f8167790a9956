"""A tar archive that holds the files of a data set: read in memory, never unpacked to a path that it names."""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from seedbed.data.files import DataFile
from seedbed.data.formats.diagnosis import describe
from seedbed.data.sources.base import Address, Offer, Progress
from seedbed.data.sources.mirror import Mirror
from seedbed.errors import DataError


@dataclass(frozen=True)
class Archive:
    """An archive as it is published.

    Parameters
    ----------
    name : str
        Its file name.
    size_bytes : int
    sha256 : str
        64 hexadecimal digits, of the archive as it is published, compressed.
    """

    name: str
    size_bytes: int
    sha256: str

    def members(self, content: bytes, files: Sequence[DataFile]) -> Generator[Offer, None, None]:
        """Yield the wanted files, in the order of the archive, after its hash was found right.

        Raises
        ------
        DataError
            If the content is not the published archive.
        """
        if len(content) != self.size_bytes:
            got = describe(np.frombuffer(content, dtype=np.uint8))
            raise DataError(f"{self.name}: expected {self.size_bytes:,} bytes, got {got}")
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.sha256:
            raise DataError(f"{self.name}: expected SHA-256 {self.sha256}, got {digest}: the content is damaged")
        wanted = {file.name: file for file in files}
        try:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as archive:
                for member in archive:
                    file = wanted.get(PurePosixPath(member.name).name)
                    if file is None or not member.isfile() or member.size > file.limit_bytes:
                        continue
                    stream = archive.extractfile(member)
                    if stream is not None:
                        yield file, stream.read()
        except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError, LookupError) as error:
            raise DataError(f"{self.name}: a damaged archive ({error})") from None


@dataclass(frozen=True)
class LocalArchive:
    """A copy of the archive on this machine."""

    archive: Archive
    path: Path

    @property
    def label(self) -> str:
        return str(self.path)

    @property
    def address(self) -> None:
        return None

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        try:
            with self.path.open("rb") as stream:
                content = stream.read(self.archive.size_bytes + 1)
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror or error})") from None
        yield from self.archive.members(content, files)


@dataclass(frozen=True)
class WebArchive:
    """The archive in a web folder; `url` ends with a slash."""

    archive: Archive
    url: str

    @property
    def label(self) -> str:
        return f"{self.url}{self.archive.name}"

    @property
    def address(self) -> Address | None:
        return Mirror(self.url).address

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        content = Mirror(self.url).download(self.archive.name, self.archive.size_bytes, progress)
        yield from self.archive.members(content, files)
