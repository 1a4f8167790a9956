"""One update of one parameter by each optimizer."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from seedbed.engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from seedbed.engine.own import OwnOptimizer
from seedbed.engine.reference.module import Array


@dataclass
class Update:
    """What one update of one parameter is made of.

    Attributes
    ----------
    parameter : float64 array
        Changed in place.
    gradient : float64 array, same shape
    memory : dict of str to float64 array, same shape
        The optimizer's arrays by slot, changed in place.
    lr, decay : float
        Learning rate and weight decay.
    count : int
        Number of the step, from 1.
    """

    parameter: Array
    gradient: Array
    memory: dict[str, Array]
    lr: float
    decay: float
    count: int

    @property
    def decayed(self) -> Array:
        """The gradient with weight decay."""
        return self.gradient + self.decay * self.parameter


def _sgd(rule: SGD, update: Update) -> None:
    direction = update.decayed
    if rule.momentum > 0:
        velocity = update.memory["momentum"]
        np.add(rule.momentum * velocity, direction, out=velocity)
        direction = direction + rule.momentum * velocity if rule.nesterov else velocity
    update.parameter -= update.lr * direction


def _adagrad(rule: Adagrad, update: Update) -> None:
    direction, total = update.decayed, update.memory["sum"]
    total += direction**2
    lr = update.lr / (1 + (update.count - 1) * rule.lr_decay)
    update.parameter -= lr * direction / (np.sqrt(total) + rule.eps)


def _adadelta(rule: Adadelta, update: Update) -> None:
    direction, square, past = update.decayed, update.memory["square_avg"], update.memory["acc_delta"]
    _follow(square, direction**2, rule.rho)
    step = np.sqrt(past + rule.eps) / np.sqrt(square + rule.eps) * direction
    _follow(past, step**2, rule.rho)
    update.parameter -= update.lr * step


def _rmsprop(rule: RMSprop, update: Update) -> None:
    direction, square = update.decayed, update.memory["square_avg"]
    _follow(square, direction**2, rule.alpha)
    variance = square
    if rule.centered:
        mean = update.memory["grad_avg"]
        _follow(mean, direction, rule.alpha)
        variance = square - mean**2
    step = direction / (np.sqrt(variance) + rule.eps)
    if rule.momentum > 0:
        velocity = update.memory["momentum"]
        np.add(rule.momentum * velocity, step, out=velocity)
        step = velocity
    update.parameter -= update.lr * step


def _adam(rule: Adam, update: Update) -> None:
    direction = update.decayed
    if isinstance(rule, AdamW):
        direction = update.gradient
        update.parameter *= 1 - update.lr * update.decay
    mean, square = update.memory["exp_avg"], update.memory["exp_avg_sq"]
    _follow(mean, direction, rule.beta1)
    _follow(square, direction**2, rule.beta2)
    root = np.sqrt(square) / sqrt(1 - rule.beta2**update.count)
    update.parameter -= update.lr / (1 - rule.beta1**update.count) * mean / (root + rule.eps)


def own_step(rule: OwnOptimizer, update: Update) -> None:
    """A step of a user's own optimizer."""
    moved = rule.update(update.parameter.copy(), update.decayed, update.memory, update.lr, update.count)
    update.parameter[...] = moved


def _follow(average: Array, value: Array, keep: float) -> None:
    np.add(keep * average, (1 - keep) * value, out=average)


# Any: each rule takes its own kind of optimizer, which its key names.
RULES: dict[type[Optimizer], Callable[[Any, Update], None]] = {
    SGD: _sgd,
    Adagrad: _adagrad,
    Adadelta: _adadelta,
    RMSprop: _rmsprop,
    Adam: _adam,
    AdamW: _adam,
}
"""What takes a step with each kind of optimizer."""
