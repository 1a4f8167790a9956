"""What input steps and augmentations share: their text form, shapes, and the C++ step that carries them out."""

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from seedbed.data._prepare import Step as NativeStep
from seedbed.errors import RecipeError
from seedbed.network import Shape
from seedbed.notation import write


@dataclass(frozen=True)
class Step:
    """Base of all steps."""

    notation: ClassVar[str]

    def __str__(self) -> str:
        return write(self.notation, self)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after this step.

        Raises
        ------
        RecipeError
            The step does not take images of this shape.
        """
        return shape

    def _require(self, holds: bool, rule: str, got: object) -> None:
        if not holds:
            raise RecipeError(f"{self.notation}: {rule}, got {got} in '{self}'.")

    def _require_whole(self, name: str, value: int, least: int) -> None:
        self._require(least <= value <= 1 << 12, f"{name} must be a whole number from {least} to 4096", value)

    def _require_size(self, name: str, value: float) -> None:
        self._require(isfinite(value) and value >= 0, f"{name} must be a finite number of at least 0", value)

    def _native(
        self, kind: str, shape: Shape, *values: ArrayLike, output: Shape | None = None, number: int = 0
    ) -> NativeStep:
        parts = [np.asarray(value, dtype=np.float32).reshape(-1) for value in values]
        return NativeStep(kind, number, shape, output or shape, np.concatenate([*parts, np.empty(0, np.float32)]))
