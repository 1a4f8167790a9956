"""What every engine must do; the same suite for all of them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from bounds import FLOAT32, analyse
from cases import BATCH_SIZES, NETWORKS, make_plan, pictures, some_state
from contract import MOMENTUM, Trainer, deep_copy, mixed_plan, same_bits, unit_of, within
from torch_model import Spread, distance, measure_spread

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk
from seedbed.errors import EngineError
from seedbed.network import ZOO, Layer, Network, initial_state

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_one_step_is_the_reference_s(engine: str, text: str, batch_size: int) -> None:
    """Outputs, loss, wrong answers, every gradient and every running statistic.

    With momentum the optimizer's memory after the first step is the gradient itself.
    """
    plan = make_plan(text, batch_size, MOMENTUM)
    images, labels = pictures(batch_size, plan.network)
    state = some_state(plan.network)
    expected = analyse(plan, state, images, labels, unit_of(engine))
    session = load_engine(engine).start(plan, state)
    assert within(session.outputs(images), expected.outputs)
    steps = session.train(Chunk(images, labels, np.arange(batch_size), np.array([0.1])))
    after = session.state()
    assert within(steps.losses, expected.loss)
    assert expected.fewest_wrong <= steps.wrong[0] <= expected.most_wrong
    for key, gradient in expected.gradients.items():
        assert within(after[f"{key}/momentum"], gradient), key
        # One multiplication and one subtraction round.
        moved = state[key] - 0.1 * after[f"{key}/momentum"].astype(np.float64)
        assert (np.abs(after[key] - moved) <= 4 * FLOAT32 * (np.abs(moved) + np.abs(state[key]))).all(), key
    for key, statistic in expected.buffers.items():
        assert within(after[key], statistic), key


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        "mse(reduction=mean)",
        "cross_entropy",
        "cross_entropy(label_smoothing=0.2)",
        "hinge(C=3)",
        "hinge(reduction=sum)",
        "squared_hinge(C=0.5)",
        "squared_hinge(reduction=sum)",
    ],
)
@pytest.mark.parametrize("end", ["tanh", "linear(5)", "relu"])
def test_losses_after_any_end(engine: str, loss: str, end: str) -> None:
    plan = make_plan(f"input(1, 4, 4) flatten linear(5) {end}", 19, MOMENTUM, loss)
    images, labels = pictures(19, plan.network)
    state = some_state(plan.network)
    expected = analyse(plan, state, images, labels, unit_of(engine))
    session = load_engine(engine).start(plan, state)
    assert within(session.train(Chunk(images, labels, np.arange(19), np.array([0.1]))).losses, expected.loss)
    for key, gradient in expected.gradients.items():
        assert within(session.state()[f"{key}/momentum"], gradient), key


@pytest.mark.parametrize("far", [1, 10, 100, 1000])
@pytest.mark.parametrize("momentum", [0.1, 0])
def test_batchnorm_far_from_zero(engine: str, far: float, momentum: float) -> None:
    """The variance must not drown when the batch lies ``far`` from 0 and from the running mean, which starts at 0."""
    text = f"input(1, 6, 6) batchnorm(momentum={momentum}) flatten linear(4)"
    plan = replace(make_plan(text, 33, "sgd(lr=0.1)"), shift=np.array([far], dtype=np.float32))
    images, labels = pictures(99, plan.network)
    state, lrs = initial_state(plan.network, "lecun_uniform", seed=1), np.full(3, 0.1)
    spread = measure_spread(plan, state, images, labels, lrs)
    steps = load_engine(engine).start(plan, state).train(Chunk(images, labels, np.arange(99), lrs))
    assert np.abs(steps.losses - spread.exact.losses).max() <= Spread.ROOM * spread.losses


@pytest.mark.parametrize("name", ZOO)
def test_networks_of_the_zoo(engine: str, name: str) -> None:
    """Outputs and the losses of three steps, the last of them short, agree to the rounding of float32."""
    plan = make_plan(name, 16)
    images, labels = pictures(40, plan.network)
    state, lrs = initial_state(plan.network, "lecun_uniform", seed=1), np.full(3, 0.1)
    spread = measure_spread(plan, state, images, labels, lrs)
    session = load_engine(engine).start(plan, state)
    outputs = session.outputs(images[:16])
    steps = session.train(Chunk(images, labels, np.arange(40), lrs))
    assert np.abs(outputs - spread.exact.outputs).max() <= Spread.ROOM * spread.outputs
    assert np.abs(steps.losses - spread.exact.losses).max() <= Spread.ROOM * spread.losses


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd(lr=1)",
        "sgd(lr=1, weight_decay=0.05)",
        "sgd(lr=1, momentum=0.9)",
        "sgd(lr=1, momentum=0.8, nesterov=true)",
        "sgd(lr=1, momentum=0.8, nesterov=true, weight_decay=0.05)",
    ],
)
def test_optimizers_and_rates_of_single_steps(engine: str, optimizer: str) -> None:
    """Every step has its own rate, and ``lr`` of the optimizer is not used; a smooth network leaves only rounding."""
    plan = make_plan("input(1, 5, 5) conv2d(3, 3) tanh flatten linear(8) tanh linear(4)", 16, optimizer)
    images, labels = pictures(70, plan.network)
    state, lrs = some_state(plan.network), np.array([0.1, 0.0, 0.02, 0.3, 0.15])
    spread = measure_spread(plan, state, images, labels, lrs)
    session = load_engine(engine).start(plan, state)
    steps = session.train(Chunk(images, labels, np.arange(70), lrs))
    assert np.abs(steps.losses - spread.exact.losses).max() <= Spread.ROOM * spread.losses
    for key, expected in spread.exact.state.items():
        assert distance(session.state()[key], expected) <= Spread.ROOM * spread.state[key], key


def test_a_rate_of_zero_moves_no_parameter(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan(optimizer="sgd(lr=0.1)"))
    before = trainer.session.state()
    trainer.train(lr=0.0)
    after = trainer.session.state()
    assert all(np.array_equal(before[key], after[key]) for key in trainer.plan.network.parameter_shapes)
    assert all((before[key] != after[key]).any() for key in trainer.plan.network.buffer_shapes)


def test_the_last_batch_may_be_shorter(engine: str) -> None:
    """40 images in batches of 16: one call of three steps and three calls of one give the same bits."""
    together, single = Trainer(engine, mixed_plan()), Trainer(engine, mixed_plan())
    at_once = together.train()
    one_by_one = [single.train(step, 1) for step in range(3)]
    assert at_once.losses.shape == at_once.wrong.shape == (3,)
    assert at_once.losses.dtype == np.float64 and at_once.wrong.dtype == np.int64
    assert at_once.losses.tolist() == [float(steps.losses[0]) for steps in one_by_one]
    assert at_once.wrong.tolist() == [int(steps.wrong[0]) for steps in one_by_one]
    assert same_bits(together.session.state(), single.session.state())


def test_a_batch_may_be_larger_than_the_data(engine: str) -> None:
    large, exact = Trainer(engine, mixed_plan(64), images=21), Trainer(engine, mixed_plan(21), images=21)
    assert large.train().losses.tolist() == exact.train().losses.tolist()
    assert same_bits(large.session.state(), exact.session.state())


def test_an_image_may_come_more_than_once(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan(4), images=3)
    trainer.order = np.array([2, 2, 0, 2, 1, 1])
    copies = Trainer(engine, mixed_plan(4), images=3)
    copies.images, copies.labels = copies.images[trainer.order], copies.labels[trainer.order]
    copies.order = np.arange(6)
    assert trainer.train().losses.tolist() == copies.train().losses.tolist()


def test_the_same_bits_twice_and_on_any_number_of_threads(engine: str) -> None:
    for text in (str(mixed_plan().network), "lenet5++"):
        plan = make_plan(text, 50, MOMENTUM)
        # The number of threads decides the order of PyTorch's sums.
        counts = (2, 2, 2, 2) if engine == "torch" else (1, 1, 2, 3)
        runs = [Trainer(engine, plan, images=120, threads=threads) for threads in counts]
        losses = [run.train().losses.tolist() for run in runs]
        assert losses[0] == losses[1] == losses[2] == losses[3]
        assert all(same_bits(runs[0].session.state(), run.session.state()) for run in runs)
        outputs = [run.session.outputs(run.images).tobytes() for run in runs]
        assert outputs[0] == outputs[1] == outputs[2] == outputs[3]


def test_evaluation_changes_nothing(engine: str) -> None:
    quiet, watched = Trainer(engine, mixed_plan()), Trainer(engine, mixed_plan())
    for step in range(3):
        quiet.train(step, 1)
        before = watched.session.state()
        first, second = (watched.session.outputs(watched.images) for _ in range(2))
        assert first.tobytes() == second.tobytes()
        assert same_bits(before, watched.session.state())
        watched.train(step, 1)
    assert same_bits(quiet.session.state(), watched.session.state())


def test_outputs_depend_on_each_image_alone(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan(), images=33)
    expected = analyse(
        trainer.plan, some_state(trainer.plan.network), trainer.images, trainer.labels, unit_of(engine)
    ).outputs
    turned = trainer.session.outputs(trainer.images[::-1])[::-1]
    alone = np.concatenate([trainer.session.outputs(trainer.images[i : i + 1]) for i in range(33)])
    assert within(trainer.session.outputs(trainer.images), expected)
    assert within(turned, expected) and within(alone, expected)


@pytest.mark.parametrize("count", [0, 1, 257, 700])
def test_any_number_of_outputs(engine: str, count: int) -> None:
    trainer = Trainer(engine, mixed_plan(), images=count)
    outputs = trainer.session.outputs(trainer.images)
    assert outputs.shape == (count, 4) and outputs.dtype == np.float32
    assert np.isfinite(outputs).all()


def test_no_steps(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    before = trainer.session.state()
    steps = trainer.train(first=99)
    assert steps.losses.shape == steps.wrong.shape == (0,)
    assert same_bits(before, trainer.session.state())


def test_images_need_not_be_contiguous(engine: str) -> None:
    plain, strange = Trainer(engine, mixed_plan()), Trainer(engine, mixed_plan())
    expected = plain.session.outputs(plain.images)
    twice = np.repeat(plain.images, 2, axis=0)
    read_only = plain.images.copy()
    read_only.setflags(write=False)
    for images in (twice[::2], np.asfortranarray(plain.images), plain.images[::-1].copy()[::-1], read_only):
        assert strange.session.outputs(images).tobytes() == expected.tobytes()
    strange.images, strange.labels = np.asfortranarray(plain.images), np.repeat(plain.labels, 2)[::2]
    assert strange.train().losses.tolist() == plain.train().losses.tolist()


def test_the_first_of_equal_maxima_gets_the_gradient(engine: str) -> None:
    """The convolution passes the upper left pixel on; its other weight, 0, gets the pixel right of the chosen one."""
    plan = make_plan("input(1, 3, 3) conv2d(1, 2, bias=false) maxpool2d(2) flatten", 1, MOMENTUM, "mse")
    plan = replace(plan, scale=np.ones(1, dtype=np.float32), shift=np.zeros(1, dtype=np.float32))
    image = np.array([[[[9, 9, 40], [9, 9, 70], [5, 6, 7]]]], dtype=np.uint8)
    state = {"conv1.weight": np.array([[[[1, 0], [0, 0]]]], dtype=np.float32)}
    session = load_engine(engine).start(plan, state)
    session.train(Chunk(image, np.zeros(1, dtype=np.uint8), np.arange(1), np.array([0.1])))
    # ŷ = 9, y = 1: the gradient of the output is 8, times the window of the first maximum.
    assert session.state()["conv1.weight/momentum"].tolist() == [[[[8 * 9, 8 * 9], [8 * 9, 8 * 9]]]]


@dataclass(frozen=True)
class Unknown(Layer):
    notation: ClassVar[str] = "unknown"
    prefix: ClassVar[str] = "unknown"


def test_layers_that_an_engine_lacks_are_named(engine: str) -> None:
    plan = make_plan("input(1, 2, 2) flatten", 4)
    strange = replace(plan, network=Network(plan.network.layers, plan.network.input_shape))
    first = replace(plan.network.nodes[0], layer=Unknown())
    object.__setattr__(strange.network, "nodes", (first, *plan.network.nodes[1:]))
    with pytest.raises(EngineError, match="unknown"):
        load_engine(engine).start(strange, {})


def test_a_run_that_diverges_says_so_and_can_be_healed(engine: str) -> None:
    trainer = Trainer(engine, make_plan("input(1, 5, 5) flatten linear(30) relu linear(10)", 16), images=200)
    healthy = deep_copy(trainer.session.state())
    assert not np.isfinite(trainer.train(lr=1e30).losses).all()
    trainer.session.state()
    trainer.session.outputs(trainer.images)
    trainer.session.load_state(healthy)
    assert np.isfinite(trainer.train(lr=0.01).losses).all()


def test_the_engine_says_what_it_is(engine: str) -> None:
    loaded = load_engine(engine)
    assert loaded.name == engine
    assert loaded.description.startswith(f"{engine} (")
