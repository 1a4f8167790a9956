"""What an observer is told of runs: when they start, after every epoch, and how they end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome


@dataclass(frozen=True)
class ObservedRun:
    """A run as an observer knows it.

    Attributes
    ----------
    id : str
        What a workspace calls it: ``0f3a9c61d2b4-3-native``.
    name : str
        For people: ``LeNet-5+, seed 3``.
    recipe : mapping
        Plain values of the recipe, by the names of the settings.
    seed : int
    engine : str
    """

    id: str
    name: str
    recipe: Mapping[str, Any]
    seed: int
    engine: str

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that have a value, with seed and engine."""
        given = {key: value for key, value in self.recipe.items() if value not in (None, "")}
        return {**given, "seed": self.seed, "engine": self.engine}


class Observer:
    """Every method does nothing; a subclass does what it wants to. All are called from one thread.

    An observer that raises is told of nothing more, and the runs go on; that is noted once.
    """

    def started(self, run: ObservedRun, epoch: int) -> None:
        """A run begins (``epoch`` 0), or goes on in an epoch after an interruption."""

    def epoch_ended(self, run: ObservedRun, record: EpochRecord) -> None:
        """A run has trained and evaluated an epoch; errors in percent, NaN where there is none."""

    def ended(self, run: ObservedRun, outcome: Outcome, test_error: float | None) -> None:
        """A run is over, well or not; the error in percent, None if there is none or it is not known."""

    def close(self) -> None:
        """All runs are over, or the program ends."""


def figures(record: EpochRecord) -> dict[str, float]:
    """The finite figures of an epoch by name, without its number."""
    values = {key: float(value) for key, value in asdict(record).items() if key != "epoch"}
    return {key: value for key, value in values.items() if isfinite(value)}
