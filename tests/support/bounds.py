"""What one training step must give, and how far a correct engine may be from it: see ``bounded``."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bounded import FLOAT32, FLOAT64, FUNCTION, Bounded, Layer, gamma, product
from bounded_layers import RULES, softmax_error

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy, Hinge, SquaredHinge
from seedbed.engine.reference.engine import ReferenceSession

__all__ = ["FLOAT32", "FLOAT64", "Analysis", "Bounded", "ProbeAnalysis", "analyse", "analyse_probe", "gamma"]


@dataclass
class Analysis:
    """What one training step, and one evaluation before it, must give, each with a bound.

    Attributes
    ----------
    outputs : in evaluation mode, before the step
    loss : of the batch
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
    buffers = {f"{name}.{key}": b for name, layer in layers.items() for key, b in layer.buffers.items()}
    high, low = trained.value + trained.error, trained.value - trained.error
    chosen, rest = np.arange(len(labels)), np.arange(plan.network.classes) != np.asarray(labels)[:, None]
    surely_right = low[chosen, labels] > np.where(rest, high, -np.inf).max(axis=1)
    surely_wrong = high[chosen, labels] < np.where(rest, low, -np.inf).max(axis=1)
    fewest, most = int(surely_wrong.sum()), int(len(labels) - surely_right.sum())
    return Analysis(outputs, loss, fewest, most, gradients, buffers)


@dataclass
class ProbeAnalysis:
    """What a probe must find, each with a bound; by name of the layer or parameter."""

    loss: Bounded
    values: dict[str, Bounded]
    derivatives: dict[str, Bounded]
    image_derivatives: Bounded
    gradients: dict[str, Bounded]


def analyse_probe(
    plan: Plan, state: dict[str, Any], images: Any, labels: Any, unit: float, training: bool
) -> ProbeAnalysis:
    """Send one batch through the reference and bound the error of any engine with this unit roundoff."""
    values: dict[str, Bounded] = {}
    outputs, layers = _forward(plan, state, images, unit, training, values)
    loss, g = _loss(plan, outputs, labels, unit)
    derivatives: dict[str, Bounded] = {}
    gradients: dict[str, Bounded] = {}
    for name, layer in reversed(layers.items()):
        derivatives[name] = g
        g = layer.backward(g)
        gradients |= {f"{name}.{key}": b for key, b in layer.gradients.items()}
    return ProbeAnalysis(loss, values, derivatives, g, gradients)


def _forward(
    plan: Plan,
    state: dict[str, Any],
    images: Any,
    unit: float,
    training: bool,
    values: dict[str, Bounded] | None = None,
) -> tuple[Bounded, dict[str, Layer]]:
    real = ReferenceSession(plan, state)
    twins = ReferenceSession(plan, {key: np.abs(array) for key, array in state.items()})
    scale, shift = (a.astype(np.float64)[:, None, None] for a in (plan.scale, plan.shift))
    error = gamma(2, unit) * (np.abs(images * scale) + np.abs(shift))
    x, layers = Bounded(images * scale + shift, error), {}
    for name, module in real.modules.items():
        layers[name] = RULES.get(type(module), Layer)(module, twins.modules[name], unit)
        layers[name].training = training
        for each in (module, twins.modules[name]):
            each.begin_batch(plan.seed, 0, np.arange(len(images)))
        x = layers[name].forward(x)
        if values is not None:
            values[name] = x
    return x, layers


def _loss(plan: Plan, outputs: Bounded, labels: Any, unit: float) -> tuple[Bounded, Bounded]:
    n, classes = outputs.value.shape
    values, gradient = plan.loss.values(outputs.value, labels), plan.loss.gradient(outputs.value, labels)
    if isinstance(plan.loss, CrossEntropy):
        answer = np.exp(outputs.value - outputs.value.max(axis=1, keepdims=True))
        answer /= answer.sum(axis=1, keepdims=True)
        span = np.ptp(outputs.value, axis=1)
        error = 2 * outputs.error.max(axis=1) + gamma(classes + 3 * FUNCTION, unit) * (span + 1)
        slope_error = softmax_error(answer, outputs, unit)
    elif isinstance(plan.loss, Hinge):
        signs = 2 * np.eye(classes)[labels] - 1
        raw = 1 - signs * outputs.value
        lacking = Bounded(np.maximum(0, raw), outputs.error + gamma(2, unit) * (1 + outputs.reach))
        slope_error = plan.loss.C * (np.abs(raw) <= lacking.error)
        if isinstance(plan.loss, SquaredHinge):
            slope_error = 2 * plan.loss.C * lacking.error
            lacking = product(lacking, lacking)
        error = plan.loss.C * (lacking.error + gamma(classes + 3, unit) * lacking.reach).sum(axis=1)
    else:
        factor = plan.loss.scale(classes)
        target = np.eye(classes)[labels]
        distance = Bounded(outputs.value - target, outputs.error)
        square = product(distance, distance)
        error = factor * (square.error + gamma(classes + 4, unit) * square.reach).sum(axis=1)
        slope_error = 2 * factor * outputs.error
    share = 1 if plan.loss.is_sum else 1 / n
    slope_error = share * slope_error
    slope_error = slope_error + gamma(5, unit) * (np.abs(gradient) + slope_error)
    error = error + gamma(n + 2, unit) * (np.abs(values) + error)
    return Bounded(share * values.sum(keepdims=True), share * error.sum(keepdims=True)), Bounded(gradient, slope_error)
