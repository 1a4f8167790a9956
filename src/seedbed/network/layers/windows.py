"""Layers that look at images through a window, and the border around an image."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.network.layers.base import Layer, Shape, ShapeError, require_image, shape_text

_TABLES: dict[str, tuple[int, ...]] = {
    # Channels 0-2, 1-3, …; 0-3, 1-4, …; two and two; all. Bit i set: input channel i is connected.
    "lenet5": (7, 14, 28, 56, 49, 35, 15, 30, 60, 57, 51, 39, 27, 54, 45, 63),
}
"""Connection tables with a name. ``lenet5`` is Table I of LeCun et al. (1998), 6 channels to 16."""


def _window_shape(shape: Shape, kernel_size: int, stride: int, padding: int = 0) -> tuple[int, int]:
    """Height and width that a sliding window leaves."""
    require_image(shape)
    _, height, width = shape
    if min(height, width) + 2 * padding < kernel_size:
        raise ShapeError(
            f"an input as large as the window of {kernel_size}×{kernel_size}",
            shape_text(shape),
            "Use a smaller kernel_size, more padding or fewer pooling layers.",
            f"the window of {kernel_size}×{kernel_size} is larger than the input {shape_text(shape)}",
        )
    return (height + 2 * padding - kernel_size) // stride + 1, (width + 2 * padding - kernel_size) // stride + 1


@dataclass(frozen=True)
class Conv2d(Layer):
    """Cross-correlation with learned square kernels: ``weight (out, in, k, k)``, ``bias (out,)``.

    Each output channel looks at every input channel, or at those that ``table`` names: one whole number per output
    channel, in which bit i is set if input channel i is connected; or the word ``lenet5`` for Table I of LeCun et al.
    (1998). ``weight`` holds 0 for absent pairs and is not trained there.
    """

    notation: ClassVar[str] = "conv2d"
    prefix: ClassVar[str] = "conv"
    inferred: ClassVar[str] = "in_channels"
    out_channels: int
    kernel_size: int
    _: KW_ONLY
    stride: int = 1
    padding: int = 0
    bias: bool = True
    in_channels: int | None = None
    table: tuple[int, ...] | str | None = None

    def __post_init__(self) -> None:
        self._require_whole("out_channels", "kernel_size", "stride", "in_channels", least=1)
        self._require_whole("padding")
        rule = "a whole number of at least 0 and less than kernel_size"
        self._require(self.padding < self.kernel_size, "padding", rule)
        if isinstance(self.table, str):
            self._require(self.table in _TABLES, "table", f"{' or '.join(_TABLES)} or numbers in parentheses")
        if (masks := self._masks) is not None:
            rule = f"one number for each of {self.out_channels} output channels"
            self._require(len(masks) == self.out_channels, "table", rule, f"{len(masks)} numbers")
            self._require(min(masks) >= 1, "table", "numbers that each connect at least one channel", min(masks))

    @property
    def _masks(self) -> tuple[int, ...] | None:
        return _TABLES[self.table] if isinstance(self.table, str) else self.table

    def connections(self, in_channels: int) -> NDArray[np.bool_] | None:
        """Which output channel looks at which input channel.

        Returns
        -------
        bool array, shape (out_channels, in_channels), or None
            None without a table: all of them.
        """
        if self._masks is None:
            return None
        return np.array([[mask >> channel & 1 for channel in range(in_channels)] for mask in self._masks], dtype=bool)

    def output_shape(self, shape: Shape) -> Shape:
        height, width = _window_shape(shape, self.kernel_size, self.stride, self.padding)
        if self.in_channels not in (None, shape[0]):
            raise ShapeError(f"{self.in_channels} input channels", str(shape[0]), "Check {origin}.")
        if self._masks is not None and (needed := max(self._masks).bit_length()) > shape[0]:
            raise ShapeError(
                f"{needed} input channels, as its table names",
                str(shape[0]),
                "Check the table and {origin}.",
                f"its table names {needed} input channels, got {shape[0]}",
            )
        return self.out_channels, height, width

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.out_channels, shape[0], self.kernel_size, self.kernel_size)}
        return shapes | ({"bias": (self.out_channels,)} if self.bias else {})

    def parameter_count(self, shape: Shape) -> int:
        return self._pairs(shape) * self.kernel_size**2 + (self.out_channels if self.bias else 0)

    def fans(self, shape: Shape) -> tuple[float, float]:
        weights = self._pairs(shape) * self.kernel_size**2
        return weights / self.out_channels, weights / shape[0]

    def _pairs(self, shape: Shape) -> int:
        """Number of connected pairs of channels."""
        connected = self.connections(shape[0])
        return self.out_channels * shape[0] if connected is None else int(connected.sum())


@dataclass(frozen=True)
class _Pool2d(Layer):
    prefix: ClassVar[str] = "pool"
    kernel_size: int
    stride: int | None = None
    _: KW_ONLY
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        self._require_whole("kernel_size", "stride", least=1)

    @property
    def step(self) -> int:
        """Distance of two windows, in pixels."""
        return self.stride or self.kernel_size

    def overhang(self, size: int) -> int:
        """Pixels by which the last window reaches beyond the bottom (or right) border of ``size`` pixels.

        0 without ``ceil_mode``; a window always begins inside the image.
        """
        over = -(size - self.kernel_size) % self.step if self.ceil_mode else 0
        return over if over < self.kernel_size else 0

    def output_shape(self, shape: Shape) -> Shape:
        height, width = _window_shape(shape, self.kernel_size, self.step)
        rest = [int(self.overhang(size) > 0) for size in shape[1:]]
        return shape[0], height + rest[0], width + rest[1]


@dataclass(frozen=True)
class AvgPool2d(_Pool2d):
    """Mean over square windows; pixels that fill no whole window are left out, as in PyTorch.

    With ``ceil_mode`` a last window takes the pixels that are left, and its mean is over those.
    """

    notation: ClassVar[str] = "avgpool2d"


@dataclass(frozen=True)
class MaxPool2d(_Pool2d):
    """Maximum over square windows; the gradient goes to the first maximum in reading order, as in PyTorch.

    With ``ceil_mode`` a last window takes the pixels that are left.
    """

    notation: ClassVar[str] = "maxpool2d"


@dataclass(frozen=True)
class Subsample(Layer):
    """Sum over square windows side by side, with one coefficient and one bias for each channel.

    y_c = weight_c · Σ window + bias_c; ``weight (C,)``, ``bias (C,)``. Source: LeCun et al. (1998), layer S2.
    """

    notation: ClassVar[str] = "subsample"
    prefix: ClassVar[str] = "subsample"
    kernel_size: int = 2

    def __post_init__(self) -> None:
        self._require_whole("kernel_size", least=1)

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *_window_shape(shape, self.kernel_size, self.kernel_size))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (shape[0],), "bias": (shape[0],)}

    def fans(self, shape: Shape) -> tuple[float, float]:
        return self.kernel_size**2, 1


@dataclass(frozen=True)
class Pad(Layer):
    """A border of zeros, ``padding`` pixels wide on all four sides."""

    notation: ClassVar[str] = "pad"
    prefix: ClassVar[str] = "pad"
    padding: int

    def __post_init__(self) -> None:
        self._require_whole("padding")

    def output_shape(self, shape: Shape) -> Shape:
        require_image(shape)
        return shape[0], shape[1] + 2 * self.padding, shape[2] + 2 * self.padding
