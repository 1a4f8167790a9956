"""What input steps and augmentations share: their text form, shapes, and the C++ step that carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from seedbed.data._prepare import Step as NativeStep
from seedbed.network import Shape
from seedbed.notation import checked, parse_all
from seedbed.written import Written

LONGEST_SIDE = 1 << 12
"""Of an image, in pixels."""


@dataclass(frozen=True)
class Step(Written):
    """Base of all steps."""

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after this step.

        Raises
        ------
        RecipeError
            The step does not take images of this shape.
        """
        return shape

    def _native(
        self, kind: str, shape: Shape, *values: ArrayLike, output: Shape | None = None, number: int = 0
    ) -> NativeStep:
        parts = [np.asarray(value, dtype=np.float32).reshape(-1) for value in values]
        return NativeStep(kind, number, shape, output or shape, np.concatenate([*parts, np.empty(0, np.float32)]))


def read_steps(kind: str, known: Mapping[str, type[Any]], steps: object) -> tuple[Any, ...]:
    """Steps from a text, or from one or more that are made.

    Raises
    ------
    NotationError, RecipeError
    """
    if isinstance(steps, Step):
        steps = (steps,)
    if isinstance(steps, tuple | list) and all(isinstance(step, Step) for step in steps):
        return tuple(checked(kind, known, step) for step in steps)
    return parse_all(kind, known, steps)
