"""Toy sets as entries of the catalogue: named by a text, drawn when they are loaded."""

from dataclasses import dataclass
from pathlib import Path

from seedbed.data.dataset import Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.local import Note
from seedbed.data.sets.toys import TOYS, Toy
from seedbed.data.sources.base import Progress
from seedbed.data.splits import held_count
from seedbed.notation import parse_one

_CLASSES = ("orange", "blue")


@dataclass(frozen=True)
class ToySet(Entry):
    """One toy set; `classes` have the Playground's colours."""

    toy: Toy

    is_built_in = True

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        images, labels = self.toy.inputs()
        return Dataset.from_arrays(
            images,
            labels,
            classes=self.classes,
            name=self.name,
            source=f"drawn by Seedbed with seed {self.toy.seed}",
            test=self.toy.test,
            seed=self.toy.seed,
            channels="first",
            floats="keep",
        )

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        return Fetched((), self.load(cache, progress, note).source)

    def verify(self, cache: Path) -> list[FileCheck]:
        return []

    def locate(self, cache: Path) -> tuple[Path, ...]:
        return ()


def is_toy(text: str) -> bool:
    """Whether a text names a toy set, rightly written or not."""
    return text.partition("(")[0].strip() in TOYS


def toy_set(text: str) -> ToySet:
    """Read ``"spiral(noise=0.1, n=500)"``.

    Raises
    ------
    NotationError, DataError
    """
    toy: Toy = parse_one("toy set", TOYS, text)
    test = held_count(toy.n, toy.test)
    return ToySet(str(toy), _CLASSES, toy.n - test, test, (len(toy.features), 1, 1), toy)
