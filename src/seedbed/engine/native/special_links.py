"""Links of the other layers, most of which keep their input to take the gradient from, and the table of all links."""

from dataclasses import dataclass
from math import floor, prod

from seedbed.engine.native import _native
from seedbed.engine.native.convolution_links import ConvLink
from seedbed.engine.native.layer_links import LinearLink, NormLink, PoolLink, SoftmaxLink
from seedbed.engine.native.layout import align
from seedbed.engine.native.links import CopyLink, Link
from seedbed.network import Layer, layers
from seedbed.philox import Stream


@dataclass
class _KeepingLink(Link):
    """What they share: one operation forward, one back, no activation of the end."""

    def __post_init__(self) -> None:
        self.end.can_activate = False

    def _op(self, direction: str, activation: str = "none") -> _native.Op:
        raise NotImplementedError

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("forward")]

    def backward(self) -> list[_native.Op]:
        return [self._op("backward", self.start.activation)] if self.start.wants_gradient else []


class FunctionLink(_KeepingLink):
    def _op(self, direction: str, activation: str = "none") -> _native.Op:
        assert self.node is not None
        op = self.op(f"function_{direction}", activation)
        op.function = getattr(_native.Function, self.node.layer.notation)
        if isinstance(self.node.layer, layers.LeakyReLU):
            op.slope = self.node.layer.negative_slope
        return op


class ResponseNormLink(_KeepingLink):
    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.node is not None and isinstance(self.node.layer, layers.LocalResponseNorm)
        self.layer = self.node.layer

    def _op(self, direction: str, activation: str = "none") -> _native.Op:
        op = self.op(f"response_norm_{direction}", activation)
        op.kernel_size = self.layer.size
        op.alpha, op.beta, op.k = self.layer.alpha / self.layer.size, self.layer.beta, self.layer.k
        return op


class RBFLink(_KeepingLink):
    def _op(self, direction: str, activation: str = "none") -> _native.Op:
        op = self.op(f"rbf_{direction}", activation)
        op.weight = self.parameter("centers")
        return op


class DropoutLink(_KeepingLink):
    """In evaluation there is nothing to do: the end lies where the start does, so its border must be the same."""

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.node is not None and isinstance(self.node.layer, layers.Dropout)
        self.layer = self.node.layer
        self.end.border_x = self.start.border_x
        # One bit per value: a float of each of sixteen images holds 32 values.
        self.size = align(-(-prod(self.end.shape) // 32))
        self.mask = self.memory.scratch.take(self.size) * self.memory.rows

    def settle(self) -> None:
        self.start.border_x = self.end.border_x

    def _op(self, direction: str, activation: str = "none") -> _native.Op:
        assert self.node is not None
        op = self.op(f"dropout_{direction}", activation)
        op.scratch, op.size, op.factor = self.mask, self.size, 1 / (1 - self.layer.p)
        op.threshold = floor(self.layer.p * 2**32)
        op.stream = Stream.DROPOUT + 256 * self.memory.layout.network.nodes.index(self.node)
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        if training:
            return super().forward(training)
        self.end.offset = self.start.offset
        return []


class SubsampleLink(Link):
    def __post_init__(self) -> None:
        assert self.node is not None and isinstance(self.node.layer, layers.Subsample)
        self.layer = self.node.layer
        self.size = align(2 * self.start.shape[0])
        self.partial = self.memory.partials.take(self.size)

    def _op(self, kernel: str, activation: str = "none") -> _native.Op:
        op = self.op(kernel, activation)
        op.kernel_size = self.layer.kernel_size
        op.weight, op.bias, op.gradient = self.parameter("weight"), self.parameter("bias"), self.parameter("weight")
        op.partial, op.size = self.partial * _native.MAX_SLOTS, self.size
        return op

    def forward(self, training: bool) -> list[_native.Op]:
        return [self._op("subsample_forward", self.end.activation)]

    def backward(self) -> list[_native.Op]:
        ops = [self._op("subsample_weight_gradient")]
        if self.start.wants_gradient:
            ops.append(self._op("subsample_input_gradient", self.start.activation))
        return ops

    def finish(self) -> list[_native.Op]:
        return [self._op("sum_slots")]


ALL_LINKS: dict[type[Layer], type[Link]] = {
    layers.Conv2d: ConvLink,
    layers.Linear: LinearLink,
    layers.AvgPool2d: PoolLink,
    layers.MaxPool2d: PoolLink,
    layers.BatchNorm: NormLink,
    layers.Softmax: SoftmaxLink,
    layers.Pad: CopyLink,
    layers.Subsample: SubsampleLink,
    layers.RBF: RBFLink,
    layers.LocalResponseNorm: ResponseNormLink,
    layers.Dropout: DropoutLink,
    layers.LeakyReLU: FunctionLink,
    layers.SiLU: FunctionLink,
    layers.GELU: FunctionLink,
}
"""The link of each layer; ``flatten`` and the other activations need none of their own."""
