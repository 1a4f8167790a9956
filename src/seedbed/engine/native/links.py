"""One link of a lowered network: the operations that lead from one storage to the next and back.

Here are what all links share and those that move values; ``layer_links``, ``convolution_links`` and ``special_links``
have those that compute.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, Numbers, SharedLayout, Storage
from seedbed.network import Node, Pad


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
    direct : bool
        Whether all convolutions are computed directly.
    partials : Numbers
        Gradients per slot, added up after the backward pass.
    scratch : Numbers
        Floats per image of a batch.
    constants : dict of int to float32 array
        Numbers that never change, by their offset into the shared floats.
    storages : list of Storage
        What links keep in the lane groups beside values.
    """

    layout: SharedLayout
    images: int
    groups: int
    direct: bool = False
    partials: Numbers = field(default_factory=Numbers)
    scratch: Numbers = field(default_factory=Numbers)
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
