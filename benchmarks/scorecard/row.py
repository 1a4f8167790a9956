"""A row of the table: how often something was tried, and what went wrong."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Trial = Iterator[str]
"""Yields an empty text for each try that went well, else what went wrong."""


@dataclass(frozen=True)
class Size:
    """How much is tried.

    Attributes
    ----------
    is_long : bool
        All there is, whatever it takes; else as much as fits into ``seconds``.
    seconds : float
        For a row of an ordinary weight.
    seed : int
    cores : int
    folder : Path
        For files that come and go.
    words : tuple of str
        Rows are made whose names hold one of them; all if there is none.
    """

    is_long: bool
    seconds: float
    seed: int
    cores: int
    folder: Path
    words: tuple[str, ...] = ()

    def wants(self, what: str) -> bool:
        """Whether a row of that name is made."""
        return not self.words or any(word in what for word in self.words)

    def random(self, name: str) -> random.Random:
        """The random numbers of a row: the same seed tries the same things."""
        return random.Random(f"{name} {self.seed}")

    def deadline(self, weight: float = 1.0) -> Callable[[], bool]:
        """Tells whether the time of a row is over; that of a long one never is."""
        end = time.monotonic() + weight * self.seconds
        return lambda: not self.is_long and time.monotonic() > end


@dataclass
class Row:
    """One row.

    Attributes
    ----------
    kind : str
        Of trouble: kills, faults, surroundings, fuzz, hostile, load.
    what : str
    tried, of : int
        How many tries there were, of how many that there are; 0 if they have no number.
    found : Counter of str
        What went wrong, how often.
    remark : str
        A figure beside.
    """

    kind: str
    what: str
    tried: int = 0
    of: int = 0
    found: Counter[str] = field(default_factory=Counter)
    remark: str = ""
    wall_s: float = 0.0

    def count(self, wrong: str) -> None:
        """Note one try, and what went wrong if something did."""
        self.tried += 1
        if wrong:
            self.found[wrong[:300]] += 1

    def take(self, trial: Iterable[str], is_over: Callable[[], bool]) -> None:
        """Count tries until they end or the time is over."""
        for wrong in trial:
            self.count(wrong)
            if is_over():
                break

    @property
    def wrong(self) -> int:
        """How many tries went wrong."""
        return self.found.total()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        values = {"kind": self.kind, "what": self.what, "tried": self.tried, "of": self.of, "wrong": self.wrong}
        return values | {"remark": self.remark, "wall_s": round(self.wall_s, 1), "found": dict(self.found)}


def spread(count: int, chance: random.Random) -> list[int]:
    """The numbers 1 to ``count``, so ordered that any beginning of them lies evenly among all (van der Corput)."""
    begin = chance.randrange(count) if count else 0

    def place(number: int) -> int:
        return int(f"{number:032b}"[::-1], 2)

    return [(begin + number) % count + 1 for number in sorted(range(count), key=place)]
