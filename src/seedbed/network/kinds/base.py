"""What all layers share: shapes, and the questions that a network asks its layers."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NetworkError
from seedbed.notation import write

Shape = tuple[int, ...]
"""``(channels, height, width)`` of an image-like value or ``(features,)`` of a flat one, without the batch."""


def shape_text(shape: Shape) -> str:
    """Write a shape for people: ``6×14×14``."""
    return "×".join(str(n) for n in shape)


class Misfit(Exception):
    """A layer does not take the shape it is given; the network adds the names of the layers involved."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


@dataclass(frozen=True)
class Layer:
    """Base of all layers."""

    notation: ClassVar[str]
    prefix: ClassVar[str]

    def __str__(self) -> str:
        return write(self.notation, self)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for one image.

        Raises
        ------
        Misfit
            The layer does not take this shape.
        """
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Shapes of the trainable parameters for an input shape, in PyTorch's layout."""
        return {}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Shapes of what is kept beside the parameters and not trained."""
        return {}

    def parameter_count(self, shape: Shape) -> int:
        """Number of trainable numbers for an input shape."""
        return sum(prod(size) for size in self.parameter_shapes(shape).values())

    def fans(self, shape: Shape) -> tuple[float, float] | None:
        """How many inputs one output adds up and how many outputs one input feeds, for an input shape.

        None if the layer has no weights, or none that are drawn at random.
        """
        return None

    def first_values(self, shape: Shape) -> dict[str, NDArray[np.float64]]:
        """Parameters and buffers that begin at values of their own, whatever the initialiser; others begin at 0."""
        return {}

    def _require(self, holds: bool, rule: str, got: object) -> None:
        if not holds:
            raise NetworkError(f"{self.notation}: {rule}, got {got} in '{self}'.")


def require_image(shape: Shape) -> None:
    """Refuse a flat value.

    Raises
    ------
    Misfit
    """
    if len(shape) != 3:
        raise Misfit(f"expected channels×height×width, got {shape_text(shape)}", "It cannot stand after 'flatten'.")


def require_flat(shape: Shape) -> None:
    """Refuse an image-like value.

    Raises
    ------
    Misfit
    """
    if len(shape) != 1:
        raise Misfit(f"expected a flat value, got {shape_text(shape)}", "Put 'flatten' before it.")
