"""One link of a lowered network: the operations that lead from one storage to the next and back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, Numbers, SharedLayout, Storage, align
from seedbed.network import AvgPool2d, BatchNorm, Conv2d, Layer, Linear, MaxPool2d, Node, Pad, Softmax

_FULL = 0.95
"""Lane groups with fewer images than this share take images one by one."""
_LONG_SUM = 128
"""Terms of a sum that repay turning it back into lanes."""


def can_turn(terms: float, results: int) -> bool:
    """Whether a convolution with sums of so many terms can take images one by one, and repays it."""
    return results % _native.TURNED_CHANNELS == 0 and terms >= _LONG_SUM


@dataclass
class Memory:
    """Where links get their own numbers from.

    Attributes
    ----------
    layout : SharedLayout
    images : int
        Images of a batch.
    groups : int
        Lane groups of a batch.
    partials : Numbers
        Gradients per slot, added up after the backward pass.
    scratch : Numbers
        Floats per image of a batch.
    thread_scratch : int
        Floats that each thread needs while it executes one operation.
    constants : dict of int to float32 array
        Numbers that never change, by their offset into the shared floats.
    storages : list of Storage
        What links keep in the lane groups beside values.
    """

    layout: SharedLayout
    images: int
    groups: int
    partials: Numbers = field(default_factory=Numbers)
    scratch: Numbers = field(default_factory=Numbers)
    thread_scratch: int = 0
    constants: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    storages: list[Storage] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Images that the lane groups of a batch have room for."""
        return self.groups * LANES

    def constant(self, numbers: NDArray[Any]) -> int:
        """Place numbers that never change among the shared floats."""
        offset = self.layout.numbers.take(numbers.size)
        self.constants[offset] = numbers.astype(np.float32).reshape(-1)
        return offset


@dataclass
class Link:
    """From ``start`` to ``end``; ``flat`` tells to see the start as one row of features."""

    node: Node | None
    start: Storage
    end: Storage
    flat: bool
    memory: Memory

    def __post_init__(self) -> None:
        """Claim borders and memory."""

    def settle(self) -> None:
        """Hear that later links have claimed their borders; called from the last link to the first."""

    def op(self, kernel: str, activation: str = "none") -> _native.Op:
        """An operation on both storages."""
        op = _native.Op(kernel)
        op.input, op.output = self.start.view(self.flat), self.end.view()
        op.activation = getattr(_native.Activation, activation)
        return op

    def parameter(self, key: str) -> int:
        """Offset of an array of this layer, or -1."""
        assert self.node is not None
        return self.memory.layout.offset(f"{self.node.name}.{key}")

    def connect(self) -> list[_native.Op]:
        """What must follow every change of the parameters."""
        return []

    def prepare(self) -> list[_native.Op]:
        """What must follow that."""
        return []

    def forward(self, training: bool) -> list[_native.Op]:
        """Values of the end from those of the start.

        Asked for the evaluation after all else; a link without operations there lets its end lie where its start does.
        """
        raise NotImplementedError

    def keep(self) -> list[_native.Op]:
        """What the backward pass needs of values that it is going to overwrite."""
        return []

    def backward(self) -> list[_native.Op]:
        """Parameter gradients, and the gradient of the start in the place of its value if it is wanted."""
        raise NotImplementedError

    def finish(self) -> list[_native.Op]:
        """What is left to do for the parameter gradients after the backward pass."""
        return []


@dataclass
class GatherLink(Link):
    """Pixels of the batch's images into the input storage, scaled and shifted per channel.

    ``scale`` and ``shift`` are their offsets into the shared floats.
    """

    scale: int
    shift: int

    def forward(self, training: bool) -> list[_native.Op]:
        op = self.op("gather")
        op.weight, op.bias = self.scale, self.shift
        return [op]

    def backward(self) -> list[_native.Op]:
        return []


class CopyLink(Link):
    """A copy: with a border, without one, or to take another activation."""

    def _op(self, kernel: str, activation: str) -> _native.Op:
        op = self.op(kernel, activation)
        if self.node is not None and isinstance(self.node.layer, Pad):
            op.padding = self.node.layer.padding
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("copy_forward", self.end.activation)]

    def backward(self) -> list[_native.Op]:
        return [self._op("copy_backward", self.start.activation)] if self.start.wants_gradient else []


