"""Layers of flat values."""

from dataclasses import KW_ONLY, dataclass
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.network.layers.base import Layer, Shape, ShapeError, require_flat
from seedbed.network.layers.bitmaps import DIGITS


@dataclass(frozen=True)
class Linear(Layer):
    """Affine map of a flat value: ``weight (out, in)``, ``bias (out,)``."""

    notation: ClassVar[str] = "linear"
    prefix: ClassVar[str] = "linear"
    inferred: ClassVar[str] = "in_features"
    out_features: int
    _: KW_ONLY
    bias: bool = True
    in_features: int | None = None

    def __post_init__(self) -> None:
        self._require_whole("out_features", "in_features", least=1)

    def output_shape(self, shape: Shape) -> Shape:
        require_flat(shape)
        if self.in_features not in (None, shape[0]):
            raise ShapeError(f"{self.in_features} input features", str(shape[0]), "Check {origin}.")
        return (self.out_features,)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.out_features, shape[0])}
        return shapes | ({"bias": (self.out_features,)} if self.bias else {})

    def fans(self, shape: Shape) -> tuple[float, float]:
        return shape[0], self.out_features


@dataclass(frozen=True)
class RBF(Layer):
    """How near the 84 inputs are to the picture of each digit: y_k = -Σ_j (x_j - c_kj)², one output per digit.

    The centres are the buffer ``centers (10, 84)``: small pictures of the digits, 7 pixels wide and 12 high, +1 for ink
    and -1 for paper. The distance has its sign turned, so that the largest output is the answer and losses see logits.
    Source: LeCun et al. (1998), equation 7; the pictures are drawn anew.
    """

    notation: ClassVar[str] = "rbf"
    prefix: ClassVar[str] = "rbf"

    def output_shape(self, shape: Shape) -> Shape:
        require_flat(shape)
        if shape != DIGITS.shape[1:]:
            raise ShapeError(f"{DIGITS.shape[1]} input features", str(shape[0]), "Check {origin}.")
        return DIGITS.shape[:1]

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"centers": DIGITS.shape}

    def first_values(self, shape: Shape) -> dict[str, NDArray[np.float64]]:
        return {"centers": DIGITS}


@dataclass(frozen=True)
class Flatten(Layer):
    """Channels, rows, columns in one row of features, in that order."""

    notation: ClassVar[str] = "flatten"
    prefix: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)
