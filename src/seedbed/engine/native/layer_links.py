"""Links of linear layers, pooling, batch norm and softmax."""

from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, align
from seedbed.engine.native.links import Link
from seedbed.network import AvgPool2d, BatchNorm, MaxPool2d


class LinearLink(Link):
    def __post_init__(self) -> None:
        # An odd number of vectors between rows spreads them over the sets of the cache.
        self.size = align(self.start.size) | LANES
        self.rows = self.memory.scratch.take(self.size) * self.memory.rows

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
        op.eps, op.momentum, op.unbiased = self.layer.eps, self.layer.momentum, self.layer.unbiased
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
