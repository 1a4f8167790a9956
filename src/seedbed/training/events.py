"""What a training loop tells between two of its steps."""

from dataclasses import dataclass

from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome


@dataclass(frozen=True)
class Progress:
    """Some steps were taken.

    Attributes
    ----------
    epoch, epochs : int
        The epoch in progress, from 1, and all of the run.
    step, steps : int
        Steps done and to do in the whole run.
    loss : float
        Mean training loss of the epoch so far, per image; right after an epoch, of that one.
    test_error : float or None
        Percent, of the last finished epoch; None before the first, or without test images.
    images_per_second : float
        Training speed of this process so far.
    seconds_left : float
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    test_error: float | None
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True)
class EpochEnded:
    """An epoch was trained and evaluated.

    Attributes
    ----------
    record : EpochRecord
    progress : Progress
        The run right after it.
    answer : str
        The class that all test images get, though they are of several; empty if they get different ones.
    """

    record: EpochRecord
    progress: Progress
    answer: str = ""


@dataclass(frozen=True)
class Ended:
    """The run is over; every further ``advance`` says the same."""

    outcome: Outcome


Event = Progress | EpochEnded | Ended