class ConvLink(Link):
    """A convolution; ``pool`` 2 if the largest of each 2 × 2 results are the end."""

    pool = 1

    def __post_init__(self) -> None:
        assert self.node is not None and isinstance(self.node.layer, Conv2d)
        self.layer = self.node.layer
        self.start.border_x = max(self.start.border_x, self.layer.padding)
        if self.start.wants_gradient:
            self._reach_beyond_edges()
        channels, window = self.start.shape[0], self.layer.kernel_size**2
        weights = self.layer.out_channels * channels * window
        self.packed = self.memory.layout.numbers.take(weights)
        self.packed_back = self.memory.layout.numbers.take(weights) if self.start.wants_gradient else -1
        self.size = align(weights + (self.layer.out_channels if self.layer.bias else 0))
        self.partial = self.memory.partials.take(self.size)
        # To turn the gradient costs a pass over it, which many inputs repay.
        self.turned = self.layer.out_channels >= 32 and channels >= 8
        self.turned_forward = self._strips_turned(channels, self.layer.out_channels)
        self.turned_back = self.layer.stride == 1 and self._strips_turned(self.layer.out_channels, channels)
        if self.turned:
            sums = (channels * window + _native.TURNED_PIXELS * LANES) * align(self.layer.out_channels)
        else:
            sums = _native.MAX_CHANNEL_BLOCK * channels * window * LANES
        strip = max(_native.STRIP_COLUMNS * LANES * max(channels, self.layer.out_channels), _native.TURNED_SUMS)
        self.sums = sums
        self.memory.thread_scratch = max(self.memory.thread_scratch, sums, strip)
        connected = self.layer.connections(channels)
        self.table = -1 if connected is None else self.memory.constant(connected)
        self.connected = -1 if connected is None else self.memory.layout.numbers.take(weights)

    def _strips_turned(self, terms: int, results: int) -> bool:
        """Whether empty lanes cost more than turning results back into lanes."""
        is_sparse = self.memory.images < _FULL * self.memory.rows
        return is_sparse and can_turn(terms * self.layer.kernel_size**2, results)

    @property
    def border(self) -> int:
        """Columns of zeros beside the gradient that the input gradient reads."""
        beyond = self.layer.kernel_size - 1 - self.layer.padding
        return beyond if beyond <= _native.WIDE_BORDER else 1

    def _reach_beyond_edges(self) -> None:
        self.end.border_x = max(self.end.border_x, self.border)

    def _op(self, kernel: str, activation: str = "none") -> _native.Op:
        op = self.op(kernel, activation)
        op.kernel_size, op.stride, op.padding = self.layer.kernel_size, self.layer.stride, self.layer.padding
        op.weight, op.bias = self.parameter("weight"), self.parameter("bias")
        op.gradient, op.bias_gradient = op.weight, op.bias
        op.packed, op.scratch = self.packed, self.packed_back
        op.partial, op.size = self.partial * _native.MAX_SLOTS, self.size
        op.pool = self.pool
        return op

    def _table_op(self, kernel: str) -> _native.Op:
        op = self._op(kernel)
        op.packed, op.scratch = self.connected, self.table
        return op

    def connect(self) -> list[_native.Op]:
        return [self._table_op("conv2d_connect")] if self.table >= 0 else []

    def prepare(self) -> list[_native.Op]:
        pack = self._op("conv2d_pack")
        pack.a, pack.b = float(self.turned_forward), float(self.turned_back)
        if self.table >= 0:
            pack.weight = self.connected
        return [pack]

    def forward(self, training: bool) -> list[_native.Op]:
        op = self._op("conv2d_forward", self.end.activation)
        op.a = float(self.turned_forward)
        return [op]

    def backward(self) -> list[_native.Op]:
        weights = self._op("conv2d_weight_gradient")
        weights.a = float(self.turned)
        ops = [weights]
        if self.table >= 0:
            ops.append(self._table_op("conv2d_disconnect"))
        if self.start.wants_gradient:
            values = self._op("conv2d_input_gradient", self.start.activation)
            values.a = float(self.turned_back)
            ops.append(values)
        return ops

    def finish(self) -> list[_native.Op]:
        return [self._op("sum_slots")]


