"""What every engine must keep, give back and refuse."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from bounds import FLOAT32, analyse
from contract import MOMENTUM, Broken, Trainer, deep_copy, mixed_plan, same_bits

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk, memory_shapes
from seedbed.errors import EngineError

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def test_state_names_everything_that_changes(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    network = trainer.plan.network
    shapes = network.parameter_shapes | network.buffer_shapes | memory_shapes(trainer.plan)
    state = trainer.session.state()
    assert {key: array.shape for key, array in state.items()} == shapes
    assert all(array.dtype == np.float32 for array in state.values())
    trainer.train()
    after = trainer.session.state()
    # The bias before batch norm changes nothing of the loss; only rounding moves it.
    assert all((after[key] != state[key]).any() for key in shapes if not key.startswith("conv1.bias"))


def test_a_new_session_holds_the_state_it_was_given(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    trainer.train()
    state = trainer.session.state()
    again = load_engine(engine).start(trainer.plan, state)
    assert same_bits(again.state(), state)
    trainer.train()
    trainer.session.load_state(state)
    assert same_bits(trainer.session.state(), state)


@pytest.mark.parametrize("optimizer", ["sgd(lr=0.1)", MOMENTUM, "sgd(lr=0.1, momentum=0.5, nesterov=true)"])
def test_a_resumed_run_goes_on_as_if_nothing_had_been(engine: str, optimizer: str) -> None:
    """Two steps, state, a new session, two steps: the bits of four steps, if the state holds all bits there are.

    The reference computes in float64 and gives float32, so it goes on from numbers that are one rounding off; that is
    less than what a float32 engine may do to the next loss.
    """
    plan = mixed_plan(10, optimizer)
    whole, begun = Trainer(engine, plan), Trainer(engine, plan)
    losses = whole.train().losses
    begun.train(0, 2)
    resumed = Trainer(engine, plan, state=begun.session.state())
    if engine == "reference":
        third = begun.order[20:30]
        state = {key: a for key, a in begun.session.state().items() if "/" not in key}
        bound = analyse(plan, state, begun.images[third], begun.labels[third], FLOAT32).loss.error[0]
        assert abs(resumed.train(2, 1).losses[0] - losses[2]) <= bound
    else:
        assert resumed.train(2).losses.tolist() == losses[2:].tolist()
        assert same_bits(resumed.session.state(), whole.session.state())


def test_optimizer_memory_may_be_absent(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    fresh = trainer.session.state()
    parameters = {key: array for key, array in fresh.items() if "/" not in key}
    trainer.train()
    trainer.session.load_state(parameters)
    assert same_bits(trainer.session.state(), fresh)
    assert not any(array.any() for key, array in fresh.items() if "/" in key)


def test_a_state_from_any_engine_is_taken(engine: str) -> None:
    for other in ENGINES:
        trainer = Trainer(other, mixed_plan())
        trainer.train()
        state = trainer.session.state()
        assert same_bits(load_engine(engine).start(trainer.plan, state).state(), state)


def test_states_are_copies(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    given = trainer.session.state()
    kept = deep_copy(given)
    session = load_engine(engine).start(trainer.plan, given)
    session.train(Chunk(trainer.images, trainer.labels, trainer.order, np.full(3, 0.1)))
    assert same_bits(given, kept)
    taken = session.state()
    for array in taken.values():
        array.fill(7)
    assert all((array != 7).any() for array in session.state().values())


def test_sessions_do_not_share_anything(engine: str) -> None:
    alone, beside, other = (Trainer(engine, mixed_plan()) for _ in range(3))
    losses = []
    for step in range(3):
        losses.append(beside.train(step, 1).losses[0])
        other.train(lr=0.3)
    assert alone.train().losses.tolist() == losses


STATES = {
    "missing": (lambda state: state.pop("linear2.bias"), "linear2.bias"),
    "missing buffer": (lambda state: state.pop("norm1.running_var"), "norm1.running_var"),
    "unknown": (lambda state: state.update(other=np.zeros(1, dtype=np.float32)), "other"),
    "memory of another optimizer": (
        lambda state: state.update({"linear1.bias/square": np.zeros(9, dtype=np.float32)}),
        "linear1.bias/square",
    ),
    "shape": (lambda state: state.update({"linear1.weight": state["linear1.weight"].T.copy()}), "linear1.weight"),
    "shape of memory": (
        lambda state: state.update({"conv1.bias/momentum": np.zeros((5, 1), dtype=np.float32)}),
        "conv1.bias/momentum",
    ),
}


@pytest.mark.parametrize(("spoil", "name"), STATES.values(), ids=STATES)
def test_wrong_states_are_refused_whole(engine: str, spoil: object, name: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    trainer.train()
    before = trainer.session.state()
    state = {key: np.zeros_like(array) for key, array in before.items()}
    spoil(state)  # type: ignore[operator]
    with pytest.raises(EngineError, match=name):
        trainer.session.load_state(state)
    with pytest.raises(EngineError, match=name):
        load_engine(engine).start(trainer.plan, state)
    assert same_bits(trainer.session.state(), before)


def broken(
    images: object = None, labels: object = None, order: object = None, lrs: object = None, samples: object = None
) -> Broken:
    """A call of ``train`` with one thing that is wrong."""

    def call(trainer: Trainer) -> object:
        chunk = Chunk(
            trainer.images if images is None else images(trainer.images),  # type: ignore[operator]
            trainer.labels if labels is None else labels(trainer.labels),  # type: ignore[operator]
            np.arange(40) if order is None else order(np.arange(40)),  # type: ignore[operator]
            np.full(3, 0.1) if lrs is None else lrs(np.full(3, 0.1)),  # type: ignore[operator]
            samples=None if samples is None else samples(np.arange(40)),  # type: ignore[operator]
        )
        return trainer.session.train(chunk)

    return call


def at(place: int, value: int) -> object:
    def change(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array[place] = value
        return array

    return change


CALLS = {
    "label beyond the outputs": broken(labels=at(7, 4)),
    "label far beyond the outputs": broken(labels=at(39, 255)),
    "too few labels": broken(labels=lambda a: a[:-1]),
    "labels of int64": broken(labels=lambda a: a.astype(np.int64)),
    "labels in two dimensions": broken(labels=lambda a: a[:, None]),
    "index beyond the images": broken(order=at(20, 40)),
    "index far beyond the images": broken(order=at(39, 2**62)),
    "negative index": broken(order=at(0, -1)),
    "order of int32": broken(order=lambda a: a.astype(np.int32)),
    "order of float": broken(order=lambda a: a.astype(np.float64)),
    "order in two dimensions": broken(order=lambda a: a.reshape(20, 2)),
    "too many rates": broken(lrs=lambda a: np.full(4, 0.1)),
    "too few rates": broken(lrs=lambda a: a[:2]),
    "rates of float32": broken(lrs=lambda a: a.astype(np.float32)),
    "order for no images": broken(images=lambda a: a[:0], labels=lambda a: a[:0]),
    "too few samples": broken(samples=lambda a: a[:-1]),
    "samples of int32": broken(samples=lambda a: a.astype(np.int32)),
    "images of float64": broken(images=lambda a: a.astype(np.float64)),
    "images without channels": broken(images=lambda a: a[:, 0]),
    "images of another size": broken(images=lambda a: a[:, :, 1:]),
    "images of other channels": broken(images=lambda a: a[:, :1]),
    "images as rows": broken(images=lambda a: a.reshape(40, -1)),
    "images as a list": broken(images=lambda a: a.tolist()),
    "outputs of float64": lambda trainer: trainer.session.outputs(trainer.images / 255),
    "outputs of another size": lambda trainer: trainer.session.outputs(trainer.images[:, :, 1:]),
    "outputs of one image": lambda trainer: trainer.session.outputs(trainer.images[0]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_wrong_arguments_are_refused(engine: str, call: Broken) -> None:
    trainer = Trainer(engine, mixed_plan())
    before = trainer.session.state()
    with pytest.raises(EngineError):
        call(trainer)
    assert same_bits(trainer.session.state(), before)
    assert np.isfinite(trainer.train().losses).all()


def test_threads_that_ask_one_session_get_the_answers_of_one(engine: str) -> None:
    """Six threads ask for outputs of different images, others read the state and take steps that move nothing."""
    trainer = Trainer(engine, replace(mixed_plan(), average=0.5), images=3000)
    trainer.train()
    session, parts = trainer.session, np.array_split(trainer.images, 6)
    alone = [session.outputs(part).tobytes() for part in parts]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda part: session.outputs(part).tobytes(), parts * 20)) == alone * 20
    losses = trainer.train(0, 4, lr=0.0).losses.tolist()
    with ThreadPoolExecutor(6) as pool:
        steps = [pool.submit(trainer.train, 0, 4, 0.0) for _ in range(6)]
        answers = [pool.submit(session.outputs, part) for part in parts]
        states = [pool.submit(session.state) for _ in range(6)]
    assert [one.result().losses.tolist() for one in steps] == [losses] * 6
    assert all(np.isfinite(one.result()).all() for one in answers)
    own = trainer.plan.network.parameter_shapes
    assert all(
        same_bits({key: one.result()[key] for key in own}, {key: session.state()[key] for key in own}) for one in states
    )
