"""How far a correct engine may be from the reference: running error analysis.

Every value of a network is carried with a bound of its rounding error, layer by layer, forward and back, so that no
tolerance is chosen by hand. With unit roundoff u, a sum of k products is off by at most γ_k Σ|a||b| in any order, with
γ_k = k·u / (1 - k·u); for layers that are linear in their input (convolution, full connection, averages, borders)
Σ|a||b| is what the layer itself gives for absolute weights and values, its *twin*. If the input is off by e, then

    error ≤ (1 + γ_k)·twin(|x| + e) - twin(|x|).

Source: Higham (2002), "Accuracy and Stability of Numerical Algorithms", sections 3.1 and 3.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy
from seedbed.engine.reference.activations import ReLU, Sigmoid, Softmax, Tanh
from seedbed.engine.reference.batchnorm import BatchNorm
from seedbed.engine.reference.engine import ReferenceSession
from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.pool2d import MaxPool2d
from seedbed.engine.reference.windows import add_windows, take_windows

FLOAT32, FLOAT64 = 2.0**-24, 2.0**-53
_FUNCTION = 16
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


class Layer:
    """A layer that is linear in its input; the others override both rules."""

    def __init__(self, module: Module, twin: Module, unit: float) -> None:
        self.module, self.twin, self.unit = module, twin, unit

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        sized = self.module.parameters.get("weight")
        terms = sized[0].size + 2 if sized is not None else getattr(self.module, "size", 0) ** 2 + 1
        value = self.module.forward(x.value, training=True)
        low = self.twin.forward(np.abs(x.value), training=True)
        high = self.twin.forward(x.reach, training=True)
        return Bounded(value, high * (1 + gamma(terms, self.unit)) - low)

    def backward(self, g: Bounded) -> Bounded:
        value = self.module.backward(g.value)
        self.twin.forward(np.abs(self.x.value), training=True)
        low = self.twin.backward(np.abs(g.value))
        low_gradients = dict(self.twin.gradients)
        self.twin.forward(self.x.reach, training=True)
        high = self.twin.backward(g.reach)
        # A parameter gathers one term of every image and position, an input one of every output that it feeds.
        per_parameter = gamma(g.value.size // g.value.shape[1] + 2, self.unit)
        per_input = gamma(g.value[0].size + 2, self.unit)
        self.gradients = {
            key: Bounded(self.module.gradients[key], grown * (1 + per_parameter) - low_gradients[key])
            for key, grown in self.twin.gradients.items()
        }
        return Bounded(value, high * (1 + per_input) - low)


class MaxPoolLayer(Layer):
    """Any pixel that may be the largest of its window may get the gradient."""

    module: MaxPool2d

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        largest_error = take_windows(x.error, self.module.size, self.module.stride).max(axis=(4, 5))
        return Bounded(self.module.forward(x.value, training=True), largest_error)

    def backward(self, g: Bounded) -> Bounded:
        self.gradients: dict[str, Bounded] = {}
        high = take_windows(self.x.value + self.x.error, self.module.size, self.module.stride)
        low = take_windows(self.x.value - self.x.error, self.module.size, self.module.stride)
        candidate = high >= low.max(axis=(4, 5), keepdims=True)
        contested = candidate.sum(axis=(4, 5), keepdims=True) > 1
        reach, own = g.reach[..., None, None], g.error[..., None, None]
        error, total = np.zeros_like(self.x.value), np.zeros_like(self.x.value)
        add_windows(error, candidate * np.where(contested, reach, own), self.module.stride)
        add_windows(total, candidate * reach, self.module.stride)
        return Bounded(self.module.backward(g.value), error + gamma(self.module.size**2, self.unit) * total)


class ReLULayer(Layer):
    """Where the sign of z is in doubt, the gradient may pass or not."""

    def forward(self, x: Bounded) -> Bounded:
        self.x = x
        return Bounded(self.module.forward(x.value, training=True), x.error)

    def backward(self, g: Bounded) -> Bounded:
        self.gradients = {}
        in_doubt = np.abs(self.x.value) <= self.x.error
        return Bounded(self.module.backward(g.value), np.where(in_doubt, g.reach, g.error * (self.x.value > 0)))


class SmoothLayer(Layer):
    """tanh and sigmoid: slope·error forward; back, the derivative is a polynomial of the result y."""

    def forward(self, x: Bounded) -> Bounded:
        value = self.module.forward(x.value, training=True)
        if isinstance(self.module, Tanh):
            self.y = Bounded(value, x.error + _FUNCTION * self.unit * np.abs(value))
        else:
            self.y = Bounded(value, x.error / 4 + _FUNCTION * self.unit)
        return self.y

    def backward(self, g: Bounded) -> Bounded:
        self.gradients = {}
        y, e = self.y.value, self.y.error
        if isinstance(self.module, Tanh):
            slope = Bounded(1 - y**2, 2 * np.abs(y) * e + e**2 + 3 * self.unit)
        else:
            slope = Bounded(y * (1 - y), e + e**2 + 3 * self.unit * y)
        result = product(g, slope)
        return Bounded(self.module.backward(g.value), result.error + 2 * self.unit * g.reach * slope.reach)


class SoftmaxLayer(Layer):
    def forward(self, x: Bounded) -> Bounded:
        value = self.module.forward(x.value, training=True)
        self.y = Bounded(value, softmax_error(value, x, self.unit))
        return self.y

    def backward(self, g: Bounded) -> Bounded:
        self.gradients = {}
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
    relative = np.expm1(2 * argument) + gamma(value.shape[1] + 2 * _FUNCTION, unit)
    # float32 has no numbers far below 1e-38.
    error: Array = value * relative + 1e-37
    return error


class BatchNormLayer(Layer):
    """Mean and variance carry their own errors; the variance is that of the deviations from the mean."""

    module: BatchNorm
    training = True

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
    Tanh: SmoothLayer,
    Sigmoid: SmoothLayer,
    Softmax: SoftmaxLayer,
    BatchNorm: BatchNormLayer,
}


def exact(value: Array) -> Bounded:
    return Bounded(value, np.zeros_like(value))


@dataclass
class Analysis:
    """What one training step, and one evaluation before it, must give, each with a bound.

    Attributes
    ----------
    outputs : in evaluation mode, before the step
    loss : mean of the batch
    fewest_wrong, most_wrong : images of the batch; outputs that are nearly equal may go either way
    gradients, buffers : by full name, after the step
    """

    outputs: Bounded
    loss: Bounded
    fewest_wrong: int
    most_wrong: int
    gradients: dict[str, Bounded]
    buffers: dict[str, Bounded]


def analyse(plan: Plan, state: dict[str, Any], images: Any, labels: Any, unit: float) -> Analysis:
    """Run the reference on one batch and bound the error of any engine with this unit roundoff."""
    outputs, _ = _forward(plan, state, images, unit, training=False)
    trained, layers = _forward(plan, state, images, unit, training=True)
    loss, g = _loss(plan, trained, labels, unit)
    gradients: dict[str, Bounded] = {}
    for name, layer in reversed(layers.items()):
        g = layer.backward(g)
        gradients |= {f"{name}.{key}": b for key, b in layer.gradients.items()}
    buffers = {
        f"{name}.{key}": b
        for name, layer in layers.items()
        if isinstance(layer, BatchNormLayer)
        for key, b in layer.buffers.items()
    }
    high, low = trained.value + trained.error, trained.value - trained.error
    chosen, rest = np.arange(len(labels)), np.arange(plan.network.classes) != np.asarray(labels)[:, None]
    surely_right = low[chosen, labels] > np.where(rest, high, -np.inf).max(axis=1)
    surely_wrong = high[chosen, labels] < np.where(rest, low, -np.inf).max(axis=1)
    fewest, most = int(surely_wrong.sum()), int(len(labels) - surely_right.sum())
    return Analysis(outputs, loss, fewest, most, gradients, buffers)


def _forward(
    plan: Plan, state: dict[str, Any], images: Any, unit: float, training: bool
) -> tuple[Bounded, dict[str, Layer]]:
    real = ReferenceSession(plan, state)
    twins = ReferenceSession(plan, {key: np.abs(array) for key, array in state.items()})
    scale, shift = (a.astype(np.float64)[:, None, None] for a in (plan.scale, plan.shift))
    error = gamma(2, unit) * (np.abs(images * scale) + np.abs(shift))
    x, layers = Bounded(images * scale + shift, error), {}
    for name, module in real.modules.items():
        layers[name] = RULES.get(type(module), Layer)(module, twins.modules[name], unit)
        if isinstance(layers[name], BatchNormLayer):
            layers[name].training = training
        x = layers[name].forward(x)
    return x, layers


def _loss(plan: Plan, outputs: Bounded, labels: Any, unit: float) -> tuple[Bounded, Bounded]:
    n, classes = outputs.value.shape
    values, gradient = plan.loss.values(outputs.value, labels), plan.loss.gradient(outputs.value, labels)
    if isinstance(plan.loss, CrossEntropy):
        answer = np.exp(outputs.value - outputs.value.max(axis=1, keepdims=True))
        answer /= answer.sum(axis=1, keepdims=True)
        span = np.ptp(outputs.value, axis=1)
        error = 2 * outputs.error.max(axis=1) + gamma(classes + 3 * _FUNCTION, unit) * (span + 1)
        slope_error = softmax_error(answer, outputs, unit) / n
    else:
        factor = plan.loss.scale(classes)
        target = np.eye(classes)[labels]
        distance = Bounded(outputs.value - target, outputs.error)
        square = product(distance, distance)
        error = factor * (square.error + gamma(classes + 4, unit) * square.reach).sum(axis=1)
        slope_error = 2 * factor * outputs.error / n
    slope_error = slope_error + gamma(5, unit) * (np.abs(gradient) + slope_error)
    mean = Bounded(
        values.mean(keepdims=True), (error + gamma(n + 2, unit) * (np.abs(values) + error)).mean(keepdims=True)
    )
    return mean, Bounded(gradient, slope_error)
