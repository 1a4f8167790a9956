"""What the catalogue knows of a data set, and what can be asked of every kind of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from seedbed.data.dataset import Dataset
from seedbed.data.local import Note
from seedbed.data.sources.base import Progress


@dataclass(frozen=True)
class FileCheck:
    """The state of one local file: ``ok``, or what is wrong with it in `detail`."""

    path: Path
    ok: bool
    detail: str


@dataclass(frozen=True)
class Fetched:
    """Where the verified files of a data set lie (nowhere for a built-in set), and where they came from."""

    paths: tuple[Path, ...]
    source: str


@dataclass(frozen=True)
class Entry(ABC):
    """One data set of the catalogue.

    Parameters
    ----------
    name : str
        Lower case, as users type it.
    classes : tuple of str
    train_count, test_count : int
        Number of images.
    image_shape : tuple of int
        ``(c, h, w)``
    """

    name: str
    classes: tuple[str, ...]
    train_count: int
    test_count: int
    image_shape: tuple[int, int, int]

    is_built_in = False
    version = ""
    """Tells apart what the name has stood for; empty where it stands for the same images forever."""
    validation_count = 0
    """Number of validation images that it comes with."""

    @property
    def size_bytes(self) -> int:
        """Size of all pixels and labels in memory."""
        channels, height, width = self.image_shape
        return (self.train_count + self.test_count) * (channels * height * width + 1)

    @abstractmethod
    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        """Return the data set; get it first if it is not here."""

    @abstractmethod
    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        """Make sure that the data set lies on this machine, whole and verified."""

    @abstractmethod
    def verify(self, cache: Path) -> list[FileCheck]:
        """Hash every local file."""

    @abstractmethod
    def locate(self, cache: Path) -> tuple[Path, ...]:
        """The folders that hold the files, unverified; empty if a file is missing or the set is built in."""
