"""The same seed gives the same parameters to the last bit, on any thread count and any instruction set with FMA."""

import hashlib

import numpy as np
import pytest

from seedbed.engine.base import Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.native import _native
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD
from seedbed.network import ZOO, initial_state, load_network

FMA_SETS = [name for name in _native.instruction_sets() if name != "portable"]


def parameters_hash(text: str, instruction_set: str, threads: int, batch_size: int = 33, steps: int = 25) -> str:
    network = load_network(text)
    random = np.random.default_rng(7)
    images = random.integers(0, 256, (200, *network.input_shape), dtype=np.uint8)
    labels = random.integers(0, network.classes, 200).astype(np.uint8)
    order = random.integers(0, 200, batch_size * steps - min(5, batch_size - 1))
    optimizer = SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
    scale, shift = np.full(1, 1 / 78, np.float32), np.full(1, -0.42, np.float32)
    plan = Plan(network, default_loss(network), optimizer, batch_size, scale, shift)
    session = NativeSession(plan, initial_state(network, "lecun_uniform", 3), instruction_set, threads)
    session.train(images, labels, order, np.full(steps, 0.05))
    digest = hashlib.sha256()
    for name, array in sorted(session.state().items()):
        assert np.isfinite(array).all(), name
        digest.update(array.tobytes())
    digest.update(session.outputs(images).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("text", [*ZOO, "conv2d(5, 3, stride=2) sigmoid maxpool2d(3, 2) flatten linear(10) softmax"])
def test_same_bits_on_any_thread_count_and_instruction_set(text: str) -> None:
    sets = FMA_SETS or _native.instruction_sets()
    expected = parameters_hash(text, sets[0], 1)
    for instruction_set in sets:
        for threads in (1, 2, 3, 4, 8):
            assert parameters_hash(text, instruction_set, threads) == expected, (instruction_set, threads)


def test_portable_has_the_same_bits_on_any_thread_count() -> None:
    assert parameters_hash("lenet5++", "portable", 3, steps=4) == parameters_hash("lenet5++", "portable", 1, steps=4)


@pytest.mark.parametrize("batch_size", [1, 15, 16, 17, 160])
def test_batches_of_any_size(batch_size: int) -> None:
    text = "conv2d(3, 5) relu maxpool2d(2) flatten linear(10)"
    hashes = {parameters_hash(text, name, threads, batch_size, 9) for name in FMA_SETS for threads in (1, 2)}
    assert len(hashes) == min(1, len(FMA_SETS))
