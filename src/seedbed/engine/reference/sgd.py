"""Stochastic gradient descent."""

import numpy as np

from seedbed.engine.optimizers import SGD
from seedbed.engine.reference.module import Array


def take_step(rule: SGD, lr: float, parameter: Array, gradient: Array, velocity: Array | None) -> None:
    """Move one parameter against its gradient.

    g = gradient + weight_decay·w;  v ← momentum·v + g;  w ← w - lr·v, with Nesterov w ← w - lr·(g + momentum·v).

    Parameters
    ----------
    parameter : float64 array
        Changed in place.
    velocity : float64 array, same shape, or None without momentum
        Changed in place; all zeros before the first step.

    Source: Sutskever et al. (2013), in the form that PyTorch gives it.
    """
    direction = gradient + rule.weight_decay * parameter
    if velocity is not None:
        np.add(rule.momentum * velocity, direction, out=velocity)
        direction = direction + rule.momentum * velocity if rule.nesterov else velocity
    parameter -= lr * direction
