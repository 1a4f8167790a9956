"""What a fixed batch of images makes of a network."""

from dataclasses import replace

import numpy as np
import pytest

import seedbed as sb
from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine import load_engine
from seedbed.engine.base import Chunk
from seedbed.engine.optimizers import SGD
from seedbed.errors import EngineError
from seedbed.insight import BatchSession, StateProbe, probe_batch, probe_state, weights
from seedbed.insight.probe import probe_scores
from seedbed.network import State, initial_state
from seedbed.training import Recipe

FLOAT32 = float(np.finfo(np.float32).eps)


def test_the_batch_is_balanced_and_the_same_for_every_recipe(digits: Dataset) -> None:
    batch = probe_batch(Recipe.make("softmax", "digits"), digits)
    assert np.bincount(batch.labels).tolist() == [20] * 10
    assert len(set(batch.numbers.tolist())) == 200 and (np.diff(batch.numbers) > 0).all()
    other = probe_batch(Recipe.make("mlp", "digits", input="scale", augment="shift(1)", optimizer="adam"), digits)
    assert (other.numbers == batch.numbers).all()
    assert (other.images == fit_input("scale", digits).apply(digits.train_images[batch.numbers])).all()
    fewer = probe_batch(Recipe.make("softmax", "digits"), digits, count=25)
    assert set(np.bincount(fewer.labels).tolist()) == {2, 3}
    assert set(fewer.numbers.tolist()) <= set(batch.numbers.tolist())


def test_a_class_with_few_images_gives_all_it_has() -> None:
    labels = np.array([0] * 50 + [1] * 3, dtype=np.uint8)
    images = np.zeros((53, 1, 2, 2), dtype=np.uint8)
    dataset = Dataset("few", images, labels, images, labels, ("zero", "one"), "made up")
    recipe = Recipe.make("flatten linear(2)", "few", image_shape=(1, 2, 2))
    assert np.bincount(probe_batch(recipe, dataset, 20).labels).tolist() == [17, 3]


def test_a_large_network_is_looked_at_with_fewer_images(digits: Dataset) -> None:
    wide = "conv2d(128, 5, padding=2) conv2d(128, 5, padding=2) flatten linear(10)"
    # 64·25·(128 + 128·128) + 81,920 multiply-adds for an image, 10⁹ in all.
    assert len(probe_batch(Recipe.make(wide, "digits"), digits).labels) == 37


def probe(recipe: Recipe, dataset: Dataset, state: State | None = None) -> StateProbe:
    plan = recipe.plan(dataset)
    session = BatchSession(plan, probe_batch(recipe, dataset))
    return probe_state(session, state or initial_state(plan.network, recipe.init, 0))


def test_gradients_are_those_of_training(digits: Dataset) -> None:
    """One step of plain descent with rate 1 is the gradient, dropout and batch norm included."""
    recipe = Recipe.make(
        "conv2d(3, 3, bias=false) batchnorm relu flatten dropout(0.3) linear(10)",
        "digits",
        optimizer="sgd(0.1, momentum=0.9)",
    )
    plan, batch = recipe.plan(digits), probe_batch(recipe, digits)
    start = initial_state(plan.network, recipe.init, 0)
    seen = probe(recipe, digits)
    plain = replace(plan, optimizer=SGD(lr=1.0), batch_size=len(batch.numbers))
    session = load_engine("reference").start(plain, start)
    session.train(Chunk(digits.train_images, digits.train_labels, batch.numbers, np.ones(1)))
    for name, gradient in seen.result.gradients.items():
        moved = start[name].astype(np.float64) - session.state()[name]
        # One engine computes in float32, the other in float64.
        bound = 64 * FLOAT32 * (np.abs(start[name]).max() + np.abs(gradient).max())
        assert np.abs(gradient - moved).max() <= bound, name


def test_both_modes(digits: Dataset, trained: sb.Run) -> None:
    seen = probe(trained.recipe, digits, trained.state.state)
    normal, state = seen.result.values["norm1"], trained.model.state
    assert normal.mean(axis=(0, 2, 3)) == pytest.approx(state["norm1.bias"], abs=1e-5)
    assert normal.std(axis=(0, 2, 3)) == pytest.approx(np.abs(state["norm1.weight"]), rel=1e-3)
    evaluated = probe_scores(trained.model.network, state, seen.batch.images, seen.batch.labels)
    outputs = trained.model.logits(digits.train_images[seen.batch.numbers])
    assert np.abs(evaluated.values["linear2"] - outputs).max() <= 256 * FLOAT32 * np.abs(outputs).max()
    assert not np.allclose(evaluated.values["norm1"], normal)


def test_a_session_gives_each_state_what_it_gets_alone(digits: Dataset, trained: sb.Run) -> None:
    """Whatever was loaded before, and whatever step was taken from there."""
    assert trained.recording is not None
    plan, batch = trained.recipe.plan(digits), probe_batch(trained.recipe, digits)
    shared = BatchSession(plan, batch)
    for state in trained.recording.states.values():
        found, alone = (probe_state(session, state).result for session in (shared, BatchSession(plan, batch)))
        assert found.loss == alone.loss
        assert all((found.derivatives[name] == alone.derivatives[name]).all() for name in found.derivatives)
        steps = [weights(session, state).steps.tolist() for session in (shared, BatchSession(plan, batch))]
        assert steps[0] == steps[1]


def test_a_bias_feels_the_sum_of_the_deltas(digits: Dataset, trained: sb.Run) -> None:
    found = probe(trained.recipe, digits, trained.state.state).result
    assert found.derivatives["conv1"].shape == (200, 4, 8, 8)
    expected = found.derivatives["linear1"].sum(axis=0)
    assert found.gradients["linear1.bias"] == pytest.approx(expected, abs=float(200 * FLOAT32 * np.abs(expected).max()))


def test_the_engine_that_made_the_state_leaves_no_trace(digits: Dataset) -> None:
    """States of two engines after two steps differ by rounding, and so does what is seen of them."""
    recipe = Recipe.make("conv2d(3, 3) tanh avgpool2d(2) flatten linear(10)", "digits", optimizer="sgd(0.1)")
    plan = recipe.plan(digits)
    probes = []
    for engine in ("native", "reference"):
        session = load_engine(engine).start(plan, initial_state(plan.network, recipe.init, 0))
        session.train(Chunk(digits.train_images, digits.train_labels, np.arange(64), np.full(2, 0.1)))
        probes.append(probe(recipe, digits, session.state()))
    first, second = (seen.result for seen in probes)
    for one, other in ((first.derivatives, second.derivatives), (first.gradients, second.gradients)):
        for name in one:
            # Sums of at most 64·9 products of float32 made the states.
            assert np.abs(one[name] - other[name]).max() <= 576 * FLOAT32 * np.abs(one[name]).max(), name


def test_a_state_of_another_network_is_refused(digits: Dataset, trained: sb.Run) -> None:
    with pytest.raises(EngineError, match=r"'linear1.weight'"):
        probe(Recipe.make("softmax", "digits"), digits, trained.state.state)
