"""What all measures over the epochs of a run share."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Series:
    """Numbers by epoch and by layer or parameter.

    Attributes
    ----------
    epochs : tuple of int
        After which each state was recorded; 0 is the start.
    names : tuple of str
        Layers or parameters.

    Every array of a series has the shape (epochs, names, …) and is float64.
    """

    epochs: tuple[int, ...]
    names: tuple[str, ...]

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """One series of several of the same network, in their order."""
        joined: dict[str, Any] = {field.name: getattr(parts[0], field.name) for field in fields(cls)}
        for name, value in joined.items():
            if isinstance(value, np.ndarray):
                joined[name] = np.concatenate([getattr(part, name) for part in parts])
        return cls(**joined | {"epochs": tuple(epoch for part in parts for epoch in part.epochs)})
