"""How first values are drawn: from which distribution, and for which arrays.

Fan-in and fan-out are the number of inputs that one output adds up and the number of outputs that one input feeds. The
bias of a layer takes the fans of its weight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NotationError, SeedbedError
from seedbed.written import Written

Float64 = NDArray[np.float64]
Uniform = Callable[[], Float64]
"""Draws one number from the open interval (0, 1) for every element of an array, the same on every call."""


def _normal(probabilities: Float64) -> Float64:
    """Inverse of the distribution function of the standard normal distribution."""
    from scipy.special import ndtri  # uniform weights are drawn without it

    quantiles: Float64 = ndtri(probabilities)
    return quantiles


@dataclass(frozen=True)
class Initializer(Written):
    """Base of all initialisers.

    Every one has ``of``: ``weight`` and ``bias`` stand for all weights or biases that are drawn at all (batch norm's
    are not), ``linear1`` for the weight of that layer, ``linear1.bias`` for this array.
    """

    error: ClassVar[type[SeedbedError]] = NotationError
    needs_fans: ClassVar[bool] = False

    @property
    def targets(self) -> tuple[str, ...]:
        """What it sets, as in ``of``."""
        return (str(getattr(self, "of", "weight")),)

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        """First values of one array in the shape that ``uniform`` gives."""
        raise NotImplementedError


@dataclass(frozen=True)
class _FanUniform(Initializer):
    """U(-b, b)."""

    needs_fans: ClassVar[bool] = True
    of: str = "weight"

    def bound(self, fan_in: float, fan_out: float) -> float:
        raise NotImplementedError

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return (2 * uniform() - 1) * self.bound(fan_in, fan_out)


@dataclass(frozen=True)
class LecunUniform(_FanUniform):
    """b = √(1/fan_in): SimpleNN's, and PyTorch's default for linear layers and convolutions (variance 1/(3·fan_in))."""

    notation: ClassVar[str] = "lecun_uniform"

    def bound(self, fan_in: float, fan_out: float) -> float:
        return sqrt(1 / fan_in)


@dataclass(frozen=True)
class XavierUniform(_FanUniform):
    """b = √(6/(fan_in + fan_out)). Source: Glorot and Bengio (2010), equation 16."""

    notation: ClassVar[str] = "xavier_uniform"

    def bound(self, fan_in: float, fan_out: float) -> float:
        return sqrt(6 / (fan_in + fan_out))


@dataclass(frozen=True)
class HeUniform(_FanUniform):
    """b = √(6/fan_in), variance 2/fan_in. Source: He et al. (2015), equation 10."""

    notation: ClassVar[str] = "he_uniform"

    def bound(self, fan_in: float, fan_out: float) -> float:
        return sqrt(6 / fan_in)


@dataclass(frozen=True)
class _FanNormal(Initializer):
    """N(0, std²)."""

    needs_fans: ClassVar[bool] = True
    of: str = "weight"

    def std(self, fan_in: float, fan_out: float) -> float:
        raise NotImplementedError

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return _normal(uniform()) * self.std(fan_in, fan_out)


@dataclass(frozen=True)
class LecunNormal(_FanNormal):
    """std = √(1/fan_in). Source: LeCun, Bottou, Orr, Müller (1998), "Efficient BackProp", equation 16."""

    notation: ClassVar[str] = "lecun_normal"

    def std(self, fan_in: float, fan_out: float) -> float:
        return sqrt(1 / fan_in)


@dataclass(frozen=True)
class XavierNormal(_FanNormal):
    """std = √(2/(fan_in + fan_out)). Source: Glorot and Bengio (2010), equation 12."""

    notation: ClassVar[str] = "xavier_normal"

    def std(self, fan_in: float, fan_out: float) -> float:
        return sqrt(2 / (fan_in + fan_out))


@dataclass(frozen=True)
class HeNormal(_FanNormal):
    """std = √(2/fan_in). Source: He et al. (2015), equation 10."""

    notation: ClassVar[str] = "he_normal"

    def std(self, fan_in: float, fan_out: float) -> float:
        return sqrt(2 / fan_in)


@dataclass(frozen=True)
class Normal(Initializer):
    """N(0, std²)."""

    notation: ClassVar[str] = "normal"
    std: float
    of: str = "weight"

    def __post_init__(self) -> None:
        self._require_number("std", least=0)

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return _normal(uniform()) * self.std


@dataclass(frozen=True)
class TruncatedNormal(Normal):
    """N(0, std²) within ±2·std, as if numbers beyond were drawn again, like TensorFlow's; their std is 0.88·std."""

    notation: ClassVar[str] = "truncated_normal"

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        beyond = 0.022750131948179207  # probability of a standard normal number below -2
        return _normal(beyond + (1 - 2 * beyond) * uniform()) * self.std


@dataclass(frozen=True)
class UniformWithin(Initializer):
    """U(-bound, bound)."""

    notation: ClassVar[str] = "uniform"
    bound: float
    of: str = "weight"

    def __post_init__(self) -> None:
        self._require_number("bound", least=0)

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return (2 * uniform() - 1) * self.bound


@dataclass(frozen=True)
class Constant(Initializer):
    """One value everywhere."""

    notation: ClassVar[str] = "constant"
    value: float
    of: str = "weight"

    def __post_init__(self) -> None:
        self._require_number("value")

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return np.full_like(uniform(), self.value)


@dataclass(frozen=True)
class PyTorch(Initializer):
    """What PyTorch gives linear layers and convolutions: weights and biases from U(±√(1/fan_in))."""

    notation: ClassVar[str] = "pytorch"
    needs_fans: ClassVar[bool] = True

    @property
    def targets(self) -> tuple[str, ...]:
        return ("weight", "bias")

    def values(self, uniform: Uniform, fan_in: float, fan_out: float) -> Float64:
        return LecunUniform().values(uniform, fan_in, fan_out)


_ALL: tuple[type[Initializer], ...] = (
    *(LecunUniform, LecunNormal, XavierUniform, XavierNormal, HeUniform, HeNormal),
    *(Normal, TruncatedNormal, UniformWithin, Constant, PyTorch),
)
INITIALIZERS: dict[str, type[Initializer]] = {made_of.notation: made_of for made_of in _ALL}
"""Every initialiser by its name in text."""
