"""Rules by which each kind of layer carries values and gradients with their bounds."""

from collections.abc import Callable
from typing import Any

import numpy as np
from bounded import FUNCTION, Bounded, Layer, exact, gamma, product

from seedbed.engine.reference.activations import GELU, LeakyReLU, ReLU, ScaledTanh, Sigmoid, SiLU, Softmax, Tanh
from seedbed.engine.reference.batchnorm import BatchNorm
from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.pool2d import MaxPool2d
from seedbed.engine.reference.rbf import RBF
from seedbed.engine.reference.response_norm import LocalResponseNorm


class MaxPoolLayer(Layer):
    """Any pixel that may be the largest of its window may get the gradient."""

    module: MaxPool2d

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        largest_error = self.module.windows(x.error, 0).max(axis=(4, 5))
        return Bounded(self.module.forward(x.value, training=True), largest_error)

    def backward(self, g: Bounded) -> Bounded:
        high = self.module.windows(self.x.value + self.x.error, -np.inf)
        low = self.module.windows(self.x.value - self.x.error, -np.inf)
        candidate = high >= low.max(axis=(4, 5), keepdims=True)
        contested = candidate.sum(axis=(4, 5), keepdims=True) > 1
        reach, own = g.reach[..., None, None], g.error[..., None, None]
        error = self.module.spread(candidate * np.where(contested, reach, own))
        total = self.module.spread(candidate * reach)
        return Bounded(self.module.backward(g.value), error + gamma(self.module.size**2, self.unit) * total)


class ReLULayer(Layer):
    """Where the sign of z is in doubt, the gradient may pass or not; a leaky one lets a share of it pass."""

    module: ReLU | LeakyReLU

    def __init__(self, module: ReLU | LeakyReLU, twin: Module, unit: float) -> None:
        super().__init__(module, twin, unit)
        self.slope = module.slope if isinstance(module, LeakyReLU) else 0.0
        self.rounding = unit if self.slope else 0.0

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        value = self.module.forward(x.value, training=True)
        return Bounded(value, x.error * max(1, self.slope) + self.rounding * x.reach * self.slope)

    def backward(self, g: Bounded) -> Bounded:
        in_doubt = np.abs(self.x.value) <= self.x.error
        factor = np.where(self.x.value > 0, 1.0, self.slope)
        surely = g.error * factor + self.rounding * g.reach * self.slope
        return Bounded(self.module.backward(g.value), np.where(in_doubt, g.reach * max(1, self.slope), surely))


class SmoothLayer(Layer):
    """tanh, its scaled form and sigmoid: slope·error forward; back, the derivative is a polynomial of the result y."""

    def forward(self, x: Bounded) -> Bounded:
        value = self.module.forward(x.value, training=True)
        if isinstance(self.module, Sigmoid):
            self.y = Bounded(value, x.error / 4 + FUNCTION * self.unit)
        else:
            a, b = self._scale()
            # The product with b rounds once, which moves tanh by at most half its argument's share.
            self.y = Bounded(value, a * b * x.error + (FUNCTION + 3) * self.unit * np.abs(value))
        return self.y

    def backward(self, g: Bounded) -> Bounded:
        y, e = self.y.value, self.y.error
        if isinstance(self.module, Sigmoid) and self.module.gradient == "tanh":
            slope = Bounded(1 - y**2, 2 * y * e + e**2 + 3 * self.unit)
        elif isinstance(self.module, Sigmoid):
            slope = Bounded(y * (1 - y), e + e**2 + 3 * self.unit * y)
        else:
            a, b = self._scale()
            slope = Bounded(b * (a - y**2 / a), b / a * (2 * np.abs(y) * e + e**2) + 6 * self.unit * a * b)
        result = product(g, slope)
        return Bounded(self.module.backward(g.value), result.error + 2 * self.unit * g.reach * slope.reach)

    def _scale(self) -> tuple[float, float]:
        """a and b of a·tanh(b·z)."""
        return (self.module.a, self.module.b) if isinstance(self.module, ScaledTanh) else (1.0, 1.0)


class GatedLayer(Layer):
    """silu and gelu, z·s(z) with 0 < s < 1: their first derivative stays below 1.13, their second below 0.8.

    Back, ds/dz·z is below 0.5 and carries the rounding of two functions.
    """

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        value = self.module.forward(x.value, training=True)
        return Bounded(value, 1.13 * x.error + (FUNCTION + 2) * self.unit * x.reach)

    def backward(self, g: Bounded) -> Bounded:
        slope = self.module.backward(np.ones_like(g.value))
        error = 0.8 * self.x.error + (2 * FUNCTION + 8) * self.unit * (1 + self.x.reach)
        result = product(g, Bounded(slope, error))
        return Bounded(self.module.backward(g.value), result.error + 2 * self.unit * result.reach)


