"""Updates alone: what they may touch, and what they leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import make_plan, pictures, some_state

from seedbed.engine.base import Chunk
from seedbed.engine.native import _native
from seedbed.engine.native.lower import lower
from seedbed.engine.native.session import NativeSession

ARRAYS = {"sgd": 1, "adagrad": 1, "adadelta": 2, "rmsprop": 3, "adam": 2}
"""Arrays that each kernel keeps with momentum and centered."""
SIZE = 80


def program(kernel: str) -> "_native.Program":
    """One update with everything, in exactly the memory that it needs."""
    op, squares = _native.Op(kernel), _native.Op("squares")
    op.weight, op.decay, op.average, op.size, op.gradient = 0, SIZE, 2 * SIZE, SIZE, 0
    op.momentum, op.centered = 0.5, True
    op.squares = squares.squares = 3 * SIZE
    squares.gradient, squares.size = 0, SIZE
    made, sizes = _native.Program(), _native.Sizes()
    sizes.lanes, sizes.shared, sizes.gradients = 16, 3 * SIZE + _native.PARTS, SIZE
    sizes.memory = ARRAYS[kernel] * SIZE
    made.sizes, made.batch_size, made.classes, made.image_size = sizes, 1, 1, 1
    made.training = [_native.Stage(False, False, [squares]), _native.Stage(False, False, [op])]
    return made


def changed(kernel: str, name: str, by: int) -> "_native.Program":
    """The program with one offset of the update, or one size of the memory, changed."""
    made = program(kernel)
    if hasattr(made.sizes, name):
        sizes = made.sizes
        setattr(sizes, name, getattr(sizes, name) + by)
        made.sizes = sizes
    else:
        op = made.training[1].ops[0]
        setattr(op, name, getattr(op, name) + by)
        made.training = [made.training[0], _native.Stage(False, False, [op])]
    return made


@pytest.mark.parametrize("kernel", ARRAYS)
def test_updates_stay_in_their_memory(kernel: str) -> None:
    _native.Executor(program(kernel), "portable", 1)
    for name in ("shared", "gradients", "memory"):
        with pytest.raises(ValueError, match="reaches beyond"):
            _native.Executor(changed(kernel, name, -1), "portable", 1)
    for name in ("gradient", "size"):
        with pytest.raises(ValueError, match="reaches beyond"):
            _native.Executor(changed(kernel, name, 16), "portable", 1)
    for name in ("weight", "decay", "average"):
        with pytest.raises(ValueError, match="reaches beyond the shared floats"):
            _native.Executor(changed(kernel, name, 3 * SIZE), "portable", 1)
    for name in ("weight", "decay", "average", "gradient"):
        with pytest.raises(ValueError, match="not aligned"):
            _native.Executor(changed(kernel, name, 1), "portable", 1)
    with pytest.raises(ValueError, match="reaches beyond the shared floats"):
        _native.Executor(changed(kernel, "squares", 1), "portable", 1)


TEXT = "input(1, 6, 6) conv2d(3, 3) tanh flatten linear(7) tanh linear(4)"
"""27 + 3, 48·7 + 7 and 28 + 4 numbers: gaps behind the convolution and the first linear layer."""


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd(0.1, momentum=0.9, weight_decay=0.1)",
        "adagrad(0.1, weight_decay=0.1, initial_accumulator_value=0.5)",
        "adadelta(weight_decay=0.1)",
        "rmsprop(momentum=0.5, centered=true, weight_decay=0.1)",
        "adam(weight_decay=0.1)",
        "adamw",
    ],
)
@pytest.mark.parametrize("settings", [{}, {"decay": {"linear1.weight": 0.5}, "average": 0.5, "clip_norm": 0.1}])
def test_gaps_between_layers_stay_zero(optimizer: str, settings: dict[str, Any]) -> None:
    plan = replace(make_plan(TEXT, 16, optimizer), **settings)
    layout = lower(plan).layout
    is_gap = np.ones(layout.trainable, dtype=bool)
    for key, shape in plan.network.parameter_shapes.items():
        is_gap[layout.offset(key) : layout.offset(key) + np.prod(shape)] = False
    assert is_gap.any()
    session = train(NativeSession(plan, some_state(plan.network), "", 1))
    assert not session._executor.shared[: layout.trainable][is_gap].any()
    assert not session._executor.memory.reshape(-1, layout.trainable)[:, is_gap].any()


@pytest.mark.parametrize("optimizer", ["adagrad(0.1, eps=0)", "adadelta(eps=1e-30)", "rmsprop(eps=0)", "adam(eps=0)"])
def test_gaps_do_no_harm_without_eps(optimizer: str) -> None:
    """0 / 0 in the gaps reaches nothing that is read."""
    plan = replace(make_plan(TEXT, 16, optimizer), average=0.5, clip_norm=0.1)
    session = train(NativeSession(plan, some_state(plan.network), "", 1))
    assert all(np.isfinite(array).all() for array in session.state().values())
    assert np.isfinite(session.outputs(pictures(33, plan.network)[0])).all()


def train(session: NativeSession) -> NativeSession:
    images, labels = pictures(64, session._plan.network)
    assert np.isfinite(session.train(Chunk(images, labels, np.arange(64), np.full(4, 0.1))).losses).all()
    return session


def test_a_gradient_that_does_not_change_is_no_trouble_centered() -> None:
    """Mean square less squared mean rounds to a little below 0 for these pixels; it counts as 0."""
    plan = make_plan("input(1, 2, 3) flatten linear(2)", 1, "rmsprop(alpha=0.5, centered=true)", "hinge")
    state = {"linear1.weight": np.zeros((2, 6), np.float32), "linear1.bias": np.zeros(2, np.float32)}
    session = NativeSession(plan, state, "", 1)
    images, labels = np.array([4, 5, 8, 10, 12, 13], np.uint8).reshape(1, 1, 2, 3), np.zeros(1, np.uint8)
    session.train(Chunk(images, labels, np.zeros(100, np.int64), np.zeros(100)))
    assert all(np.isfinite(array).all() for array in session.state().values())
