"""A hundred steps of the three LeNet-5 on every engine and on PyTorch, from the same parameters and batches.

A run is not a smooth function of its rounding: when the input of a ReLU is within rounding of 0, one engine passes the
gradient and another does not, and from there two correct runs part. In a hundred steps of these networks that happens
to about half of all float32 runs, PyTorch's own among them. So there are two comparisons. Free runs may part as far as
PyTorch's do from starts that are 16 ulp off, where parting is all but certain. Steps that begin from equal numbers
may be off by no more than PyTorch's own float32 steps are, which is sharp: the loss is continuous, and the median over
steps of what an update is off does not see the rare step in which a ReLU is in doubt.
"""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from bounds import FLOAT32, FLOAT64
from cases import make_plan, pictures
from numpy.typing import NDArray
from torch_model import Spread, distance, measure_spread, run_torch

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk, Plan
from seedbed.network import State, initial_state

STEPS, BATCH_SIZE = 100, 16


@dataclass(frozen=True)
class Run:
    """One network, its start and its data, and what PyTorch made of them."""

    plan: Plan
    state: State
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    lrs: NDArray[np.float64]
    spread: Spread


@pytest.fixture(scope="module", params=["lenet5", "lenet5+", "lenet5++"])
def run(request: pytest.FixtureRequest) -> Run:
    plan = make_plan(request.param, BATCH_SIZE, "sgd(lr=0.05)")
    images, labels = pictures(STEPS * BATCH_SIZE, plan.network)
    state, lrs = initial_state(plan.network, "lecun_uniform", seed=0), np.full(STEPS, 0.05)
    return Run(plan, state, images, labels, lrs, measure_spread(plan, state, images, labels, lrs, ulps=16))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_steps(engine: str, run: Run) -> None:
    """To first order the distance grows with the unit roundoff, so float64 has 2⁻²⁹ of float32's."""
    share = FLOAT64 / FLOAT32 if engine == "reference" else 1.0
    exact = run.spread.exact
    session = load_engine(engine).start(run.plan, run.state)
    losses = session.train(Chunk(run.images, run.labels, np.arange(len(run.images)), run.lrs)).losses
    assert np.abs(losses - exact.losses).max() <= Spread.ROOM * share * run.spread.losses
    for key, array in session.state().items():
        rounded = FLOAT32 * float(np.abs(array).max())
        assert distance(array, exact.state[key]) <= Spread.ROOM * share * run.spread.state[key] + rounded, key
    # The images are learned, so the comparison is not one of networks that do nothing.
    assert losses[-10:].mean() < losses[0]


@dataclass(frozen=True)
class Off:
    """What single steps are off from PyTorch in float64: the largest loss, the median of each array's distance."""

    loss: float
    state: dict[str, float]


def step_by_step(engine: str, run: Run, rate: float = 1.0, steps: int = 25) -> tuple[Off, Off]:
    """What the engine's steps and PyTorch's float32 steps are off, each from the state that the engine has just then.

    ``rate`` multiplies the engine's learning rate alone.
    """
    session = load_engine(engine).start(run.plan, run.state)
    losses: tuple[list[float], list[float]] = ([], [])
    states: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for step in range(steps):
        batch = np.arange(step * BATCH_SIZE, (step + 1) * BATCH_SIZE)
        before, lrs = session.state(), run.lrs[:1]
        one = (run.plan, before, run.images[batch], run.labels[batch], lrs)
        exact, rounded = run_torch(*one), run_torch(*one, torch.float32)
        loss = session.train(Chunk(run.images, run.labels, batch, lrs * rate)).losses[0]
        after = session.state()
        for number, (got, state) in enumerate(((loss, after), (rounded.losses[0], rounded.state))):
            losses[number].append(abs(float(got - exact.losses[0])))
            for key, array in exact.state.items():
                states[number].setdefault(key, []).append(distance(state[key], array))
    mine, theirs = (
        Off(max(loss), {key: float(np.median(all_steps)) for key, all_steps in state.items()})
        for loss, state in zip(losses, states, strict=True)
    )
    return mine, theirs


@pytest.mark.parametrize("engine", ENGINES)
def test_every_step_from_equal_numbers(engine: str, run: Run) -> None:
    mine, theirs = step_by_step(engine, run)
    assert mine.loss <= Spread.ROOM * theirs.loss
    for key, off in theirs.state.items():
        assert mine.state[key] <= Spread.ROOM * off, key


def test_a_fault_would_be_found(run: Run) -> None:
    """A learning rate that is one part in a hundred off is seen in every array of weights."""
    mine, theirs = step_by_step("reference", run, rate=1.01, steps=5)
    for key in (key for key, shape in run.plan.network.parameter_shapes.items() if len(shape) > 1):
        assert mine.state[key] > Spread.ROOM * theirs.state[key], key
