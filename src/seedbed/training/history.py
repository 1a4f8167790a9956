"""What a run leaves behind while it trains: losses of every step, errors of every epoch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.notebook import html_table

_SHOWN_EPOCHS = 10

_drawing: list[Callable[["History"], Any]] = []


def drawn_by(draw: Callable[["History"], Any]) -> None:
    """Say what draws a history: figures lie above everything that has one."""
    _drawing[:] = [draw]


@dataclass(frozen=True)
class EpochRecord:
    """One epoch.

    Attributes
    ----------
    epoch : int
        From 1.
    train_loss : float
        Mean loss of the images of the epoch, each batch before its update.
    train_error, test_error : float
        Percent of wrong answers; the training error is that of the batches before their update.
    test_loss : float
        Mean loss of the test images; NaN without any, as is their error.
    train_s, test_s : float
        Seconds spent on steps and on evaluation.
    validation_loss, validation_error : float
        As for the test images; NaN without validation images.
    """

    epoch: int
    train_loss: float
    train_error: float
    test_loss: float
    test_error: float
    train_s: float
    test_s: float
    validation_loss: float = nan
    validation_error: float = nan


@dataclass(frozen=True)
class Intervention:
    """What a person changed while a run trained; such a run is never compared.

    Attributes
    ----------
    step : int
        Steps taken before.
    kind : str
        ``lr``, ``taught`` or ``weight``.
    value : float
        The new learning rate of the optimizer; the class of the images that it was taught; the new value of a weight.
    """

    step: int
    kind: Literal["lr", "taught", "weight"]
    value: float


@dataclass
class History:
    """All epochs so far and the loss of every step.

    Attributes
    ----------
    epochs : list of EpochRecord
    step_losses : float32 array, shape (steps,)
    step_wrong : int32 array, shape (steps,)
    open_s : float
        Seconds of training already spent in an epoch that is not finished.
    best_epoch : int or None
        With early stopping: the first epoch with the lowest validation error so far.
    interventions : list of Intervention
    """

    epochs: list[EpochRecord] = field(default_factory=list)
    step_losses: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    step_wrong: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    open_s: float = 0.0
    best_epoch: int | None = None
    interventions: list[Intervention] = field(default_factory=list)
    _room: dict[str, NDArray[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What the arrays of steps lie in, with space behind them: runs of millions of steps are not copied at each."""

    @property
    def learning_rate(self) -> float | None:
        """The last learning rate that a person set; None if nobody did."""
        return next((one.value for one in reversed(self.interventions) if one.kind == "lr"), None)

    @property
    def result(self) -> EpochRecord | None:
        """The epoch whose state counts: the best with early stopping, else the last; None before the first."""
        return self.epochs[(self.best_epoch or len(self.epochs)) - 1] if self.epochs else None

    @property
    def train_loss(self) -> list[float]:
        """Mean training loss by epoch."""
        return [record.train_loss for record in self.epochs]

    @property
    def train_error(self) -> list[float]:
        """Training error in percent by epoch."""
        return [record.train_error for record in self.epochs]

    @property
    def test_loss(self) -> list[float]:
        """Mean test loss by epoch."""
        return [record.test_loss for record in self.epochs]

    @property
    def test_error(self) -> list[float]:
        """Test error in percent by epoch."""
        return [record.test_error for record in self.epochs]

    @property
    def validation_loss(self) -> list[float]:
        """Mean validation loss by epoch."""
        return [record.validation_loss for record in self.epochs]

    @property
    def validation_error(self) -> list[float]:
        """Validation error in percent by epoch."""
        return [record.validation_error for record in self.epochs]

    @property
    def train_s(self) -> float:
        """Seconds of training, without evaluation."""
        return sum(record.train_s for record in self.epochs) + self.open_s

    def images_per_second(self, image_count: int, batch_size: int) -> float:
        """Training speed over all steps so far; NaN before the first.

        Parameters
        ----------
        image_count : int
            Images of the training set; the last batch of an epoch may be short.
        batch_size : int
        """
        epochs, rest = divmod(len(self.step_losses), -(-image_count // batch_size))
        images = epochs * image_count + rest * batch_size
        return images / self.train_s if self.train_s > 0 else float("nan")

    def add_steps(self, losses: NDArray[np.float64], wrong: NDArray[np.int64], seconds: float) -> None:
        """Append a chunk of steps."""
        # The last loss of a diverging run may be too large for float32; infinity says so.
        with np.errstate(over="ignore"):
            self.step_losses = self._longer("losses", self.step_losses, losses.astype(np.float32))
        self.step_wrong = self._longer("wrong", self.step_wrong, wrong.astype(np.int32))
        self.open_s += seconds

    def _longer(self, name: str, array: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
        """An array with more behind it; the numbers that are there stay where they are while there is space."""
        room, size = self._room.get(name), len(array) + len(more)
        if room is None or array.base is not room or size > len(room):
            room = self._room[name] = np.empty(size + size // 4 + 1024, dtype=array.dtype)
            room[: len(array)] = array
        room[len(array) : size] = more
        return room[:size]

    def plot(self) -> Any:
        """Errors by epoch and the loss by step: shown inline by a notebook, ``write(path)`` puts them on the disk.

        Whoever can draw has said so by ``drawn_by``; ``sb.train`` and ``sb.load_run`` do.
        """
        if not _drawing:
            raise RuntimeError("nothing draws histories yet: import seedbed.api first.")
        return _drawing[0](self)

    def _repr_html_(self) -> str:
        """The last epochs as a table for notebooks."""
        names = ["epoch", "train_loss", "train_error", "validation_error", "test_error", "train_s"]
        if all(isnan(record.validation_error) for record in self.epochs):
            names.remove("validation_error")
        rows = [[f"{getattr(record, name):.4g}" for name in names] for record in self.epochs[-_SHOWN_EPOCHS:]]
        return html_table([name.replace("_", " ") for name in names], rows)
