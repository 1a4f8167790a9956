"""What layers promise beyond the numbers of one step: random masks, tables of connections, rows wider than a vector."""

from dataclasses import replace

import numpy as np
import pytest
from cases import make_plan, pictures, some_state

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk
from seedbed.network import Network, dropout_mask

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.875])
def test_masks_of_dropout_bit_for_bit(engine: str, p: float) -> None:
    """Image n alone shows the pixels 3n … 3n + 2, so their weights have a gradient where its mask keeps them."""
    count, epoch = 20, 3
    plan = replace(make_plan(f"input(1, 6, 10) flatten dropout({p}) linear(3)", count, "sgd(0.1, momentum=0.9)", "mse"))
    plan = replace(plan, seed=2**40 + 7, scale=np.ones(1, np.float32), shift=np.zeros(1, np.float32))
    owner = np.arange(60) // 3
    images = np.where(owner == np.arange(count)[:, np.newaxis], 200, 0).astype(np.uint8).reshape(count, 1, 6, 10)
    samples = np.random.default_rng(2).integers(0, 2**32, count)
    labels = np.zeros(count, dtype=np.uint8)
    session = load_engine(engine).start(plan, some_state(plan.network))
    session.train(Chunk(images, labels, np.arange(count), np.array([0.1]), epoch, samples))
    kept = dropout_mask(p, plan.seed, epoch, samples, 1, (60,))[owner, np.arange(60)]
    assert np.array_equal((session.state()["linear1.weight/momentum"] != 0).all(axis=0), kept)


def test_dropout_is_nothing_in_evaluation(engine: str) -> None:
    text = (
        "input(2, 6, 5) {0} conv2d(3, 3, padding=1) relu {0} conv2d(4, 3, padding=2) {0} tanh flatten {0} linear(5) {0}"
    )
    plain = Network.parse(text.format(""))
    images, state = pictures(35, plain)[0], some_state(plain)
    outputs = []
    for network in (text.format("dropout(0.6)"), text.format("dropout(0.3) dropout"), text.format("")):
        plan = make_plan(network, 16)
        outputs.append(load_engine(engine).start(plan, state).outputs(images).tobytes())
    assert outputs[0] == outputs[1] == outputs[2]


def test_pairs_that_a_table_leaves_out(engine: str) -> None:
    """They stay at 0 whatever the optimizer does, and what a state holds there does not count."""
    plan = make_plan("input(3, 5, 5) conv2d(4, 2, table=(1, 6, 5, 7)) flatten linear(3)", 16, "adamw(0.01)")
    images, labels = pictures(48, plan.network)
    absent = np.array([[mask >> channel & 1 == 0 for channel in range(3)] for mask in (1, 6, 5, 7)])
    state = some_state(plan.network)
    strange = {key: array.copy() for key, array in state.items()}
    strange["conv1.weight"][absent] = 9
    session = load_engine(engine).start(plan, state)
    assert load_engine(engine).start(plan, strange).outputs(images).tobytes() == session.outputs(images).tobytes()
    session.train(Chunk(images, labels, np.arange(48), np.full(3, 0.01)))
    after = session.state()["conv1.weight"]
    assert not after[absent].any()
    assert (after[~absent] != state["conv1.weight"][~absent]).any()


def test_float32_rows_wider_than_a_vector(engine: str) -> None:
    """Whole numbers up to 255 are the same in both types, so every bit is."""
    plan = make_plan("input(2, 3, 37) conv2d(2, 3) tanh flatten linear(3)", 16)
    images, labels = pictures(40, plan.network)
    results = []
    for stored in (images, images.astype(np.float32), np.asfortranarray(images, dtype=np.float32)):
        session = load_engine(engine).start(plan, some_state(plan.network))
        losses = session.train(Chunk(stored, labels, np.arange(40), np.full(3, 0.1))).losses
        results.append((losses.tolist(), session.outputs(stored).tobytes()))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("place", range(4))
def test_a_maximum_does_not_hide_what_diverged(engine: str, place: int) -> None:
    """NaN anywhere in a window is NaN in the result, so that a diverged run is seen."""
    plan = make_plan("input(1, 2, 2) maxpool2d(2) flatten linear(2)", 16)
    images = np.ones((3, 1, 2, 2), dtype=np.float32)
    images[1].reshape(4)[place] = np.nan
    outputs = load_engine(engine).start(plan, some_state(plan.network)).outputs(images)
    assert np.isnan(outputs).all(axis=1).tolist() == [False, True, False]
