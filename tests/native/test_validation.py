"""A program that reaches beyond its memory is refused before it runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy
from seedbed.engine.native import _native
from seedbed.engine.native.lower import lower
from seedbed.engine.optimizers import SGD
from seedbed.network import Network

TEXT = (
    "input(1, 12, 12) pad(1) conv2d(4, 3, padding=1) batchnorm relu maxpool2d(2) conv2d(5, 3) tanh avgpool2d(3, 1) "
    "flatten linear(7) sigmoid linear(5) softmax"
)
OFFSETS = ("weight", "bias", "packed", "gradient", "bias_gradient", "partial", "scratch", "size")
VIEWS = ("offset", "channels", "height", "width", "channel_stride", "row_stride")


def program() -> "_native.Program":
    ones = np.ones(1, np.float32)
    return lower(Plan(Network.parse(TEXT), CrossEntropy(), SGD(lr=0.1, momentum=0.9), 20, ones, ones)).program


def operations() -> "list[tuple[int, int]]":
    return [(s, o) for s, stage in enumerate(program().training) for o in range(len(stage.ops))]


def run(changed: "_native.Program") -> None:
    """Execute on every instruction set; memory errors would end the process."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 144), dtype=np.uint8)
    labels = random.integers(0, 5, 40).astype(np.uint8)
    for name in _native.instruction_sets():
        executor = _native.Executor(changed, name, 2)
        executor.train(images, labels, np.arange(40), np.full(2, 0.1))


def test_the_unchanged_program_runs() -> None:
    run(program())


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_changed_programs_are_refused_or_harmless(data: st.DataObject) -> None:
    """Whatever number of whatever operation is changed, the executor refuses it or stays within its memory."""
    changed = program()
    stages = changed.training
    stage, number = data.draw(st.sampled_from(operations()))
    ops = stages[stage].ops
    op = ops[number]
    value = data.draw(
        st.one_of(st.integers(-40, 40), st.integers(-(2**62), 2**62), st.sampled_from([2**31, 2**40, -(2**40)]))
    )
    if data.draw(st.booleans()):
        setattr(op, data.draw(st.sampled_from(OFFSETS)), value)
    else:
        side = data.draw(st.sampled_from(("input", "output")))
        view = getattr(op, side)
        setattr(view, data.draw(st.sampled_from(VIEWS)), value)
        setattr(op, side, view)
    ops[number] = op
    stages[stage] = _native.Stage(stages[stage].chained, False, ops)
    changed.training = stages
    try:
        run(changed)
    except ValueError as error:
        assert "operation" in str(error)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("batch_size", 0, "out of range"), ("classes", 300, "out of range"), ("image_size", 5, "image size differs")],
)
def test_wrong_programs_are_named(field: str, value: int, message: str) -> None:
    changed = program()
    setattr(changed, field, value)
    with pytest.raises(ValueError, match=message):
        _native.Executor(changed, "portable", 1)


def test_unknown_kernel() -> None:
    with pytest.raises(ValueError, match="unknown kernel 'fft'"):
        _native.Op("fft")


def test_a_chained_stage_takes_lane_groups_only() -> None:
    changed = program()
    changed.training = [_native.Stage(True, False, [op]) for stage in changed.training for op in stage.ops]
    with pytest.raises(ValueError, match="cannot stand in a chained stage"):
        _native.Executor(changed, "portable", 1)
