"""Data sets published like MNIST: four IDX files, verified by their SHA-256."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.fetching import obtain
from seedbed.data.files import DataFile
from seedbed.data.formats.idx import decode_idx
from seedbed.data.local import Held, Note, Shelf
from seedbed.data.sources.base import Progress, Source
from seedbed.errors import DataError


@dataclass(frozen=True)
class IdxSet(Entry):
    """Grey images in the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-…``.

    Parameters
    ----------
    sha256 : tuple of 4 str
        Of the uncompressed files: training images, training labels, test images, test labels.
    sources : tuple of Source
        In the order in which they are tried.
    family : mapping of str to tuple of 4 str
        The same sums of all data sets whose files have these names, so that one is not taken for a damaged other.
    """

    sha256: tuple[str, str, str, str]
    sources: tuple[Source, ...]
    family: Mapping[str, tuple[str, str, str, str]]

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Training images, training labels, test images, test labels."""
        _, height, width = self.image_shape
        counts = (self.train_count, self.test_count)
        shapes = [shape for count in counts for shape in ((count, height, width), (count,))]
        return tuple(
            DataFile(name, digest, shape) for name, digest, shape in zip(FILE_NAMES, self.sha256, shapes, strict=True)
        )

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        held = self._obtain(cache, progress, note, trust_marks=True)
        train_images, train_labels, test_images, test_labels = (
            decode_idx(one.octets.data, str(one.path or one.source)) for one in held
        )
        return Dataset(
            name=self.name,
            train_images=_with_channel(train_images),
            train_labels=train_labels,
            test_images=_with_channel(test_images),
            test_labels=test_labels,
            classes=self.classes,
            source=_sources(held),
            sha256=fingerprint(list(self.sha256)),
        )

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        held = self._obtain(cache, progress, note, trust_marks=False)
        paths = tuple(one.path for one in held if one.path)
        if len(paths) < len(held):
            raise DataError(
                f"{self.name} was fetched from {_sources(held)}, but {cache / self.name} cannot be written. "
                "Set SEEDBED_CACHE to a folder that can."
            )
        return Fetched(paths, _sources(held))

    def verify(self, cache: Path) -> list[FileCheck]:
        shelf = self._shelf(cache)
        checks = []
        for file in shelf.files:
            for path in shelf.present(file):
                try:
                    shelf.check(file, path)
                except DataError as error:
                    checks.append(FileCheck(path, False, str(error).removeprefix(f"{path}: ")))
                else:
                    checks.append(FileCheck(path, True, f"SHA-256 {file.sha256}"))
        return checks

    def locate(self, cache: Path) -> tuple[Path, ...]:
        shelf = self._shelf(cache)
        places = [shelf.present(file)[:1] for file in shelf.files]
        if not all(places):
            return ()
        return tuple(dict.fromkeys(path.parent for place in places for path in place))

    def _obtain(self, cache: Path, progress: Progress, note: Note, *, trust_marks: bool) -> list[Held]:
        return obtain(self._shelf(cache, note), self.sources, progress, note, trust_marks=trust_marks)

    def _shelf(self, cache: Path, note: Note = lambda text: None) -> Shelf:
        others = {digest for name, sums in self.family.items() if name != self.name for digest in sums}
        return Shelf(self.name, self.files, cache, note, others)


FILE_NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def _with_channel(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """View ``(n, h, w)`` as ``(n, 1, h, w)``."""
    return images[:, np.newaxis]


def _sources(held: list[Held]) -> str:
    return ", ".join(dict.fromkeys(one.source for one in held))