class RBFLayer(Layer):
    """Sums of squared distances."""

    module: RBF

    def forward(self, x: Bounded) -> Bounded:
        value = self.module.forward(x.value, training=True)
        difference = x.value[:, np.newaxis, :] - self.module.buffers["centers"]
        self.d = Bounded(difference, np.broadcast_to(x.error[:, np.newaxis, :], difference.shape))
        self.d.error = self.d.error + self.unit * self.d.reach
        square = product(self.d, self.d)
        error: Array = (square.error + gamma(difference.shape[2] + 2, self.unit) * square.reach).sum(axis=2)
        return Bounded(value, error)

    def backward(self, g: Bounded) -> Bounded:
        each = product(Bounded(g.value[:, :, np.newaxis], g.error[:, :, np.newaxis]), self.d)
        error = 2 * (each.error + gamma(g.value.shape[1] + 4, self.unit) * each.reach).sum(axis=1)
        return Bounded(self.module.backward(g.value), error)


class ResponseNormLayer(Layer):
    """s = k + alpha/size·Σx² is a sum without cancellation; a power of it turns relative errors into relative ones."""

    module: LocalResponseNorm

    def forward(self, x: Bounded) -> Bounded:
        self.x, module = x, self.module
        value = module.forward(x.value, training=True)
        squares = product(x, x)
        before, behind = module.size // 2, (module.size - 1) // 2
        over = module.alpha * module.neighbours(squares.error, before, behind)
        self.s = Bounded(module.s, over + gamma(module.size + 4, self.unit) * (module.s + over))
        self.power = self._power(module.beta)
        result = product(x, self.power)
        return Bounded(value, result.error + 2 * self.unit * result.reach)

    def backward(self, g: Bounded) -> Bounded:
        module = self.module
        each = product(product(g, self.x), self._power(module.beta + 1))
        each.error = each.error + 3 * self.unit * each.reach
        before, behind = (module.size - 1) // 2, module.size // 2
        gathered = gamma(module.size, self.unit) * each.reach
        shared = Bounded(
            module.neighbours(each.value, before, behind), module.neighbours(each.error + gathered, before, behind)
        )
        factor = 2 * module.alpha * module.beta
        own, others = product(g, self.power), product(self.x, shared)
        error = own.error + factor * others.error + 6 * self.unit * (own.reach + factor * others.reach)
        return Bounded(module.backward(g.value), error)

    def _power(self, exponent: float) -> Bounded:
        """s^-exponent, with the logarithm's rounding grown by its size."""
        value = self.s.value**-exponent
        relative = self.s.error / self.s.value + self.unit * (1 + np.abs(np.log(self.s.value)))
        return Bounded(value, value * (np.expm1(2 * exponent * relative) + FUNCTION * self.unit))


class SoftmaxLayer(Layer):
    def forward(self, x: Bounded) -> Bounded:
        value = self.module.forward(x.value, training=True)
        self.y = Bounded(value, softmax_error(value, x, self.unit))
        return self.y

    def backward(self, g: Bounded) -> Bounded:
        terms = g.value.shape[1] + 2
        each = product(g, self.y)
        mean = Bounded(
            each.value.sum(axis=1, keepdims=True),
            (each.error + gamma(terms, self.unit) * each.reach).sum(axis=1, keepdims=True),
        )
        rest = Bounded(g.value - mean.value, g.error + mean.error + 2 * self.unit * (g.reach + mean.reach))
        result = product(self.y, rest)
        return Bounded(result.value, result.error + 2 * self.unit * result.reach)


def softmax_error(value: Array, x: Bounded, unit: float) -> Array:
    """exp(z - max) turns an absolute error of its argument into a relative one, twice: above and below the line."""
    span = x.value.max(axis=1, keepdims=True) - x.value
    argument = 2 * x.error.max(axis=1, keepdims=True) + unit * (span.max(axis=1, keepdims=True) + 1)
    relative = np.expm1(2 * argument) + gamma(value.shape[1] + 2 * FUNCTION, unit)
    # float32 has no numbers far below 1e-38.
    error: Array = value * relative + 1e-37
    return error


