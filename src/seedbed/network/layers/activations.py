"""Functions of single values, and softmax."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from seedbed.network.layers.base import Layer, Shape, require_flat


@dataclass(frozen=True)
class Tanh(Layer):
    """Hyperbolic tangent."""

    notation: ClassVar[str] = "tanh"
    prefix: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class ScaledTanh(Layer):
    """1.7159 · tanh(⅔·x), about ±1 at ±1. Source: LeCun et al. (1998), appendix A."""

    notation: ClassVar[str] = "scaled_tanh"
    prefix: ClassVar[str] = "scaled_tanh"
    amplitude: ClassVar[float] = 1.7159
    slope: ClassVar[float] = 2 / 3


@dataclass(frozen=True)
class ReLU(Layer):
    """max(x, 0); its derivative at 0 is 0."""

    notation: ClassVar[str] = "relu"
    prefix: ClassVar[str] = "relu"


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """x above 0, else negative_slope · x; its derivative at 0 is ``negative_slope``. Source: Maas et al. (2013)."""

    notation: ClassVar[str] = "leaky_relu"
    prefix: ClassVar[str] = "leaky_relu"
    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        self._require_number("negative_slope", least=0)


@dataclass(frozen=True)
class SiLU(Layer):
    """x · sigmoid(x), also called swish. Source: Hendrycks and Gimpel (2016); Ramachandran et al. (2017)."""

    notation: ClassVar[str] = "silu"
    prefix: ClassVar[str] = "silu"


@dataclass(frozen=True)
class GELU(Layer):
    """x · Φ(x) with the distribution function of the normal distribution, exact: Φ(x) = ½ (1 + erf(x / √2)).

    Source: Hendrycks and Gimpel (2016).
    """

    notation: ClassVar[str] = "gelu"
    prefix: ClassVar[str] = "gelu"


@dataclass(frozen=True)
class Sigmoid(Layer):
    """s = 1 / (1 + exp(-x)).

    Its derivative is s·(1 - s). With ``gradient=tanh`` the backward pass takes 1 - s², that of tanh by its result, in
    its place: a fault of a source (SimpleNN v3.0), here to measure what it does.
    """

    notation: ClassVar[str] = "sigmoid"
    prefix: ClassVar[str] = "sigmoid"
    _: KW_ONLY
    gradient: str = "sigmoid"

    def __post_init__(self) -> None:
        self._require_one_of("gradient", ("sigmoid", "tanh"))


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x_k) / Σ exp(x_j) over the features. The loss ``cross_entropy`` already contains it."""

    notation: ClassVar[str] = "softmax"
    prefix: ClassVar[str] = "softmax"

    def output_shape(self, shape: Shape) -> Shape:
        require_flat(shape)
        return shape
