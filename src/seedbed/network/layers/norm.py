"""Layers that bring values to a common size, and dropout."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.network.layers.base import Layer, Shape, require_image


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation per channel of an image-like value or per feature of a flat one.

    Training uses the biased variance of the batch; evaluation uses running = (1 - momentum)·running + momentum·batch.
    ``unbiased`` tells which variance enters the running one, ``initial_var`` where it starts; the defaults are
    PyTorch's. Source: Ioffe and Szegedy (2015), algorithm 1.
    """

    notation: ClassVar[str] = "batchnorm"
    prefix: ClassVar[str] = "norm"
    inferred: ClassVar[str] = "num_features"
    _: KW_ONLY
    eps: float = 1e-5
    momentum: float = 0.1
    unbiased: bool = True
    initial_var: float = 1.0

    def __post_init__(self) -> None:
        self._require_number("eps", above=0)
        self._require_number("momentum", least=0, most=1)
        self._require_number("initial_var", least=0)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (shape[0],), "bias": (shape[0],)}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"running_mean": (shape[0],), "running_var": (shape[0],)}

    def first_values(self, shape: Shape) -> dict[str, NDArray[np.float64]]:
        return {"weight": np.ones(shape[0]), "running_var": np.full(shape[0], self.initial_var)}


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """y_c = x_c / (k + alpha/size · Σ x_d²)^beta over the channels d = c - size//2 … c + (size - 1)//2 of the pixel.

    As in PyTorch, ``alpha`` is divided by ``size``; TensorFlow's ``alpha`` is not. Source: Krizhevsky et al. (2012),
    section 3.3.
    """

    notation: ClassVar[str] = "local_response_norm"
    prefix: ClassVar[str] = "local_response_norm"
    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def __post_init__(self) -> None:
        self._require_whole("size", least=1)
        self._require_number("alpha", "beta", least=0)
        self._require_number("k", above=0)

    def output_shape(self, shape: Shape) -> Shape:
        require_image(shape)
        return shape


@dataclass(frozen=True)
class Dropout(Layer):
    """In training each value becomes 0 with probability ``p``, the others grow by 1 / (1 - p); else nothing changes.

    Which values stay is told by ``dropout_mask``. Source: Srivastava et al. (2014).
    """

    notation: ClassVar[str] = "dropout"
    prefix: ClassVar[str] = "dropout"
    p: float = 0.5

    def __post_init__(self) -> None:
        self._require_number("p", least=0, below=1)