class BatchNormLayer(Layer):
    """Mean and variance carry their own errors; the variance is that of the deviations from the mean."""

    module: BatchNorm

    def forward(self, x: Bounded) -> Bounded:
        module, unit = self.module, self.unit
        old = dict(module.buffers)
        value = module.forward(x.value, self.training)
        self.axes, self.count = module.axes, x.value.size // x.value.shape[1]
        mean, var = self._statistics(x) if self.training else (exact(old["running_mean"]), exact(old["running_var"]))
        d = Bounded(x.value - self._spread(mean.value), x.error + self._spread(mean.error))
        d.error = d.error + unit * d.reach
        lowest = np.maximum(var.value - var.error, 0)
        inverse = 1 / np.sqrt(var.value + module.eps)
        self.inverse = Bounded(inverse, (1 + gamma(4, unit)) / np.sqrt(lowest + module.eps) - inverse)
        self.normal = product(d, self._spread_both(self.inverse))
        self.normal.error = self.normal.error + gamma(3, unit) * self.normal.reach
        self._follow(old, mean, var)
        weight, bias = (self._spread(np.abs(module.parameters[key])) for key in ("weight", "bias"))
        return Bounded(value, weight * self.normal.error + gamma(5, unit) * (weight * self.normal.reach + bias))

    def backward(self, g: Bounded) -> Bounded:
        value = self.module.backward(g.value)
        unit, gathered = self.unit, gamma(self.count + 3, self.unit)
        each = product(g, self.normal)
        sums = {"bias": g, "weight": each}
        self.gradients = {
            key: Bounded(self.module.gradients[key], (b.error + gathered * b.reach).sum(axis=self.axes))
            for key, b in sums.items()
        }
        along_mean, along_std = (
            Bounded(self._spread(b.value / self.count), self._spread(b.error / self.count))
            for b in (self.gradients["bias"], self.gradients["weight"])
        )
        slope = product(self.normal, along_std)
        if not self.training:
            along_mean = slope = exact(np.zeros(1))
        rest = Bounded(g.value - along_mean.value - slope.value, g.error + along_mean.error + slope.error)
        rest.error = rest.error + gamma(5, unit) * (g.reach + along_mean.reach + slope.reach)
        weight = exact(self._spread(self.module.parameters["weight"]))
        result = product(product(weight, self._spread_both(self.inverse)), rest)
        return Bounded(value, result.error + gamma(4, unit) * result.reach)

    def _statistics(self, x: Bounded) -> tuple[Bounded, Bounded]:
        gathered = gamma(self.count + 2, self.unit)
        mean = Bounded(x.value.mean(axis=self.axes), (x.error + gathered * x.reach).mean(axis=self.axes))
        d = Bounded(x.value - self._spread(mean.value), x.error + self._spread(mean.error))
        d.error = d.error + self.unit * d.reach
        square = product(d, d)
        return mean, Bounded(
            square.value.mean(axis=self.axes), (square.error + gathered * square.reach).mean(axis=self.axes)
        )

    def _follow(self, old: dict[str, Array], mean: Bounded, var: Bounded) -> None:
        momentum = self.module.momentum
        if self.module.unbiased and self.count > 1:
            ratio = self.count / (self.count - 1)
            var = Bounded(var.value * ratio, (var.error + gamma(3, self.unit) * var.reach) * ratio)
        self.buffers = {}
        for key, new in (("running_mean", mean), ("running_var", var)):
            total = (1 - momentum) * np.abs(old[key]) + momentum * new.reach
            error = momentum * new.error + gamma(4, self.unit) * total
            self.buffers[key] = Bounded(self.module.buffers[key], error)

    def _spread(self, per_channel: Array) -> Array:
        return per_channel.reshape(1, -1, *[1] * (len(self.axes) - 1))

    def _spread_both(self, b: Bounded) -> Bounded:
        return Bounded(self._spread(b.value), self._spread(b.error))


RULES: dict[type[Module], Callable[[Any, Any, float], Layer]] = {
    MaxPool2d: MaxPoolLayer,
    ReLU: ReLULayer,
    LeakyReLU: ReLULayer,
    Tanh: SmoothLayer,
    ScaledTanh: SmoothLayer,
    Sigmoid: SmoothLayer,
    SiLU: GatedLayer,
    GELU: GatedLayer,
    Softmax: SoftmaxLayer,
    RBF: RBFLayer,
    BatchNorm: BatchNormLayer,
    LocalResponseNorm: ResponseNormLayer,
}
"""Layers that are not linear in their input."""
