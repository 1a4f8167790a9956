"""The same seed gives the same parameters to the last bit, on any thread count and any instruction set with FMA."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seedbed.engine.base import Chunk, Plan
from seedbed.engine.losses import default_loss, load_loss
from seedbed.engine.native import _native, convolution_links
from seedbed.engine.native.lower import lower
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD, load_optimizer
from seedbed.network import ZOO, initial_state, load_network

FMA_SETS = [name for name in _native.instruction_sets() if name != "portable"]

SMALL_IMAGES = {
    "lenet5": (1, 16, 16),
    "lenet5+": (1, 16, 16),
    "lenet5++": (1, 16, 16),
    "tang": (1, 6, 6),
    "svm-cnn": (1, 18, 18),
    "multilayer-cnn": (1, 4, 4),
    "cifar-tutorial": (3, 6, 6),
}
"""Images with which all kernels of a network still take part; the others need theirs of 28×28."""
FULL_IMAGES = {"tang": (70, 1, 1), "cifar-tutorial": (3, 24, 24)}
STEPS = {"tang": 25, "svm-cnn": 25, "multilayer-cnn": 25, "cifar-tutorial": 25}
"""Large networks take fewer than 200 steps here; ``make long-test`` takes 200 of every network at full size."""
WIDE = "flatten linear(2048) relu linear(512) relu linear(10)"
"""Layers so large that threads help each other with them."""
WIDE_CONVOLUTIONS = (
    "input(1, 18, 18) conv2d(32, 3) relu maxpool2d(2) conv2d(64, 3, padding=1) relu maxpool2d(2) "
    "conv2d(32, 4, padding=2) tanh conv2d(64, 5) sigmoid flatten linear(10)"
)
STRIDED = "conv2d(5, 3, stride=2) sigmoid maxpool2d(3, 2) flatten linear(10) softmax"
SPECIAL = (
    "input(1, 20, 20) conv2d(4, 3) silu local_response_norm(3, alpha=0.3, beta=0.6) "
    "conv2d(5, 3, table=(1, 3, 6, 12, 15)) leaky_relu "
    "maxpool2d(3, stride=2, ceil_mode=true) dropout(0.3) subsample(2) scaled_tanh avgpool2d(2, ceil_mode=true) "
    "flatten linear(84) gelu dropout rbf"
)


def parameters_hash(
    text: str,
    instruction_set: str,
    threads: int,
    batch_size: int = 33,
    steps: int = 25,
    shape: tuple[int, int, int] | None = None,
    **changes: Any,
) -> str:
    """Everything that training leaves; ``changes`` are made to the plan."""
    network = load_network(text, shape or SMALL_IMAGES.get(text))
    random = np.random.default_rng(7)
    images = random.integers(0, 256, (200, *network.input_shape), dtype=np.uint8)
    labels = random.integers(0, network.classes, 200).astype(np.uint8)
    order = random.integers(0, 200, batch_size * steps - min(5, batch_size - 1))
    optimizer = SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
    channels = network.input_shape[0]
    scale, shift = np.full(channels, 1 / 78, np.float32), np.full(channels, -0.42, np.float32)
    plan = replace(Plan(network, default_loss(network), optimizer, batch_size, scale, shift), **changes)
    session = NativeSession(plan, initial_state(network, "lecun_uniform", 3), instruction_set, threads)
    session.train(Chunk(images, labels, order, np.full(steps, 0.05)))
    digest = hashlib.sha256()
    for name, array in sorted(session.state().items()):
        assert np.isfinite(array).all(), name
        digest.update(array.tobytes())
    digest.update(session.outputs(images[: 2 * batch_size]).tobytes())
    return digest.hexdigest()


def assert_same_on_all(text: str, **how: Any) -> None:
    sets = FMA_SETS or ["portable"]
    expected = parameters_hash(text, sets[0], 1, **how)
    for instruction_set in sets:
        for threads in (1, 2, 3, 4, 8):
            assert parameters_hash(text, instruction_set, threads, **how) == expected, (instruction_set, threads)


@pytest.mark.parametrize("text", [*ZOO, STRIDED, SPECIAL])
def test_same_bits_on_any_thread_count_and_instruction_set(text: str) -> None:
    assert_same_on_all(text, steps=STEPS.get(text, 200))


def test_same_bits_of_layers_that_threads_share_piece_by_piece() -> None:
    assert_same_on_all(WIDE, batch_size=50, steps=8)


@pytest.mark.parametrize("batch_size", [32, 48], ids=["full lanes", "spread over one group more"])
def test_same_bits_of_wide_convolutions(batch_size: int) -> None:
    assert_same_on_all(WIDE_CONVOLUTIONS, batch_size=batch_size, steps=8)


@pytest.mark.parametrize(("batch_size", "groups"), [(16, 1), (32, 2), (48, 4), (100, 8)])
def test_wide_convolutions_have_an_even_number_of_lane_groups(batch_size: int, groups: int) -> None:
    plans = [
        Plan(network, default_loss(network), SGD(lr=0.1), batch_size, np.ones(1, np.float32), np.zeros(1, np.float32))
        for network in (load_network(WIDE_CONVOLUTIONS), load_network("lenet5"))
    ]
    assert [lower(plan).program.spread for plan in plans] == [groups, -(-batch_size // 16)]


@pytest.mark.parametrize("batch_size", [1, 17, 29, 50])
def test_leaving_out_empty_lanes_changes_no_bit(batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = FMA_SETS or ["portable"]
    sparse = [parameters_hash(WIDE_CONVOLUTIONS, name, 2, batch_size=batch_size, steps=8) for name in sets]
    monkeypatch.setattr(convolution_links, "_FULL", 0)
    assert sparse == [parameters_hash(WIDE_CONVOLUTIONS, sets[0], 1, batch_size=batch_size, steps=8)] * len(sets)


@pytest.mark.long
@pytest.mark.parametrize("text", ZOO)
def test_same_bits_of_200_steps_at_full_size(text: str) -> None:
    assert_same_on_all(text, steps=200, shape=FULL_IMAGES.get(text, (1, 28, 28)))


OPTIMIZERS = [
    "sgd(0.05, momentum=0.9)",
    "adagrad(0.02, weight_decay=1e-3, initial_accumulator_value=0.1, lr_decay=0.01)",
    "adadelta(weight_decay=1e-3)",
    "rmsprop(0.002)",
    "rmsprop(0.002, centered=true, momentum=0.5, weight_decay=1e-3)",
    "adam(weight_decay=1e-3)",
    "adamw",
]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"clip_norm": 0.3, "average": 0.9, "decay": {"linear1.weight": 0.1, "conv1.bias": 0.01}},
]
LOSSES = [
    "cross_entropy(label_smoothing=0.1)",
    "mse(reduction=mean)",
    "hinge(C=2)",
    "squared_hinge(C=0.02, reduction=sum)",
]
SMALL = "conv2d(5, 3, stride=2) tanh flatten linear(11) tanh linear(10)"


def same_on_all(**changes: Any) -> bool:
    return (
        len(
            {
                parameters_hash(SMALL, name, threads, steps=12, **changes)
                for name in FMA_SETS or ["portable"]
                for threads in (1, 2, 3, 8)
            }
        )
        == 1
    )


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "all settings"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_same_bits_of_every_optimizer(optimizer: str, settings: dict[str, Any]) -> None:
    assert same_on_all(optimizer=load_optimizer(optimizer), **settings)


@pytest.mark.parametrize("loss", LOSSES)
def test_same_bits_of_every_loss(loss: str) -> None:
    assert same_on_all(loss=load_loss(loss))


@pytest.mark.parametrize("text", ["lenet5++", SPECIAL])
def test_portable_has_the_same_bits_on_any_thread_count(text: str) -> None:
    assert parameters_hash(text, "portable", 3, steps=4) == parameters_hash(text, "portable", 1, steps=4)


@pytest.mark.parametrize("batch_size", [1, 15, 16, 17, 160])
def test_batches_of_any_size(batch_size: int) -> None:
    text = "conv2d(3, 5) relu maxpool2d(2) flatten linear(10)"
    hashes = {parameters_hash(text, name, threads, batch_size, 9) for name in FMA_SETS for threads in (1, 2)}
    assert len(hashes) == min(1, len(FMA_SETS))
