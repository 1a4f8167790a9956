"""The layers of a network: what they are called, what they take, what shape comes out.

A layer is a frozen description without numbers in it; engines give it meaning. Names and arguments are PyTorch's,
lower-cased in text: ``conv2d(6, 5, padding=2)``. Input sizes are inferred; ``in_channels`` and ``in_features`` may be
given, then they are checked.
"""

from dataclasses import dataclass
from typing import ClassVar

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

    def _require(self, holds: bool, rule: str, got: object) -> None:
        if not holds:
            raise NetworkError(f"{self.notation}: {rule}, got {got} in '{self}'.")


def _require_image(shape: Shape) -> None:
    if len(shape) != 3:
        raise Misfit(f"expected channels×height×width, got {shape_text(shape)}", "It cannot stand after 'flatten'.")


def _require_flat(shape: Shape) -> None:
    if len(shape) != 1:
        raise Misfit(f"expected a flat value, got {shape_text(shape)}", "Put 'flatten' before it.")


def _window_shape(shape: Shape, kernel_size: int, stride: int, padding: int) -> tuple[int, int]:
    """Height and width that a sliding window leaves."""
    _require_image(shape)
    _, height, width = shape
    if min(height, width) + 2 * padding < kernel_size:
        raise Misfit(
            f"the window of {kernel_size}×{kernel_size} is larger than the input {shape_text(shape)}",
            "Use a smaller kernel_size, more padding or fewer pooling layers.",
        )
    return (height + 2 * padding - kernel_size) // stride + 1, (width + 2 * padding - kernel_size) // stride + 1


@dataclass(frozen=True)
class Conv2d(Layer):
    """Cross-correlation with learned square kernels: ``weight (out, in, k, k)``, ``bias (out,)``."""

    notation: ClassVar[str] = "conv2d"
    prefix: ClassVar[str] = "conv"
    out_channels: int
    kernel_size: int
    stride: int = 1
    padding: int = 0
    bias: bool = True
    in_channels: int | None = None

    def __post_init__(self) -> None:
        self._require(self.out_channels >= 1, "out_channels must be at least 1", self.out_channels)
        self._require(self.kernel_size >= 1, "kernel_size must be at least 1", self.kernel_size)
        self._require(self.stride >= 1, "stride must be at least 1", self.stride)
        self._require(
            0 <= self.padding < self.kernel_size, "padding must be at least 0 and less than kernel_size", self.padding
        )

    def output_shape(self, shape: Shape) -> Shape:
        height, width = _window_shape(shape, self.kernel_size, self.stride, self.padding)
        if self.in_channels not in (None, shape[0]):
            raise Misfit(f"expected {self.in_channels} input channels, got {shape[0]}", "Check {origin}.")
        return self.out_channels, height, width

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.out_channels, shape[0], self.kernel_size, self.kernel_size)}
        return shapes | ({"bias": (self.out_channels,)} if self.bias else {})


@dataclass(frozen=True)
class Linear(Layer):
    """Affine map of a flat value: ``weight (out, in)``, ``bias (out,)``."""

    notation: ClassVar[str] = "linear"
    prefix: ClassVar[str] = "linear"
    out_features: int
    bias: bool = True
    in_features: int | None = None

    def __post_init__(self) -> None:
        self._require(self.out_features >= 1, "out_features must be at least 1", self.out_features)

    def output_shape(self, shape: Shape) -> Shape:
        _require_flat(shape)
        if self.in_features not in (None, shape[0]):
            raise Misfit(f"expected {self.in_features} input features, got {shape[0]}", "Check {origin}.")
        return (self.out_features,)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.out_features, shape[0])}
        return shapes | ({"bias": (self.out_features,)} if self.bias else {})


@dataclass(frozen=True)
class _Pool2d(Layer):
    prefix: ClassVar[str] = "pool"
    kernel_size: int
    stride: int | None = None

    def __post_init__(self) -> None:
        self._require(self.kernel_size >= 1, "kernel_size must be at least 1", self.kernel_size)
        self._require(self.stride is None or self.stride >= 1, "stride must be at least 1", self.stride)

    @property
    def step(self) -> int:
        """Distance of two windows, in pixels."""
        return self.stride or self.kernel_size

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *_window_shape(shape, self.kernel_size, self.step, 0))


@dataclass(frozen=True)
class AvgPool2d(_Pool2d):
    """Mean over square windows; pixels that fill no whole window are left out, as in PyTorch."""

    notation: ClassVar[str] = "avgpool2d"


@dataclass(frozen=True)
class MaxPool2d(_Pool2d):
    """Maximum over square windows; the gradient goes to the first maximum in reading order, as in PyTorch."""

    notation: ClassVar[str] = "maxpool2d"


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation per channel of an image-like value or per feature of a flat one.

    Training uses the biased variance of the batch; evaluation uses running = (1 - momentum)·running + momentum·batch.
    ``unbiased`` tells which variance enters the running one, ``initial_var`` where it starts; the defaults are
    PyTorch's. Source: Ioffe and Szegedy (2015), algorithm 1.
    """

    notation: ClassVar[str] = "batchnorm"
    prefix: ClassVar[str] = "norm"
    eps: float = 1e-5
    momentum: float = 0.1
    unbiased: bool = True
    initial_var: float = 1.0

    def __post_init__(self) -> None:
        self._require(0 < self.eps < float("inf"), "eps must be a number above 0", self.eps)
        self._require(0 <= self.momentum <= 1, "momentum must lie between 0 and 1", self.momentum)
        self._require(0 <= self.initial_var < float("inf"), "initial_var must be at least 0", self.initial_var)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (shape[0],), "bias": (shape[0],)}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"running_mean": (shape[0],), "running_var": (shape[0],)}


@dataclass(frozen=True)
class Tanh(Layer):
    """Hyperbolic tangent."""

    notation: ClassVar[str] = "tanh"
    prefix: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class ReLU(Layer):
    """max(x, 0); its derivative at 0 is 0."""

    notation: ClassVar[str] = "relu"
    prefix: ClassVar[str] = "relu"


@dataclass(frozen=True)
class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    notation: ClassVar[str] = "sigmoid"
    prefix: ClassVar[str] = "sigmoid"


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x_k) / Σ exp(x_j) over the features. The loss ``cross_entropy`` already contains it."""

    notation: ClassVar[str] = "softmax"
    prefix: ClassVar[str] = "softmax"

    def output_shape(self, shape: Shape) -> Shape:
        _require_flat(shape)
        return shape


@dataclass(frozen=True)
class Flatten(Layer):
    """Channels, rows, columns in one row of features, in that order."""

    notation: ClassVar[str] = "flatten"
    prefix: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        count = 1
        for size in shape:
            count *= size
        return (count,)


@dataclass(frozen=True)
class Pad(Layer):
    """A border of zeros, ``padding`` pixels wide on all four sides."""

    notation: ClassVar[str] = "pad"
    prefix: ClassVar[str] = "pad"
    padding: int

    def __post_init__(self) -> None:
        self._require(self.padding >= 0, "padding must be at least 0", self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        _require_image(shape)
        return shape[0], shape[1] + 2 * self.padding, shape[2] + 2 * self.padding


LAYERS: dict[str, type[Layer]] = {
    made_of.notation: made_of
    for made_of in (Conv2d, Linear, AvgPool2d, MaxPool2d, BatchNorm, Tanh, ReLU, Sigmoid, Softmax, Flatten, Pad)
}
"""Every layer by its name in text."""
