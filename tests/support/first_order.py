"""How far float32 may be from the exact outputs of a trained network, to first order.

Bounds that are carried from layer to layer (`bounded`) count every cancellation as if it did not happen, and of a deep
network nothing is left. Here the rounding of each layer alone, of the exact values before it, is led to the outputs by
their true derivatives. With ε_l the bound of the rounding in what layer l gives,

    |error of output k| ≤ Σ_l Σ_j |∂y_k / ∂v_lj| ε_lj,

up to products of roundings. Source: Higham (2002), "Accuracy and Stability of Numerical Algorithms", section 3.9.
"""

from typing import Any

import numpy as np
from bounded import FLOAT32, Bounded, Layer, exact
from bounded_layers import RULES

from seedbed.engine.base import Plan
from seedbed.engine.losses import MSE
from seedbed.engine.optimizers import SGD
from seedbed.engine.reference.engine import ReferenceSession
from seedbed.network import Network

_SECOND_ORDER = 1.01


def outputs_of(network: Network, state: dict[str, Any], entered: Bounded, unit: float = FLOAT32) -> Bounded:
    """What a network in evaluation mode makes of what enters it, with a bound for this unit roundoff."""
    channels = network.input_shape[0]
    plan = Plan(network, MSE(), SGD(lr=1.0), 1, np.ones(channels, np.float32), np.zeros(channels, np.float32))
    real = ReferenceSession(plan, state)
    twins = ReferenceSession(plan, {key: np.abs(array) for key, array in state.items()})
    value, rounding = entered.value, [entered.error]
    for name, module in real.modules.items():
        rule = RULES.get(type(module), Layer)(module, twins.modules[name], unit)
        rule.training = False
        found = rule.forward(exact(value))
        # Once more without training: the backward pass is to take the statistics that are kept.
        value = module.forward(value, training=False)
        rounding.append(found.error)
    errors = []
    for place in range(network.classes):
        gradient = np.zeros_like(value)
        gradient[:, place] = 1
        error = np.zeros(len(value))
        for own, module in zip(reversed(rounding), [*reversed(real.modules.values()), None], strict=True):
            error += (np.abs(gradient) * own).reshape(len(value), -1).sum(axis=1)
            gradient = gradient if module is None else module.backward(gradient)
        errors.append(error)
    return Bounded(value, _SECOND_ORDER * np.stack(errors, axis=1))
