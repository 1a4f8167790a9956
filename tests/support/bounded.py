"""How far a correct engine may be from the reference: running error analysis.

Every value of a network is carried with a bound of its rounding error, layer by layer, forward and back, so that no
tolerance is chosen by hand. With unit roundoff u, a sum of k products is off by at most γ_k Σ|a||b| in any order, with
γ_k = k·u / (1 - k·u); for layers that are linear in their input (convolution, full connection, averages, borders)
Σ|a||b| is what the layer itself gives for absolute weights and values, its *twin*. If the input is off by e, then

    error ≤ (1 + γ_k)·twin(|x| + e) - twin(|x|).

Source: Higham (2002), "Accuracy and Stability of Numerical Algorithms", sections 3.1 and 3.3.
"""

from dataclasses import dataclass

import numpy as np

from seedbed.engine.reference.module import Array, Module

FLOAT32, FLOAT64 = 2.0**-24, 2.0**-53
FUNCTION = 16
"""exp, log, tanh and sigmoid may be off by 8 ulp = 16 u, the sigmoid of its largest value 1."""


def gamma(terms: int, unit: float) -> float:
    """Bound of the relative error of a sum of products."""
    return terms * unit / (1 - terms * unit)


@dataclass
class Bounded:
    """A value and how far an engine may be from it."""

    value: Array
    error: Array

    @property
    def reach(self) -> Array:
        """Largest magnitude that the computed value may have."""
        reach: Array = np.abs(self.value) + self.error
        return reach


def product(a: Bounded, b: Bounded) -> Bounded:
    """a·b without the rounding of the product itself."""
    return Bounded(a.value * b.value, a.reach * b.reach - np.abs(a.value * b.value))


def exact(value: Array) -> Bounded:
    return Bounded(value, np.zeros_like(value))


class Layer:
    """A layer that is linear in its input; the others override both rules."""

    training = True

    def __init__(self, module: Module, twin: Module, unit: float) -> None:
        self.module, self.twin, self.unit = module, twin, unit
        self.gradients: dict[str, Bounded] = {}
        self.buffers = {key: exact(array) for key, array in module.buffers.items()}

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        value = self.module.forward(x.value, self.training)
        low = self.twin.forward(np.abs(x.value), self.training)
        high = self.twin.forward(x.reach, self.training)
        return Bounded(value, high * (1 + gamma(self._terms(), self.unit)) - low)

    def backward(self, g: Bounded) -> Bounded:
        value = self.module.backward(g.value)
        self.twin.forward(np.abs(self.x.value), self.training)
        low = self.twin.backward(np.abs(g.value))
        low_gradients = dict(self.twin.gradients)
        self.twin.forward(self.x.reach, self.training)
        high = self.twin.backward(g.reach)
        # A parameter gathers one term of every image and position, an input one of every output that it feeds.
        per_parameter = gamma(g.value.size // g.value.shape[1] + self._window() + 2, self.unit)
        per_input = gamma(g.value[0].size + 2, self.unit)
        self.gradients = {
            key: Bounded(self.module.gradients[key], grown * (1 + per_parameter) - low_gradients[key])
            for key, grown in self.twin.gradients.items()
        }
        return Bounded(value, high * (1 + per_input) - low)

    def _window(self) -> int:
        """Pixels of a window."""
        return getattr(self.module, "size", 0) ** 2

    def _terms(self) -> int:
        """Numbers that one output is made of, with a scale and a bias."""
        weight = self.module.parameters.get("weight")
        return self._window() + 3 if weight is None or weight.ndim == 1 else weight[0].size + 2
