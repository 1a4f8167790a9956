"""Data sets published as files of known hashes."""

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from seedbed.data.dataset import Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.fetching import obtain
from seedbed.data.files import DataFile
from seedbed.data.local import LocalFiles, Note, VerifiedFile
from seedbed.data.sources.base import Progress, Source
from seedbed.errors import DataError


@dataclass(frozen=True)
class FileSet(Entry):
    """A data set in files that are found on this machine or fetched.

    Parameters
    ----------
    sources : tuple of Source
        In the order in which they are tried.
    """

    sources: tuple[Source, ...]

    @property
    @abstractmethod
    def files(self) -> tuple[DataFile, ...]:
        """All files, in the order in which `decode` takes them."""

    @abstractmethod
    def decode(self, held: list[VerifiedFile]) -> Dataset:
        """Make the data set of its verified files."""

    @property
    def others(self) -> Collection[str]:
        """SHA-256 of files of other data sets that have the same names."""
        return ()

    def sources_for(self, cache: Path) -> tuple[Source, ...]:
        """The sources to try on this machine."""
        return self.sources

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        return self.decode(self._obtain(cache, progress, note, trust_hashes=True))

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        held = self._obtain(cache, progress, note, trust_hashes=False)
        paths = tuple(one.path for one in held if one.path)
        if len(paths) < len(held):
            raise DataError(
                f"{self.name} was fetched from {source_of(held)}, but {cache / self.name} cannot be written. "
                "Set SEEDBED_CACHE to a folder that can."
            )
        return Fetched(paths, source_of(held))

    def verify(self, cache: Path) -> list[FileCheck]:
        local = self._local(cache)
        checks = []
        for file in local.files:
            for path in local.present(file):
                try:
                    local.check(file, path)
                except DataError as error:
                    checks.append(FileCheck(path, False, str(error).removeprefix(f"{path}: ")))
                else:
                    checks.append(FileCheck(path, True, f"SHA-256 {file.sha256}"))
        return checks

    def locate(self, cache: Path) -> tuple[Path, ...]:
        local = self._local(cache)
        places = [local.present(file)[:1] for file in local.files]
        if not all(places):
            return ()
        return tuple(dict.fromkeys(path.parent for place in places for path in place))

    def _obtain(self, cache: Path, progress: Progress, note: Note, *, trust_hashes: bool) -> list[VerifiedFile]:
        return obtain(self._local(cache, note), self.sources_for(cache), progress, note, trust_hashes=trust_hashes)

    def _local(self, cache: Path, note: Note = lambda text: None) -> LocalFiles:
        return LocalFiles(self.name, self.files, cache, note, self.others)


def source_of(held: list[VerifiedFile]) -> str:
    """Where verified files came from, in words."""
    return ", ".join(dict.fromkeys(one.source for one in held))
