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
from seedbed.insight import Look, look, probe_batch
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


def look_at(recipe: Recipe, dataset: Dataset, state: State | None = None) -> Look:
    plan = recipe.plan(dataset)
    return look(plan, state or initial_state(plan.network, recipe.init, 0), probe_batch(recipe, dataset))


def test_gradients_are_those_of_training(digits: Dataset) -> None:
    """One step of plain descent with rate 1 is the gradient, dropout and batch norm included."""
    recipe = Recipe.make(
        "conv2d(3, 3, bias=false) batchnorm relu flatten dropout(0.3) linear(10)",
        "digits",
        optimizer="sgd(0.1, momentum=0.9)",
    )
    plan, batch = recipe.plan(digits), probe_batch(recipe, digits)
    start = initial_state(plan.network, recipe.init, 0)
    seen = look_at(recipe, digits)
    plain = replace(plan, optimizer=SGD(lr=1.0), batch_size=len(batch.numbers))
    session = load_engine("reference").start(plain, start)
    session.train(Chunk(digits.train_images, digits.train_labels, batch.numbers, np.ones(1)))
    for name, gradient in seen.gradients.items():
        moved = start[name].astype(np.float64) - session.state()[name]
        # The images are float32 here and float64 there; so are the parameters after the step.
        bound = 64 * FLOAT32 * (np.abs(start[name]).max() + np.abs(gradient).max())
        assert np.abs(gradient - moved).max() <= bound, name


def test_both_modes(digits: Dataset, trained: sb.Run) -> None:
    seen = look_at(trained.recipe, digits, trained.state.state)
    outputs = trained.model.logits(digits.train_images[seen.batch.numbers])
    largest = np.abs(outputs).max()
    assert np.abs(seen.evaluation["linear2"] - outputs).max() <= 256 * FLOAT32 * largest
    normal, state = seen.training["norm1"], trained.model.state
    assert normal.mean(axis=(0, 2, 3)) == pytest.approx(state["norm1.bias"], abs=1e-6)
    assert normal.std(axis=(0, 2, 3)) == pytest.approx(np.abs(state["norm1.weight"]), rel=1e-3)
    assert not np.allclose(seen.evaluation["norm1"], normal)


def test_a_bias_feels_the_sum_of_the_deltas(digits: Dataset, trained: sb.Run) -> None:
    seen = look_at(trained.recipe, digits, trained.state.state)
    assert seen.deltas["conv1"].shape == (200, 4, 8, 8)
    assert seen.gradients["linear1.bias"] == pytest.approx(seen.deltas["linear1"].sum(axis=0), abs=1e-15)


def test_the_engine_that_made_the_state_leaves_no_trace(digits: Dataset) -> None:
    """States of two engines after two steps differ by rounding, and so does what is seen of them."""
    recipe = Recipe.make("conv2d(3, 3) tanh avgpool2d(2) flatten linear(10)", "digits", optimizer="sgd(0.1)")
    plan = recipe.plan(digits)
    looks = []
    for engine in ("native", "reference"):
        session = load_engine(engine).start(plan, initial_state(plan.network, recipe.init, 0))
        session.train(Chunk(digits.train_images, digits.train_labels, np.arange(64), np.full(2, 0.1)))
        looks.append(look_at(recipe, digits, session.state()))
    for one, other in ((looks[0].deltas, looks[1].deltas), (looks[0].gradients, looks[1].gradients)):
        for name in one:
            # Sums of at most 64·9 products of float32 made the states.
            assert np.abs(one[name] - other[name]).max() <= 576 * FLOAT32 * np.abs(one[name]).max(), name


def test_a_state_of_another_network_is_refused(digits: Dataset, trained: sb.Run) -> None:
    with pytest.raises(EngineError, match=r"'linear1.weight'"):
        look_at(Recipe.make("softmax", "digits"), digits, trained.state.state)
