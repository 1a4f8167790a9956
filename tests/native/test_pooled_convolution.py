"""A convolution and the max pooling behind it are one operation: it must choose as the two in turn would."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seedbed.engine import load_engine
from seedbed.engine.base import Chunk, Plan
from seedbed.engine.losses import load_loss
from seedbed.engine.native import _native
from seedbed.engine.native.lower import lower
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD
from seedbed.network import initial_state, load_network


def plan_of(text: str, shape: tuple[int, int, int]) -> Plan:
    ones, zeros = np.ones(shape[0], np.float32), np.zeros(shape[0], np.float32)
    return Plan(load_network(text, shape), load_loss("mse"), SGD(lr=1.0), 32, ones, zeros)


def whole_numbers(plan: Plan) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(4)
    state = initial_state(plan.network, "lecun_uniform", 0)
    return {name: random.integers(-1, 2, array.shape).astype(np.float32) for name, array in state.items()}


@pytest.mark.parametrize("instruction_set", _native.instruction_sets())
@pytest.mark.parametrize("size", [(8, 8), (11, 10), (9, 13)], ids=str)
@pytest.mark.parametrize(
    "text",
    [
        "conv2d(4, 3) maxpool2d(2) flatten linear(3)",
        "conv2d(7, 3, padding=1) relu maxpool2d(2) flatten linear(3)",
        "conv2d(6, 3, padding=1) relu maxpool2d(2) conv2d(5, 3, padding=1) maxpool2d(2) relu flatten linear(3)",
        "conv2d(9, 3) relu maxpool2d(2, ceil_mode=true) flatten linear(3)",
    ],
)
def test_the_first_of_equal_results_gets_the_gradient(text: str, size: tuple[int, int], instruction_set: str) -> None:
    """Small whole numbers: every sum is exact on both engines, and windows of equal results are frequent."""
    plan = plan_of(text, (2, *size))
    random = np.random.default_rng(3)
    images = random.integers(0, 2, (32, 2, *size)).astype(np.float32)
    labels = random.integers(0, 3, 32).astype(np.uint8)
    chunk = Chunk(images, labels, np.arange(32), np.array([0.5]))
    start = whole_numbers(plan)
    native = NativeSession(plan, start, instruction_set, 2)
    reference = load_engine("reference").start(plan, start, 1)
    for session in (native, reference):
        session.train(chunk)
    expected = reference.state()
    for name, array in native.state().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    assert not np.array_equal(native.state()["conv1.weight"], start["conv1.weight"])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("conv2d(4, 3) maxpool2d(2)", True),
        ("conv2d(4, 3) relu maxpool2d(2)", True),
        ("conv2d(4, 3) maxpool2d(2, ceil_mode=true)", True),
        ("conv2d(4, 4) maxpool2d(2, ceil_mode=true)", False),
        ("conv2d(4, 3) maxpool2d(3, 2)", False),
        ("conv2d(4, 3) tanh maxpool2d(2)", False),
        ("conv2d(4, 3) avgpool2d(2)", False),
        ("conv2d(4, 3, stride=2) maxpool2d(2)", False),
    ],
)
def test_which_layers_are_one_operation(text: str, is_one: bool) -> None:
    plan = plan_of(f"{text} flatten linear(3)", (1, 10, 10))
    kernels = [op.kernel for stage in lower(plan).program.training for op in stage.ops]
    assert ("pool2d_forward" not in kernels) == is_one
