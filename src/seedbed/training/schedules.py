"""How the learning rate changes over a run: one rate per step, a function of the step's number alone.

A schedule is written as a shape, with a warm-up before it or without: ``"cosine"``, ``"warmup(2) step(30, 0.1)"``.
Rates are those that PyTorch's schedulers give when they are stepped once per batch, or once per epoch for ``step`` and
``exponential``.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NotationError, RecipeError
from seedbed.notation import checked, parse_all
from seedbed.written import Written

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Shape(Written):
    """Base of all schedules but the warm-up."""

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        """Learning rates.

        Parameters
        ----------
        lr : float
            Learning rate of the optimizer.
        steps : int64 array, shape (n,)
            Numbers of the steps asked for, from 0 to total - 1.
        total : int
            Steps of the whole shape.
        steps_per_epoch : int

        Returns
        -------
        float64 array, shape (n,)
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Shape):
    """The optimizer's learning rate all the time."""

    notation: ClassVar[str] = "constant"

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        return np.full(len(steps), lr)


@dataclass(frozen=True)
class _ToEnd(Shape):
    """From lr towards ``end``, a learning rate, which the step after the last would have."""

    end: float = 0.0

    def __post_init__(self) -> None:
        self._require_number("end", least=0, note=", a learning rate")


@dataclass(frozen=True)
class Linear(_ToEnd):
    """Step t of T takes lr + (end - lr)·t/T, as ``LinearLR`` with end_factor = end/lr."""

    notation: ClassVar[str] = "linear"

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        return lr + (self.end - lr) * (steps / total)


@dataclass(frozen=True)
class Cosine(_ToEnd):
    """Step t of T takes end + (lr - end)·(1 + cos(π·t/T))/2, as ``CosineAnnealingLR``.

    Source: Loshchilov and Hutter (2017), equation 5, without restarts.
    """

    notation: ClassVar[str] = "cosine"

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        return _anneal(lr, self.end, steps / total)


@dataclass(frozen=True)
class Step(Shape):
    """Multiply by ``gamma`` every ``size`` epochs, as ``StepLR``."""

    notation: ClassVar[str] = "step"
    size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._require_whole("size", least=1, note=", in epochs")
        self._require_number("gamma", above=0)

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        rates: Float64 = lr * self.gamma ** (steps // steps_per_epoch // self.size).astype(np.float64)
        return rates


@dataclass(frozen=True)
class Exponential(Shape):
    """Multiply by ``gamma`` every epoch, as ``ExponentialLR``."""

    notation: ClassVar[str] = "exponential"
    gamma: float

    def __post_init__(self) -> None:
        self._require_number("gamma", above=0)

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        rates: Float64 = lr * self.gamma ** (steps // steps_per_epoch).astype(np.float64)
        return rates


@dataclass(frozen=True)
class OneCycle(Shape):
    """Up from start_factor·lr to lr in the share ``warmup`` of the steps, then down to start_factor·end_factor·lr.

    Both ways follow half a cosine, as ``OneCycleLR`` with div_factor = 1/start_factor and final_div_factor =
    1/end_factor; the learning rate is its max_lr, the momentum stays as it is.

    Source: Smith and Topin (2019), "Super-convergence".
    """

    notation: ClassVar[str] = "one_cycle"
    warmup: float = 0.3
    start_factor: float = 0.04
    end_factor: float = 1e-4

    def __post_init__(self) -> None:
        self._require_number("warmup", least=0, below=1)
        self._require_number("start_factor", "end_factor", above=0)

    def rates(self, lr: float, steps: NDArray[np.int64], total: int, steps_per_epoch: int) -> Float64:
        top = max(self.warmup * total - 1, 0.0)
        low = self.start_factor * lr
        up = _anneal(low, lr, steps / max(top, 1.0))
        down = _anneal(lr, self.end_factor * low, (steps - top) / max(total - 1 - top, 1.0))
        return np.where(steps < top, up, down)


@dataclass(frozen=True)
class Warmup(Written):
    """Over the first ``epochs``, W steps, step t takes lr·(t + 1)/W: no step is lost, the last has the whole rate.

    Source: Goyal et al. (2017), section 2.2.
    """

    notation: ClassVar[str] = "warmup"
    epochs: float

    def __post_init__(self) -> None:
        self._require_number("epochs", above=0)


def _anneal(begin: float, end: float, share: NDArray[np.floating]) -> Float64:
    """Half a cosine from ``begin`` at 0 to ``end`` at 1."""
    rates: Float64 = end + (begin - end) * (1 + np.cos(np.pi * share)) / 2
    return rates


SCHEDULES: dict[str, type[Written]] = {
    part.notation: part for part in (Constant, Linear, Step, Exponential, Cosine, OneCycle, Warmup)
}
"""Every part of a schedule by its name in text."""


@dataclass(frozen=True)
class Schedule:
    """A shape, after a warm-up or without."""

    shape: Shape
    warmup: Warmup | None = None

    def __str__(self) -> str:
        return f"{self.warmup} {self.shape}" if self.warmup else str(self.shape)

    def check(self, epochs: int) -> None:
        """Refuse a warm-up that leaves nothing of the run.

        Raises
        ------
        RecipeError
        """
        if self.warmup is not None and self.warmup.epochs >= epochs:
            raise RecipeError(
                f"schedule '{self}': the warm-up must be shorter than the run, {epochs} epochs.",
                field="warmup.epochs",
                expected=f"less than the {epochs} epochs of the run",
                got=f"{self.warmup.epochs:g}",
            )

    def rates(self, lr: float, step_begin: int, step_end: int, steps_per_epoch: int, epochs: int) -> Float64:
        """Learning rates of the steps from ``step_begin`` up to, without, ``step_end``.

        Parameters
        ----------
        lr : float
            Learning rate of the optimizer.
        step_begin, step_end : int
            From the start of the run.
        steps_per_epoch, epochs : int
            Of the whole run. The shape counts its steps and epochs from the end of the warm-up.

        Returns
        -------
        float64 array, shape (step_end - step_begin,)
        """
        steps = np.arange(step_begin, step_end)
        if self.warmup is None:
            return self.shape.rates(lr, steps, steps_per_epoch * epochs, steps_per_epoch)
        warm = max(1, round(self.warmup.epochs * steps_per_epoch))
        left = max(1, steps_per_epoch * epochs - warm)
        main = self.shape.rates(lr, np.maximum(steps - warm, 0), left, steps_per_epoch)
        return np.where(steps < warm, lr * ((steps + 1) / warm), main)


def load_schedule(schedule: "str | Schedule") -> Schedule:
    """Turn ``"warmup(5) cosine"`` or a schedule into a schedule; a warm-up alone goes on with ``constant``.

    Raises
    ------
    NotationError, RecipeError
    """
    if isinstance(schedule, Schedule):
        for part in (schedule.warmup, schedule.shape):
            if part is not None:
                checked("schedule", SCHEDULES, part)
        return schedule
    parts = list(parse_all("schedule", SCHEDULES, str(schedule) if isinstance(schedule, Written) else schedule))
    warmup = parts.pop(0) if parts and isinstance(parts[0], Warmup) else None
    if warmup is not None and not parts:
        parts = [Constant()]
    if len(parts) != 1 or not isinstance(parts[0], Shape):
        expected = "one shape, with a warmup before it or without"
        message = f"schedule: expected {expected}, got '{schedule}'."
        raise NotationError(message, expected=expected, got=str(schedule), text=str(schedule))
    return Schedule(parts[0], warmup)
