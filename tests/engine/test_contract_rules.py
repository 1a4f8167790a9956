"""Every loss, optimizer and setting of a plan on every engine that has it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from cases import make_plan, pictures, some_state
from contract import same_bits
from torch_model import Spread, distance, measure_spread

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import STEP, Chunk, Plan, Session, memory_shapes
from seedbed.engine.losses import LOSSES
from seedbed.engine.optimizers import OPTIMIZERS
from seedbed.errors import EngineError
from seedbed.network import State

pytestmark = pytest.mark.parametrize("engine", ENGINES)

SMOOTH = "input(1, 5, 5) conv2d(3, 3) tanh flatten linear(8) tanh linear(4)"
RULES = {
    "adagrad": "adagrad(0.1, weight_decay=0.02, eps=1e-6, initial_accumulator_value=0.125, lr_decay=0.1)",
    "adadelta": "adadelta(2, rho=0.8, eps=1e-3, weight_decay=0.02)",
    "rmsprop": "rmsprop(0.02, alpha=0.9, eps=1e-3)",
    "rmsprop centered": "rmsprop(0.01, alpha=0.9, centered=true, momentum=0.8, eps=1e-2, weight_decay=0.02)",
    "adam": "adam(0.02, beta1=0.8, beta2=0.99, eps=1e-4, weight_decay=0.02)",
    "adamw": "adamw(0.02, eps=1e-4, weight_decay=0.2)",
    "sgd": "sgd(0.1, momentum=0.9, weight_decay=0.02)",
}
SETTINGS: dict[str, dict[str, object]] = {
    "none": {},
    "decay": {"decay": {"linear2.weight": 0.3, "conv1.bias": 0.1, "linear1.weight": 0.0}},
    "clip_norm": {"clip_norm": 0.2},
    "average": {"average": 0.7},
    "all": {"decay": {"linear2.weight": 0.3}, "clip_norm": 0.2, "average": 0.7},
    "class_weights": {"class_weights": np.array([0.5, 3, 1, 0], dtype=np.float32)},
}
LOSS_TEXTS = [
    "cross_entropy",
    "cross_entropy(label_smoothing=0.1)",
    "mse",
    "mse(reduction=mean)",
    "hinge(C=2)",
    "hinge(C=0.1, reduction=sum)",
    "squared_hinge(C=0.5)",
    "squared_hinge(C=0.1, reduction=sum)",
]


def test_the_lists_are_complete(engine: str) -> None:
    assert {rule.partition("(")[0] for rule in RULES.values()} == OPTIMIZERS.keys()
    assert {loss.partition("(")[0] for loss in LOSS_TEXTS} == LOSSES.keys()


def start(engine: str, plan: Plan, state: State | None = None) -> Session:
    """A session; the test is skipped if the engine says that it lacks something."""
    try:
        return load_engine(engine).start(plan, state or some_state(plan.network))
    except EngineError as error:
        if "lacks" in str(error):
            pytest.skip(str(error))
        raise


def chunk(plan: Plan, steps: int, first: int = 0) -> Chunk:
    images, labels = pictures(6 * plan.batch_size, plan.network)
    order = np.arange(first * plan.batch_size, (first + steps) * plan.batch_size)
    return Chunk(images, labels, order, plan.optimizer.lr * (1 + 0.5 * np.cos(np.arange(first, first + steps))))


def make(optimizer: str, loss: str = "cross_entropy", settings: str = "none") -> Plan:
    return replace(make_plan(SMOOTH, 19, optimizer, loss), **SETTINGS[settings])


@cache
def spread_of(*rules: str) -> Spread:
    """Measured once for all engines."""
    plan = make(*rules)
    whole = chunk(plan, 6)
    return measure_spread(plan, some_state(plan.network), whole.images, whole.labels, whole.lrs)


def is_as_exact_as_float32(engine: str, *rules: str) -> None:
    plan = make(*rules)
    session, whole, spread = start(engine, plan), chunk(plan, 6), spread_of(*rules)
    steps = session.train(whole)
    assert np.abs(steps.losses - spread.exact.losses).max() <= Spread.ROOM * spread.losses
    state = session.state()
    for key, expected in spread.exact.state.items():
        assert distance(state[key], expected) <= Spread.ROOM * spread.state[key], key


@pytest.mark.parametrize("optimizer", RULES.values(), ids=RULES)
def test_optimizers(engine: str, optimizer: str) -> None:
    is_as_exact_as_float32(engine, optimizer)


@pytest.mark.parametrize("loss", LOSS_TEXTS)
def test_losses(engine: str, loss: str) -> None:
    is_as_exact_as_float32(engine, "sgd(0.1, momentum=0.5)", loss)


@pytest.mark.parametrize("loss", LOSS_TEXTS)
def test_class_weights(engine: str, loss: str) -> None:
    """Also where a batch has classes of all weights, and a last one of a few images."""
    is_as_exact_as_float32(engine, "sgd(0.1, momentum=0.5)", loss, "class_weights")


def test_a_batch_without_an_image_that_counts_has_no_loss(engine: str) -> None:
    plan = make("sgd(0.1)", settings="class_weights")
    session, images = start(engine, plan), pictures(plan.batch_size, plan.network)[0]
    before = session.state()
    none = np.full(len(images), 3, dtype=np.uint8)
    steps = session.train(Chunk(images, none, np.arange(len(images)), np.array([0.1])))
    assert steps.losses.tolist() == [0.0]
    assert same_bits(session.state(), before)


def test_class_weights_leave_no_trace_of_threads(engine: str) -> None:
    plan = replace(make_plan(SMOOTH, 150, "sgd(0.1)"), **SETTINGS["class_weights"])
    ends = []
    for threads in (1, 3):
        session = load_engine(engine).start(plan, some_state(plan.network), threads)
        ends.append((session.train(chunk(plan, 3)).losses.tolist(), session.state()))
    if load_engine(engine).same_bits_on_threads:
        assert ends[0][0] == ends[1][0]
        assert same_bits(ends[0][1], ends[1][1])


def test_equal_class_weights_of_a_mean_change_nothing_but_rounding(engine: str) -> None:
    plan = make("sgd(0.1)")
    weighted = replace(plan, class_weights=np.full(4, 7.5, dtype=np.float32))
    (plain, plain_state), (same, same_state) = (
        (session.train(chunk(plan, 3)).losses, session.state())
        for session in (start(engine, plan), start(engine, weighted))
    )
    assert np.abs(plain - same).max() < 1e-5
    assert max(distance(same_state[key], plain_state[key].astype(np.float64)) for key in plain_state) < 1e-6


def test_a_probe_counts_classes_by_their_weights(engine: str) -> None:
    """Its gradients are those of the step: what sgd at rate 1 takes off."""
    plan = make("sgd(1)", settings="class_weights")
    images, labels = pictures(plan.batch_size, plan.network)
    session = start(engine, plan)
    before, found = session.state(), session.probe(images, labels, training=True)
    losses = session.train(Chunk(images, labels, np.arange(len(images)), np.array([1.0]))).losses
    assert abs(found.loss - losses[0]) < 1e-5
    after = session.state()
    for key, gradient in found.gradients.items():
        assert np.abs(before[key] - after[key] - gradient).max() < 1e-6, key


@pytest.mark.parametrize("optimizer", ["sgd(0.3, weight_decay=0.02)", "adamw(0.02, eps=1e-4)"])
@pytest.mark.parametrize("settings", list(SETTINGS)[1:])
def test_settings(engine: str, settings: str, optimizer: str) -> None:
    is_as_exact_as_float32(engine, optimizer, "cross_entropy", settings)


def test_the_averages_answer(engine: str) -> None:
    """Outputs are those of a session whose parameters are the averages; training goes on from the parameters."""
    text = "input(1, 5, 5) conv2d(3, 3) batchnorm tanh flatten linear(4)"
    plan = replace(make_plan(text, 16, "sgd(0.3)"), average=0.9)
    session = start(engine, plan)
    session.train(chunk(plan, 6))
    state, images = session.state(), chunk(plan, 6).images
    answers = session.outputs(images)
    assert same_bits(session.state(), state)
    averaged = {key: state.get(f"{key}/average", array) for key, array in state.items() if "/" not in key}
    other = start(engine, replace(plan, average=None), averaged)
    # The reference's own averages are float64; those of the state are rounded once.
    assert np.abs(other.outputs(images) - answers).max() <= (1e-5 if engine == "reference" else 0)
    plain = start(engine, replace(plan, average=None), {key: a for key, a in state.items() if "/" not in key})
    assert np.abs(plain.outputs(images) - answers).max() > 0.01


@pytest.mark.parametrize("optimizer", RULES.values(), ids=RULES)
def test_a_resumed_run_ends_with_the_same_bits(engine: str, optimizer: str) -> None:
    """Of an engine that computes in float32; the reference rounds its state."""
    plan = replace(make_plan(SMOOTH, 16, optimizer), average=0.9)
    whole, begun = start(engine, plan), start(engine, plan)
    losses = whole.train(chunk(plan, 6)).losses
    begun.train(chunk(plan, 2))
    state = begun.state()
    assert {key: array.shape for key, array in state.items() if "/" in key} == memory_shapes(plan)
    if plan.optimizer.counts_steps:
        assert state[STEP].dtype == np.int64 and state[STEP] == 2
    resumed = start(engine, plan, state)
    rest = resumed.train(chunk(plan, 4, first=2)).losses
    if engine == "reference":
        assert np.abs(rest - losses[2:]).max() < 1e-5
    else:
        assert rest.tolist() == losses[2:].tolist()
        assert same_bits(resumed.state(), whole.state())


def test_memory_that_is_absent_is_as_before_the_first_step(engine: str) -> None:
    plan = replace(make_plan(SMOOTH, 16, RULES["adagrad"]), average=0.9)
    session = start(engine, plan)
    fresh = session.state()
    assert (fresh["linear1.weight/sum"] == 0.125).all() and fresh[STEP] == 0
    assert np.array_equal(fresh["linear1.weight/average"], fresh["linear1.weight"])
    session.train(chunk(plan, 2))
    session.load_state({key: array for key, array in fresh.items() if "/" not in key})
    assert same_bits(session.state(), fresh)


def test_images_of_float32_are_those_of_uint8(engine: str) -> None:
    """Whole numbers up to 255 are the same in both, so every bit is."""
    plan = make_plan(SMOOTH, 16, "sgd(0.1)")
    bytes_, floats = start(engine, plan), start(engine, plan)
    stored = chunk(plan, 3)
    values = replace(stored, images=stored.images.astype(np.float32))
    try:
        losses = floats.train(values).losses
    except EngineError as error:
        pytest.skip(str(error))
    assert losses.tolist() == bytes_.train(stored).losses.tolist()
    assert same_bits(floats.state(), bytes_.state())
    assert floats.outputs(values.images).tobytes() == bytes_.outputs(stored.images).tobytes()
