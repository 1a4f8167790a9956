"""Links of convolutions, alone or with the max pooling behind them."""

from seedbed.engine.native import _native
from seedbed.engine.native.layout import Storage, align
from seedbed.engine.native.links import Link
from seedbed.engine.native.methods import choose_method
from seedbed.network import Conv2d

_FULL = 0.95
"""Lane groups with fewer images than this share take images one by one, with vectors over channels."""
_LONG_SUM = 128
"""Terms of a sum that repay transposing it back into lanes."""
_MANY_RESULTS, _MANY_INPUTS = 32, 8
"""Channels for which a weight gradient runs over channels: many inputs repay transposing the gradient."""


def can_vectorise_channels(terms: float, results: int) -> bool:
    """Whether a convolution with sums of so many terms can take images one by one, and repays it."""
    return results % _native.VECTOR_CHANNELS == 0 and terms >= _LONG_SUM


class ConvLink(Link):
    """A convolution; ``pool`` 2 if the largest of each 2 × 2 results are the end."""

    pool = 1

    def __post_init__(self) -> None:
        assert self.node is not None and isinstance(self.node.layer, Conv2d)
        self.layer = self.node.layer
        self.minimal = None if self.memory.direct else choose_method(self.layer, self.start.image_shape, self.pool)
        channels, window = self.start.shape[0], self.layer.kernel_size**2
        weights = packed = self.layer.out_channels * channels * window
        if self.minimal:
            packed = self.minimal.packed_floats(self.layer, channels)
        else:
            self.start.border_x = max(self.start.border_x, self.layer.padding)
            if self.start.wants_gradient:
                self._reach_beyond_edges()
        self.packed = self.memory.layout.numbers.take(packed)
        self.packed_back = self.memory.layout.numbers.take(packed) if self.start.wants_gradient else -1
        self.size = align(weights + (self.layer.out_channels if self.layer.bias else 0))
        self.partial = self.memory.partials.take(self.size)
        self.forward_over_channels = self._over_channels(channels, self.layer.out_channels)
        self.back_over_channels = self.layer.stride == 1 and self._over_channels(self.layer.out_channels, channels)
        self.gradient_over_channels = self.layer.out_channels >= _MANY_RESULTS and channels >= _MANY_INPUTS
        connected = self.layer.connections(channels)
        self.table = -1 if connected is None else self.memory.constant(connected)
        self.connected = -1 if connected is None else self.memory.layout.numbers.take(weights)

    def _over_channels(self, terms: int, results: int) -> bool:
        """Whether empty lanes cost more than transposing results back into lanes."""
        is_sparse = self.memory.images < _FULL * self.memory.rows
        return is_sparse and can_vectorise_channels(terms * self.layer.kernel_size**2, results)

    def _reach_beyond_edges(self) -> None:
        border = _native.gradient_border(self.layer.kernel_size, self.layer.padding)
        self.end.border_x = max(self.end.border_x, border)

    def _op(self, kernel: str, activation: str = "none") -> _native.Op:
        op = self.op(kernel, activation)
        op.kernel_size, op.stride, op.padding = self.layer.kernel_size, self.layer.stride, self.layer.padding
        op.weight, op.bias = self.parameter("weight"), self.parameter("bias")
        op.gradient, op.bias_gradient = op.weight, op.bias
        op.packed, op.scratch = self.packed, self.packed_back
        op.partial, op.size = self.partial * _native.MAX_SLOTS, self.size
        op.pool = self.pool
        if self.minimal:
            op.tile, op.tiles = self.minimal.tile, self.minimal.tiles
        return op

    def _computing_op(self, what: str, activation: str = "none") -> _native.Op:
        """By the way that was chosen."""
        return self._op(f"{'minimal' if self.minimal else 'conv2d'}_{what}", activation)

    def _table_op(self, kernel: str) -> _native.Op:
        op = self._op(kernel)
        op.packed, op.scratch = self.connected, self.table
        return op

    def connect(self) -> list[_native.Op]:
        return [self._table_op("conv2d_connect")] if self.table >= 0 else []

    def prepare(self) -> list[_native.Op]:
        pack = self._computing_op("pack")
        pack.over_channels, pack.back_over_channels = self.forward_over_channels, self.back_over_channels
        if self.table >= 0:
            pack.weight = self.connected
        return [pack]

    def forward(self, training: bool) -> list[_native.Op]:
        op = self._computing_op("forward", self.end.activation)
        op.over_channels = self.forward_over_channels
        return [op]

    def backward(self) -> list[_native.Op]:
        weights = self._computing_op("weight_gradient")
        weights.over_channels = self.gradient_over_channels
        ops = [weights]
        if self.table >= 0:
            ops.append(self._table_op("conv2d_disconnect"))
        if self.start.wants_gradient:
            values = self._computing_op("input_gradient", self.start.activation)
            values.over_channels = self.back_over_channels
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
