"""What is done to a pixel before it enters the network: one scale and one shift per channel."""

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.errors import RecipeError
from seedbed.notation import parse_one, write

PerChannel = NDArray[np.float32]


@dataclass(frozen=True)
class Scale:
    """Pixels from 0…255 to 0…1."""

    notation: ClassVar[str] = "scale"

    def __str__(self) -> str:
        return write(self.notation, self)

    def scale_and_shift(self, dataset: Dataset) -> tuple[PerChannel, PerChannel]:
        """float32 arrays of shape (channels,): a pixel p enters as p·scale + shift."""
        channels = dataset.image_shape[0]
        return np.full(channels, 1 / 255, dtype=np.float32), np.zeros(channels, dtype=np.float32)


@dataclass(frozen=True)
class Standardize:
    """(p/255 - mean) / std, by the given constants or by those of the training images, per channel."""

    notation: ClassVar[str] = "standardize"
    mean: float | None = None
    std: float | None = None

    def __post_init__(self) -> None:
        if (self.mean is None) != (self.std is None):
            raise RecipeError("standardize: give both mean and std, or neither to take those of the training images.")
        if self.std is not None and not (isfinite(self.std) and self.std > 0):
            raise RecipeError(f"standardize: std must be a finite number above 0, got {self.std}.")
        if self.mean is not None and not isfinite(self.mean):
            raise RecipeError(f"standardize: mean must be a finite number, got {self.mean}.")

    def __str__(self) -> str:
        return write(self.notation, self)

    def scale_and_shift(self, dataset: Dataset) -> tuple[PerChannel, PerChannel]:
        """float32 arrays of shape (channels,): a pixel p enters as p·scale + shift."""
        mean, std = dataset.channel_mean, dataset.channel_std
        if self.mean is not None and self.std is not None:
            mean, std = np.full_like(mean, self.mean), np.full_like(std, self.std)
        # A channel that never changes carries nothing; any finite scale serves.
        std = np.where(std > 0, std, 1.0)
        return (1 / (255 * std)).astype(np.float32), (-mean / std).astype(np.float32)


INPUTS: dict[str, type[Scale] | type[Standardize]] = {made.notation: made for made in (Scale, Standardize)}
"""Every input step by its name in text."""


def load_input(step: "str | Scale | Standardize") -> "Scale | Standardize":
    """Turn ``"standardize(0.13066, 0.30811)"`` or an input step into an input step."""
    parsed: Scale | Standardize = parse_one("input", INPUTS, str(step))
    return parsed
