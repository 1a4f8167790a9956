"""Numbers too small for full precision count as 0 while the engine works, and only then."""

import numpy as np

from seedbed.engine.base import Chunk, Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD
from seedbed.network import initial_state, load_network

TINY = np.float32(1e-40)


def test_tiny_numbers_count_as_zero() -> None:
    network = load_network("input(1, 2, 2) flatten linear(3)")
    one = np.ones(1, np.float32)
    state = initial_state(network, "lecun_uniform", 0)
    for array in state.values():
        array[:] = TINY
    for threads in (1, 2):
        plan = Plan(network, default_loss(network), SGD(lr=1.0), 4, one, 0 * one)
        session = NativeSession(plan, state, "", threads)
        images = np.zeros((4, 1, 2, 2), np.uint8)
        session.train(Chunk(images, np.zeros(4, np.uint8), np.arange(4), np.zeros(1)))
        assert all((array == 0).all() for array in session.state().values())
        assert TINY * np.float32(0.5) > 0