class ConvPoolLink(ConvLink):
    """A convolution and the max pooling behind it: the results in between are never stored.

    Which results were the largest is, in 64 bits a window: a bit for each lane and result.
    """

    pool = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        channels, height, width = self.end.image_shape
        self.winners = Storage((-(-channels * height * width // 8),))
        self.memory.storages.append(self.winners)
        _, rows, columns = self.layer.output_shape(self.start.image_shape)
        strips = _native.STRIP_COLUMNS * LANES * max(2 * channels, self.start.image_shape[0])
        strips = max(strips, 2 * _native.TURNED_SUMS)
        spread = channels * rows * (columns + 2 * self.border) * LANES if self.start.wants_gradient else 0
        band = max(_native.BAND_VECTORS, _native.MAX_CHANNEL_BLOCK * columns) * LANES
        self.memory.thread_scratch = max(self.memory.thread_scratch, self.sums + band, strips + spread)

    def _reach_beyond_edges(self) -> None:
        """Nothing to claim: the gradient is spread out in the thread's own memory."""

    def _op(self, kernel: str, activation: str = "none") -> _native.Op:
        op = super()._op(kernel, activation)
        op.winners = self.winners.offset
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        [op] = super().forward(training)
        if not training:
            op.winners = -1
        return [op]


class LinearLink(Link):
    def __post_init__(self) -> None:
        # An odd number of vectors between rows spreads them over the sets of the cache.
        self.size = align(self.start.size) | LANES
        self.rows = self.memory.scratch.take(self.size) * self.memory.rows
        sums = _native.LINEAR_COLUMNS * (_native.LINEAR_TERMS + self.memory.rows)
        self.memory.thread_scratch = max(self.memory.thread_scratch, sums)

    def _op(self, kernel: str, activation: str = "none") -> _native.Op:
        op = self.op(kernel, activation)
        op.weight, op.bias = self.parameter("weight"), self.parameter("bias")
        op.gradient, op.bias_gradient = op.weight, op.bias
        op.scratch, op.size = self.rows, self.size
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("linear_forward", self.end.activation)]

    def keep(self) -> list[_native.Op]:
        return [self._op("linear_transpose")]

    def backward(self) -> list[_native.Op]:
        ops = [self._op("linear_weight_gradient")]
        if self.start.wants_gradient:
            ops.append(self._op("linear_input_gradient", self.start.activation))
        return ops


class PoolLink(Link):
    def __post_init__(self) -> None:
        assert self.node is not None and isinstance(self.node.layer, AvgPool2d | MaxPool2d)
        self.layer = self.node.layer
        self.scratch = -1
        if self.layer.step != self.layer.kernel_size:
            _, height, width = self.start.image_shape
            self.scratch = self.memory.scratch.take(height * width) * self.memory.rows

    def _op(self, kernel: str, activation: str) -> _native.Op:
        op = self.op(kernel, activation)
        op.kernel_size, op.stride, op.scratch = self.layer.kernel_size, self.layer.step, self.scratch
        is_average = isinstance(self.layer, AvgPool2d)
        op.pooling = _native.Pooling.average if is_average else _native.Pooling.maximum
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("pool2d_forward", self.end.activation)]

    def backward(self) -> list[_native.Op]:
        return [self._op("pool2d_backward", self.start.activation)] if self.start.wants_gradient else []


class NormLink(Link):
    def __post_init__(self) -> None:
        assert self.node is not None and isinstance(self.node.layer, BatchNorm)
        self.layer = self.node.layer
        self.size = self.start.size if self.flat else self.start.shape[0]
        self.statistics = self.memory.layout.numbers.take(2 * self.size)

    def _op(self, kernel: str, activation: str) -> _native.Op:
        op = self.op(kernel, activation)
        op.weight, op.bias = self.parameter("weight"), self.parameter("bias")
        op.gradient, op.bias_gradient = op.weight, op.bias
        op.packed, op.scratch, op.size = self.parameter("running_mean"), self.statistics, self.size
        op.a, op.b, op.c = self.layer.eps, self.layer.momentum, float(self.layer.unbiased)
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("batchnorm_forward" if training else "batchnorm_evaluate", self.end.activation)]

    def backward(self) -> list[_native.Op]:
        return [self._op("batchnorm_backward", self.start.activation)]


class SoftmaxLink(Link):
    def __post_init__(self) -> None:
        self.end.can_activate = False

    def forward(self, training: bool) -> list[_native.Op]:
        return [self.op("softmax_forward")]

    def backward(self) -> list[_native.Op]:
        return [self.op("softmax_backward", self.start.activation)] if self.start.wants_gradient else []


LINKS: dict[type[Layer], type[Link]] = {
    Conv2d: ConvLink,
    Linear: LinearLink,
    AvgPool2d: PoolLink,
    MaxPool2d: PoolLink,
    BatchNorm: NormLink,
    Softmax: SoftmaxLink,
    Pad: CopyLink,
}
"""The link of each layer here; ``special_links`` adds the others."""
