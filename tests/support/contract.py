"""What tests of the contract between training and engines share."""

from collections.abc import Callable

import numpy as np
from bounds import FLOAT32, FLOAT64, Bounded
from cases import make_plan, pictures, some_state
from numpy.typing import NDArray

from seedbed.engine import load_engine
from seedbed.engine.base import Chunk, Plan, Session, Steps
from seedbed.network import State

UNIT = {"reference": FLOAT64}
"""Unit roundoff of what each engine computes in; float32 unless named."""


def unit_of(engine: str) -> float:
    return UNIT.get(engine, FLOAT32)


def within(got: NDArray[np.floating], expected: Bounded) -> bool:
    """True where all numbers are within their bounds and one rounding to float32, which results are given in."""
    error = np.abs(got.astype(np.float64) - expected.value)
    return bool((error <= expected.error + FLOAT32 * expected.reach).all())


def same_bits(a: State, b: State) -> bool:
    """True if two states have the same names, shapes and bits."""
    return a.keys() == b.keys() and all(
        a[key].shape == b[key].shape and a[key].tobytes() == b[key].tobytes() for key in a
    )


class Trainer:
    """A session with its images, trained in chunks of the order that it was given.

    Parameters
    ----------
    engine : str
    plan : Plan
    images : int
        How many to make.
    state : State, optional
    threads : int
    """

    def __init__(self, engine: str, plan: Plan, images: int = 40, state: State | None = None, threads: int = 1) -> None:
        self.plan = plan
        self.images, self.labels = pictures(images, plan.network)
        self.order = np.random.default_rng(5).permutation(images)
        self.session: Session = load_engine(engine).start(plan, state or some_state(plan.network), threads)

    def train(self, first: int = 0, count: int | None = None, lr: float = 0.1) -> Steps:
        """Take ``count`` steps from step ``first``; all that are left without a count."""
        size = self.plan.batch_size
        part = self.order[first * size : None if count is None else (first + count) * size]
        return self.session.train(Chunk(self.images, self.labels, part, np.full(-(-len(part) // size), lr)))


MIXED = "input(2, 8, 8) conv2d(5, 3, padding=1) batchnorm relu maxpool2d(2) flatten linear(9) tanh linear(4)"
"""Every kind of state: convolution, buffers, linear layers."""
MOMENTUM = "sgd(lr=0.1, momentum=0.9)"


def mixed_plan(batch_size: int = 16, optimizer: str = MOMENTUM) -> Plan:
    return make_plan(MIXED, batch_size, optimizer)


def deep_copy(state: State) -> State:
    return {key: array.copy() for key, array in state.items()}


Broken = Callable[[Trainer], object]
"""A call that must be refused."""
