"""Find the verified files of a data set on this machine."""

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.files import DataFile
from seedbed.data.formats.compression import expand, is_packed
from seedbed.data.places import folders
from seedbed.data.verified_hashes import VerifiedHashes
from seedbed.errors import DataError
from seedbed.files import PART_FILES, remove_leftovers, write_file

_SMALL_BYTES = 1 << 17
_RAW_FOLDERS = ("raw", "MNIST/raw", "FashionMNIST/raw")

Note = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class VerifiedFile:
    """A verified file in memory.

    Parameters
    ----------
    file : DataFile
    octets : uint8 array, shape (file.size_bytes,)
        The uncompressed content.
    path : Path or None
        Where it lies; None if no place could be written.
    source : str
        Where it came from, in words.
    """

    file: DataFile
    octets: NDArray[np.uint8]
    path: Path | None
    source: str


class LocalFiles:
    """The places of one data set on this machine.

    Parameters
    ----------
    name : str
        The data set.
    files : sequence of DataFile
    cache : Path
        The cache folder of all data sets.
    note : callable
        Is told, in a sentence, of every damaged file and of a cache that cannot be written.
    others : collection of str
        SHA-256 of files of other data sets that have the same names; a folder that holds such a file is passed over.
    """

    def __init__(
        self,
        name: str,
        files: Sequence[DataFile],
        cache: Path,
        note: Note = lambda text: None,
        others: Collection[str] = (),
    ) -> None:
        self.name = name
        self.files = tuple(files)
        self.folder = cache / name
        self.note = note
        self.damaged: list[str] = []
        self._hashes = VerifiedHashes(self.folder / "verified.json")
        self._told_unwritable = False
        places = [place for folder in folders(name, cache) for place in self._with_raw(folder)]
        self._folders = [folder for folder in places if not self._belongs_to(others, folder)]

    def present(self, file: DataFile) -> list[Path]:
        """The paths at which `file` lies, verified or not, in the order in which they are tried."""
        return [path for folder in self._folders for path in self._paths(folder, file) if path.is_file()]

    def find(self, file: DataFile, *, trust_hashes: bool = True) -> VerifiedFile | None:
        """The first verified copy of `file`, or None.

        Copies that are damaged are noted, listed in `damaged`, and passed over.

        Parameters
        ----------
        trust_hashes : bool
            Whether a file that was verified before and did not change need not be hashed again.
        """
        for path in self.present(file):
            try:
                return self._verified(file, path, trust_hashes)
            except DataError as error:
                self._hashes.forget(path)
                self.damaged.append(str(error))
                self.note(str(error))
        return None

    def check(self, file: DataFile, path: Path) -> None:
        """Read and hash one copy in full.

        Raises
        ------
        DataError
            If it is damaged or cannot be read; it is not trusted by its mark any more.
        """
        try:
            octets, _ = _read(file, path)
            file.check(expand(octets.data, file.size_bytes, str(path)), str(path))
        except DataError:
            self._hashes.forget(path)
            raise

    def put(self, file: DataFile, octets: NDArray[np.uint8], source: str) -> VerifiedFile:
        """Install verified bytes in the cache, if it can be written."""
        path = self.folder / file.name
        remove_leftovers(self.folder.parent, f"*/{PART_FILES}")
        try:
            write_file(path, octets.data)
            self._hashes.remember(path, path.stat(), octets, file.sha256, source)
        except OSError as error:
            if not self._told_unwritable:
                self._told_unwritable = True
                self.note(
                    f"cannot keep {self.name} in {self.folder} ({error.strerror or error}); it works, but starts "
                    "slower. Set SEEDBED_CACHE to a folder that can be written."
                )
            return VerifiedFile(file, octets, None, source)
        return VerifiedFile(file, octets, path, source)

    def _with_raw(self, folder: Path) -> list[Path]:
        """A folder of the user's, and where torchvision puts the files below it."""
        return [folder] if folder == self.folder else [folder, *(folder / below for below in _RAW_FOLDERS)]

    def _paths(self, folder: Path, file: DataFile) -> list[Path]:
        if folder == self.folder:
            return [folder / file.name]
        # Some copies are named ``train-images.idx3-ubyte``.
        names = dict.fromkeys((file.name, file.name.replace("-idx", ".idx")))
        return [folder / f"{name}{suffix}" for name in names for suffix in ("", ".gz")]

    def _belongs_to(self, others: Collection[str], folder: Path) -> bool:
        if not others or folder == self.folder:
            return False
        # The small files, labels, tell the data set in a millisecond.
        small = [file for file in self.files if file.size_bytes <= _SMALL_BYTES]
        copies = [(file, path) for file in small for path in self._paths(folder, file) if path.is_file()]
        for file, path in copies:
            try:
                octets = expand(_read(file, path)[0].data, _SMALL_BYTES, str(path))
            except DataError:
                continue
            if hashlib.sha256(octets.data).hexdigest() in others:
                return True
        return False

    def _verified(self, file: DataFile, path: Path, trust_hashes: bool) -> VerifiedFile:
        raw, stat = _read(file, path)
        in_cache = path.parent == self.folder
        source = (self._hashes.source(path) if in_cache else None) or f"the folder {path.parent}"
        compressed = is_packed(raw.data)
        if trust_hashes and self._hashes.trusts(path, stat, raw, file.sha256):
            if not compressed:
                return VerifiedFile(file, raw, path, source)
            unpacked = self._unpacked_before(file)
            if unpacked is not None:
                return VerifiedFile(file, unpacked, self.folder / file.name, source)
        octets = expand(raw.data, file.size_bytes, str(path))
        file.check(octets, str(path))
        self._hashes.remember(path, stat, raw, file.sha256)
        if not compressed:
            return VerifiedFile(file, octets, path, source)
        held = self.put(file, octets, source)
        return held if held.path else VerifiedFile(file, octets, path, source)

    def _unpacked_before(self, file: DataFile) -> NDArray[np.uint8] | None:
        path = self.folder / file.name
        if not path.is_file():
            return None
        try:
            octets, stat = _read(file, path)
        except DataError:
            return None
        return octets if self._hashes.trusts(path, stat, octets, file.sha256) else None


def _read(file: DataFile, path: Path) -> tuple[NDArray[np.uint8], os.stat_result]:
    try:
        with path.open("rb") as stream:
            stat = os.fstat(stream.fileno())
            if stat.st_size > file.limit_bytes:
                raise DataError(f"{path}: expected at most {file.limit_bytes:,} bytes, got {stat.st_size:,} bytes.")
            return np.fromfile(stream, dtype=np.uint8), stat
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
