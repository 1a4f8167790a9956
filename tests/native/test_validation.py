"""A program that reaches beyond its memory is refused before it runs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy
from seedbed.engine.native import _native
from seedbed.engine.native.lower import lower
from seedbed.engine.optimizers import Adam
from seedbed.network import Network

TEXTS = (
    "input(1, 12, 12) pad(1) conv2d(4, 3, padding=1) batchnorm relu maxpool2d(2) conv2d(5, 3) tanh avgpool2d(3, 1) "
    "flatten linear(7) sigmoid linear(5) softmax",
    "input(1, 12, 12) conv2d(3, 3) scaled_tanh subsample local_response_norm(3) conv2d(4, 2, table=(1, 3, 7, 5)) silu "
    "dropout(0.3) maxpool2d(3, stride=2, ceil_mode=true) leaky_relu flatten linear(84) gelu rbf",
)
OFFSETS = (
    "weight", "bias", "packed", "gradient", "bias_gradient", "partial", "scratch", "size", "decay", "average",
    "squares", "place", "winners",
)  # fmt: skip
VIEWS = ("offset", "channels", "height", "width", "channel_stride", "row_stride")


def program(text: str = TEXTS[0]) -> "_native.Program":
    ones = np.ones(1, np.float32)
    plan = Plan(Network.parse(text), CrossEntropy(), Adam(lr=0.01), 20, ones, ones)
    return lower(replace(plan, decay={"conv1.weight": 0.1}, average=0.9, clip_norm=1.0)).program


def operations(text: str) -> "list[tuple[int, int]]":
    return [(s, o) for s, stage in enumerate(program(text).training) for o in range(len(stage.ops))]


def run(changed: "_native.Program") -> None:
    """Execute on every instruction set; memory errors would end the process."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (40, 144), dtype=np.uint8)
    labels = random.integers(0, 5, 40).astype(np.uint8)
    for name in _native.instruction_sets():
        executor = _native.Executor(changed, name, 2)
        executor.train(images, labels, np.arange(40), np.full(2, 0.1))


@pytest.mark.parametrize("text", TEXTS)
def test_the_unchanged_program_runs(text: str) -> None:
    run(program(text))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_changed_programs_are_refused_or_harmless(data: st.DataObject) -> None:
    """Whatever number of whatever operation is changed, the executor refuses it or stays within its memory."""
    text = data.draw(st.sampled_from(TEXTS))
    changed = program(text)
    stages = changed.training
    stage, number = data.draw(st.sampled_from(operations(text)))
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


@pytest.mark.parametrize(("units", "message"), [(2**24, "has too many units"), (2**24 - 1, "reaches beyond")])
def test_units_that_threads_could_not_count_are_refused(units: int, message: str) -> None:
    """Threads share units by numbers of 24 bits; one unit less is refused because the program's memory lacks it."""
    changed = program()
    update = changed.training[-1].ops[0]
    update.size = units * 16
    changed.training = [*changed.training[:-1], _native.Stage(False, False, [update])]
    with pytest.raises(ValueError, match=f"'adam'.* {message}"):
        _native.Executor(changed, "portable", 1)
