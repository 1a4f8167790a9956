"""A data set with fewer training images, or with wrong labels among them: ``"mnist subset(0.1) label_noise(0.2)"``."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.data.dataset import Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.local import Note
from seedbed.data.sources.base import Progress
from seedbed.data.splits import held_out
from seedbed.errors import DataError, SeedbedError
from seedbed.notation import parse_one
from seedbed.philox import Stream, permutation, uniform
from seedbed.written import Written

# Beside those of the splits of a data set and of the probe batch.
_SUBSET, _NOISE = 3, 4


@dataclass(frozen=True)
class Change(Written):
    """What is done to the training images of a data set; the test images stay as they are."""

    error: ClassVar[type[SeedbedError]] = DataError

    def train_count(self, count: int) -> int:
        """How many of so many training images are left."""
        return count

    def apply(self, dataset: Dataset) -> Dataset:
        """The changed data set."""
        raise NotImplementedError


@dataclass(frozen=True)
class Subset(Change):
    """Some of the training images, as many of each class as its share is, in their order.

    Parameters
    ----------
    part : float
        A part of them (below 1), or their number.
    seed : int
        Decides which.
    """

    notation: ClassVar[str] = "subset"

    part: float
    seed: int = 0

    def __post_init__(self) -> None:
        self._require_number("part", above=0)
        self._require_whole("seed", most=2**64 - 1)

    def train_count(self, count: int) -> int:
        chosen = round(count * self.part) if self.part < 1 else self.part
        expected = f"a part below 1, or a whole number from 1 to {count:,}, the training images"
        self._require(chosen == int(chosen) and 1 <= chosen <= count, "part", expected)
        return int(chosen)

    def apply(self, dataset: Dataset) -> Dataset:
        count = self.train_count(len(dataset.train_labels))
        if count == len(dataset.train_labels):
            return dataset
        chosen = held_out(dataset.train_labels, count, self.seed, _SUBSET)
        return replace(
            dataset, train_images=dataset.train_images[chosen], train_labels=dataset.train_labels[chosen], sha256="-"
        )


@dataclass(frozen=True)
class LabelNoise(Change):
    """A part of the training images gets the label of another class, each of the others being as likely.

    Parameters
    ----------
    part : float
        0 to 1, exactly, up to one image.
    seed : int
        Decides which images, and which label each gets.
    """

    notation: ClassVar[str] = "label_noise"

    part: float
    seed: int = 0

    def __post_init__(self) -> None:
        self._require_number("part", least=0, most=1)
        self._require_whole("seed", most=2**64 - 1)

    def apply(self, dataset: Dataset) -> Dataset:
        labels, classes = dataset.train_labels.copy(), len(dataset.classes)
        if classes < 2:
            raise DataError(f"label_noise: data set '{dataset.name}' has one class, so there is no other label.")
        order = permutation(len(labels), self.seed, Stream.SPLIT, epoch=_NOISE)
        chosen = order[: round(self.part * len(labels))]
        # From 1 to classes - 1 places further on.
        away = 1 + (uniform(len(labels), self.seed, Stream.SPLIT, index=_NOISE) * (classes - 1)).astype(np.int64)
        labels[chosen] = (labels[chosen] + away[chosen]) % classes
        return replace(dataset, train_labels=labels, sha256="-")


CHANGES: dict[str, type[Change]] = {made.notation: made for made in (Subset, LabelNoise)}
"""Every change by its name in text."""

_TEXT = re.compile(rf"(.*\S)\s+((?:{'|'.join(CHANGES)})\s*\([^()]*\))\s*", re.DOTALL)
"""A data set, which may be a changed one, and the last change."""


@dataclass(frozen=True)
class DerivedSet(Entry):
    """One data set of the catalogue, which may be a changed one, with one change more."""

    base: Entry
    change: Change

    @property
    def is_built_in(self) -> bool:  # type: ignore[override]
        """As the one that it is made of."""
        return self.base.is_built_in

    @property
    def version(self) -> str:  # type: ignore[override]
        """As the one that it is made of."""
        return self.base.version

    @property
    def validation_count(self) -> int:  # type: ignore[override]
        """As the one that it is made of."""
        return self.base.validation_count

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        whole = self.base.load(cache, progress, note)
        digest = hashlib.sha256(f"{whole.sha256} {self.change}\n".encode()).hexdigest()
        changed = self.change.apply(whole)
        return replace(changed, name=self.name, source=f"{whole.source}, {self.change}", sha256=digest)

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        return self.base.fetch(cache, progress, note)

    def verify(self, cache: Path) -> list[FileCheck]:
        return self.base.verify(cache)

    def locate(self, cache: Path) -> tuple[Path, ...]:
        return self.base.locate(cache)


def is_derived(text: str) -> bool:
    """Whether a text names a changed data set, rightly written or not."""
    return _TEXT.fullmatch(text) is not None


def derived_set(text: str, find: Callable[[str], Entry | None]) -> DerivedSet | None:
    """Read ``"mnist subset(0.1) label_noise(0.2)"``; None if there is no such data set to change.

    Raises
    ------
    NotationError, DataError
        A change cannot be read, or its number is out of its range.
    """
    found = _TEXT.fullmatch(text)
    base = find(found[1]) if found else None
    if found is None or base is None:
        return None
    change: Change = parse_one("change of data", CHANGES, found[2])
    count = change.train_count(base.train_count)
    name = f"{base.name} {change}"
    return DerivedSet(name, base.classes, count, base.test_count, base.image_shape, base, change)
