"""Optimizers, losses, weight decay, clipping and averages against PyTorch, over many steps.

What PyTorch in float32 is off from PyTorch in float64 is what an engine in float32 may be off. To first order the
distance of two runs grows with the unit roundoff, so the reference may be off 2⁻²⁹ of that. The network is smooth, so
no rounding decides anything.
"""

from dataclasses import replace

import numpy as np
import pytest
from bounds import FLOAT32, FLOAT64
from cases import make_plan, pictures, some_state
from torch_model import Spread, distance, measure_spread

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk, Plan
from seedbed.network import State

STEPS, BATCH_SIZE = 50, 10
SMOOTH = "input(1, 5, 5) conv2d(3, 3) tanh flatten linear(8) tanh linear(4)"
RATES = 0.5 + 0.5 * np.cos(np.arange(STEPS))
"""Every step has a rate of its own, up to the optimizer's; among them nearly 0."""

OPTIMIZERS = [
    "sgd(0.3, weight_decay=0.02)",
    "sgd(0.1, momentum=0.9)",
    "sgd(0.1, momentum=0.9, nesterov=true, weight_decay=0.02)",
    "adagrad(0.1)",
    "adagrad(0.1, weight_decay=0.02, eps=1e-6, initial_accumulator_value=0.125, lr_decay=0.03)",
    "adadelta",
    "adadelta(2, rho=0.8, eps=1e-5, weight_decay=0.02)",
    "rmsprop",
    "rmsprop(0.005, alpha=0.9, momentum=0.9, eps=1e-4, weight_decay=0.02)",
    "rmsprop(0.01, alpha=0.95, centered=true, eps=1e-3)",
    "rmsprop(0.003, alpha=0.95, centered=true, momentum=0.8, eps=1e-3, weight_decay=0.02)",
    "adam(0.02, beta1=0.8, beta2=0.99, eps=1e-4, weight_decay=0.02)",
    "adamw(0.02, beta1=0.8, beta2=0.99, eps=1e-4, weight_decay=0.2)",
]

every_engine = pytest.mark.parametrize("engine", ENGINES)


def follow(engine: str, plan: Plan) -> tuple[Spread, np.ndarray, State]:
    """PyTorch's run, and losses and state of the engine's."""
    images, labels = pictures(STEPS * BATCH_SIZE, plan.network)
    state, lrs = some_state(plan.network), plan.optimizer.lr * RATES
    spread = measure_spread(plan, state, images, labels, lrs, beside=1)
    session = load_engine(engine).start(plan, state)
    losses = session.train(Chunk(images, labels, np.arange(len(images)), lrs)).losses
    return spread, losses, session.state()


def is_pytorch_s(engine: str, plan: Plan) -> None:
    spread, losses, state = follow(engine, plan)
    exact, share = spread.exact, Spread.ROOM * (FLOAT64 / FLOAT32 if engine == "reference" else 1)
    assert np.abs(losses - exact.losses).max() <= share * spread.losses
    assert state.keys() - {"optimizer/step"} == exact.state.keys()
    for key, expected in exact.state.items():
        # Given in float32, each number rounds once.
        rounded = FLOAT32 * float(np.abs(expected).max())
        assert distance(state[key], expected) <= share * spread.state[key] + rounded, key


@every_engine
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_are_pytorch_s(engine: str, optimizer: str) -> None:
    is_pytorch_s(engine, make_plan(SMOOTH, BATCH_SIZE, optimizer))


@every_engine
@pytest.mark.parametrize(
    "loss",
    [
        "cross_entropy(label_smoothing=0.1)",
        "hinge(C=2)",
        "hinge(C=0.5, reduction=sum)",
        "squared_hinge(C=2)",
        "squared_hinge(C=0.5, reduction=sum)",
    ],
)
def test_losses_are_pytorch_s(engine: str, loss: str) -> None:
    is_pytorch_s(engine, make_plan(SMOOTH, BATCH_SIZE, "sgd(lr=0.02)", loss))


@every_engine
@pytest.mark.parametrize("optimizer", ["sgd(0.1, momentum=0.9, weight_decay=0.01)", "adam(0.02)", "adamw(0.02)"])
def test_decay_of_chosen_parameters_is_pytorch_s(engine: str, optimizer: str) -> None:
    plan = make_plan(SMOOTH, BATCH_SIZE, optimizer)
    is_pytorch_s(engine, replace(plan, decay={"linear2.weight": 0.3, "linear1.bias": 0.1, "conv1.weight": 0.0}))


@every_engine
@pytest.mark.parametrize("clip_norm", [0.1, 0.6])
def test_clipping_is_pytorch_s(engine: str, clip_norm: float) -> None:
    """Of all steps, of some; with weight decay, which comes after it."""
    plan = make_plan(SMOOTH, BATCH_SIZE, "sgd(0.3, momentum=0.5, weight_decay=0.02)")
    is_pytorch_s(engine, replace(plan, clip_norm=clip_norm))


@every_engine
@pytest.mark.parametrize("average", [0.3, 0.99])
def test_averages_are_pytorch_s(engine: str, average: float) -> None:
    is_pytorch_s(engine, replace(make_plan(SMOOTH, BATCH_SIZE, "adam(0.02)"), average=average))


def test_a_fault_would_be_found() -> None:
    """The tolerance is sharp: a thousandth of eps is beyond it."""
    spread, _, _ = follow("reference", make_plan(SMOOTH, BATCH_SIZE, "adam(0.02, eps=1e-8)"))
    _, losses, _ = follow("reference", make_plan(SMOOTH, BATCH_SIZE, "adam(0.02, eps=1.001e-8)"))
    assert np.abs(losses - spread.exact.losses).max() > Spread.ROOM * FLOAT64 / FLOAT32 * spread.losses
