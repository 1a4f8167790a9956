"""What all layers share: shapes, and the questions that a network asks its layers."""

from dataclasses import MISSING, dataclass, fields
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NetworkError, SeedbedError
from seedbed.written import Written

Shape = tuple[int, ...]
"""``(channels, height, width)`` of an image-like value or ``(features,)`` of a flat one, without the batch."""


def shape_text(shape: Shape) -> str:
    """Write a shape for people: ``6×14×14``."""
    return "×".join(str(n) for n in shape)


class ShapeError(Exception):
    """A layer does not take the shape it is given; the network adds the names of the layers involved."""

    def __init__(self, expected: str, got: str, mend: str, problem: str = "") -> None:
        super().__init__(problem)
        self.expected, self.got, self.mend = expected, got, mend
        self.problem = problem or f"expected {expected}, got {got}"


@dataclass(frozen=True)
class Layer(Written):
    """Base of all layers."""

    error: ClassVar[type[SeedbedError]] = NetworkError
    prefix: ClassVar[str]
    inferred: ClassVar[str] = ""
    """PyTorch's first argument, an input size, where it is left out here."""

    def __new__(cls, *values: Any, **named: Any) -> Self:
        """Refuse arguments that the layer does not have."""
        known = fields(cls)
        unnamed = [one.name for one in known if not one.kw_only]
        given = [*unnamed[: len(values)], *named]
        missing = [one.name for one in known if one.name not in given and one.default is MISSING]
        unknown = [name for name in named if name not in {one.name for one in known}]
        twice = [name for name in named if name in unnamed[: len(values)]]
        problem = ""
        if len(values) > len(unnamed):
            count = "no argument" if not unnamed else f"at most {len(unnamed)} argument{'s' * (len(unnamed) > 1)}"
            problem = f"expected {count} without a name, got {len(values)}."
            if cls.inferred:
                rest = ", ".join(map(repr, values[1 : 1 + len(unnamed)]))
                problem += f" Seedbed infers {cls.inferred}: {cls.__name__}({rest})."
        elif unknown:
            problem = f"there is no argument '{unknown[0]}'."
        elif twice:
            problem = f"argument '{twice[0]}' is given twice."
        elif missing:
            problem = f"argument '{missing[0]}' is missing."
        if problem:
            names = ", ".join(one.name + ("" if one.default is MISSING else f"={one.default}") for one in known)
            field = (unknown or twice or missing or [""])[0]
            message = f"{cls.__name__}: {problem} Its arguments: {names or 'none'}."
            raise NetworkError(message, field=field, expected=f"arguments {names}" if names else "no argument")
        return super().__new__(cls)

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]:
        """What a copy is made with."""
        return (), {one.name: getattr(self, one.name) for one in fields(self)}

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for one image.

        Raises
        ------
        ShapeError
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


def require_image(shape: Shape) -> None:
    """Refuse a flat value.

    Raises
    ------
    ShapeError
    """
    if len(shape) != 3:
        raise ShapeError("channels×height×width", shape_text(shape), "It cannot stand after 'flatten'.")


def require_flat(shape: Shape) -> None:
    """Refuse an image-like value.

    Raises
    ------
    ShapeError
    """
    if len(shape) != 1:
        raise ShapeError("a flat value", shape_text(shape), "Put 'flatten' before it.")
