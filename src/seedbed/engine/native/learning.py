"""The part of a program that learns: loss, clipping, update and averages."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import AVERAGE, Plan
from seedbed.engine.losses import MSE, CrossEntropy, Hinge, Score, SquaredHinge
from seedbed.engine.native import _native
from seedbed.engine.native.layout import SharedLayout, Storage
from seedbed.engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from seedbed.errors import EngineError


@dataclass
class Learning:
    """What a plan learns by, and where its numbers lie.

    Attributes
    ----------
    decay, average : int
        Offsets into the shared floats of the weight decay of each number and of the averages, laid out like the
        parameters; -1 if the plan has none.
    squares : int
        Offset into the shared floats of the parts of the gradients' sum of squares; -1 without clipping.
    class_weights : int
        Offset into the shared floats of the weights of classes; -1 without.
    """

    plan: Plan
    layout: SharedLayout
    decay: int = field(default=-1, init=False)
    average: int = field(default=-1, init=False)
    squares: int = field(default=-1, init=False)
    class_weights: int = field(default=-1, init=False)

    def __post_init__(self) -> None:
        numbers, trainable = self.layout.numbers, self.layout.trainable
        if self.plan.decay:
            self.decay = numbers.take(trainable)
        if self.plan.average is not None:
            self.average = numbers.take(trainable)
        if self.plan.clip_norm is not None:
            self.squares = numbers.take(_native.PARTS)
        if self.plan.class_weights is not None:
            self.class_weights = numbers.take(self.plan.network.classes)

    @property
    def constants(self) -> dict[int, NDArray[np.float32]]:
        """Numbers that never change, by their offset into the shared floats."""
        return {} if self.plan.class_weights is None else {self.class_weights: self.plan.class_weights}

    @property
    def memory_size(self) -> int:
        """Floats of the optimizer's memory: its arrays one behind the other, each laid out like the parameters."""
        return len(self.plan.optimizer.slots) * self.layout.trainable

    def memory_offset(self, key: str, slot: str) -> int:
        """Where the array of a parameter lies: ``average`` in the shared floats, the others in the memory."""
        if slot == AVERAGE:
            return self.average + self.layout.offset(key)
        return self.plan.optimizer.slots.index(slot) * self.layout.trainable + self.layout.offset(key)

    def loss(self, outputs: Storage) -> _native.Op:
        """The operation that puts the gradient in the place of the outputs."""
        op, loss, kinds = _native.Op("loss"), self.plan.loss, _native.LossKind
        op.input = outputs.view(flat=True)
        op.activation = getattr(_native.Activation, outputs.activation)
        op.is_sum, op.weight = loss.is_sum, self.class_weights
        match loss:
            case CrossEntropy():
                op.loss, op.smoothing = kinds.cross_entropy, loss.label_smoothing
            case MSE():
                op.loss, op.factor = kinds.squared, loss.scale(self.plan.network.classes)
            case Hinge():
                op.loss = kinds.squared_hinge if isinstance(loss, SquaredHinge) else kinds.hinge
                op.factor = loss.C
            case Score():
                op.loss = kinds.score
            case _:
                raise EngineError(f"engine 'native' lacks the loss '{loss.notation}'. Use engine 'reference'.")
        return op

    def updates(self) -> list[_native.Op]:
        """What follows the backward pass, each behind a barrier."""
        if self.layout.trainable == 0:
            return []
        update = _update(self.plan.optimizer)
        update.weight, update.weight_decay = 0, self.plan.optimizer.weight_decay
        update.decay, update.average, update.squares = self.decay, self.average, self.squares
        ops = [update]
        if self.plan.average is not None:
            update.keep = self.plan.average
        if self.plan.clip_norm is not None:
            update.clip_norm = self.plan.clip_norm
            squares = _native.Op("squares")
            squares.squares = self.squares
            ops.insert(0, squares)
        for op in ops:
            op.gradient, op.size = 0, self.layout.trainable
        return ops

    def read_averages(self, ops: Iterable[_native.Op]) -> list[_native.Op]:
        """The same operations on the averages, if the plan has them; only parameters lie below ``trainable``."""
        ops = list(ops)
        if self.plan.average is not None:
            for op in ops:
                if 0 <= op.weight < self.layout.trainable:
                    op.weight += self.average
                if 0 <= op.bias < self.layout.trainable:
                    op.bias += self.average
        return ops


def _update(optimizer: Optimizer) -> _native.Op:
    """The kernel of an optimizer and its constants."""
    match optimizer:
        case SGD():
            op = _native.Op("sgd")
            op.momentum, op.nesterov = optimizer.momentum, optimizer.nesterov
        case Adagrad():
            op = _native.Op("adagrad")
            op.eps, op.lr_decay = optimizer.eps, optimizer.lr_decay
        case Adadelta():
            op = _native.Op("adadelta")
            op.beta2, op.eps = optimizer.rho, optimizer.eps
        case RMSprop():
            op = _native.Op("rmsprop")
            op.beta2, op.eps = optimizer.alpha, optimizer.eps
            op.momentum, op.centered = optimizer.momentum, optimizer.centered
        case Adam():
            op = _native.Op("adam")
            op.beta1, op.beta2, op.eps = optimizer.beta1, optimizer.beta2, optimizer.eps
            op.decoupled = isinstance(optimizer, AdamW)
        case _:
            raise EngineError(f"engine 'native' lacks the optimizer '{optimizer.notation}'. Use engine 'reference'.")
    return op
