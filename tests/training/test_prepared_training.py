"""Prepared images in the training loop and in models."""

import json

import numpy as np
import pytest
import safetensors.numpy

from seedbed.data import Dataset, Preparation, load_data
from seedbed.engine import load_engine
from seedbed.errors import DataError, NetworkError, NotationError
from seedbed.training import Model, Recipe, TrainingLoop

NETWORK = "flatten linear(16) relu linear(10)"
ROUNDED = 2 * 64 * 2.0**-24 * 10
"""A model holds parameters as float32, the reference engine trains with float64: two sums of at most 64 terms, whose
magnitudes add up to less than 10."""


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


def loop_of(data, threads=1, **settings):
    recipe = Recipe.make(NETWORK, "digits", **{"epochs": 2} | settings)
    return TrainingLoop(recipe, data, 3, load_engine("reference"), threads)


def model_of(loop, data):
    fitted = Preparation(loop.recipe.input, loop.recipe.augment, data).input
    return Model(loop.plan.network, loop.run.state, fitted, "reference")


def test_preparing_here_or_in_the_engine_is_the_same(digits):
    """``shift(0)`` changes nothing but where pixels are scaled, so only float32 rounding of the pixels remains."""
    direct, prepared = loop_of(digits), loop_of(digits, augment="shift(0)")
    assert not np.array_equal(direct.plan.scale, prepared.plan.scale)
    expected = direct.finish().history
    np.testing.assert_allclose(prepared.finish().history.step_losses, expected.step_losses, rtol=1e-4)
    np.testing.assert_allclose(prepared.run.history.test_loss, expected.test_loss, rtol=1e-4)


@pytest.mark.parametrize("settings", [
    {"input": "standardize pca(9)", "augment": "noise(1, decay=linear)"},
    {"input": "crop(6) standardize_image", "augment": "random_crop(6) brightness(63)"},
])  # fmt: skip
def test_length_of_chunks_and_threads_leave_no_trace(digits, settings):
    expected = loop_of(digits, **settings).finish()
    other = loop_of(digits, threads=2, **settings)
    other._most_steps = 3
    state = other.finish()
    np.testing.assert_array_equal(state.history.step_losses, expected.history.step_losses)
    np.testing.assert_array_equal(state.outputs, expected.outputs)


def test_augmentation_knows_epoch_and_progress(digits, monkeypatch):
    seen = []
    whole = Preparation.train

    def watch(self, order, epoch, progress):
        seen.append((order, epoch, progress))
        return whole(self, order, epoch, progress)

    monkeypatch.setattr(Preparation, "train", watch)
    loop_of(digits, augment="noise(1)", batch_size=100).finish()
    orders, epochs, progress = zip(*seen, strict=True)
    steps = np.repeat(np.arange(15), 100)[:1437]
    np.testing.assert_array_equal(np.concatenate(progress), np.concatenate([steps / 30, (steps + 15) / 30]))
    assert np.array_equal(np.repeat(epochs, [len(order) for order in orders]), np.repeat([0, 1], 1437))
    assert len(np.unique(np.concatenate(orders)[:1437])) == 1437


@pytest.mark.parametrize("input", ["standardize pca(9)", "crop(6) standardize_image", "standardize"])
def test_a_saved_model_takes_stored_images(digits, tmp_path, input):
    loop = loop_of(digits, input=input, epochs=1)
    outputs = loop.finish().outputs
    model = model_of(loop, digits)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model", "reference")
    np.testing.assert_array_equal(loaded.logits(digits.test_images), model.logits(digits.test_images))
    np.testing.assert_allclose(loaded.logits(digits.test_images), outputs, rtol=0, atol=ROUNDED)
    with pytest.raises(DataError, match="expected uint8 with values 0 to 255, got float64"):
        loaded.logits(digits.test_images / 255)
    with pytest.raises(DataError, match="expected shape n×1×8×8"):
        loaded.logits(digits.test_images[:, :, 1:])


def test_a_model_of_float_images_takes_float_images(tmp_path):
    points = np.random.default_rng(0).normal(size=(64, 2, 1, 1)).astype(np.float32)
    labels = (points[:, 0, 0, 0] > 0).astype(np.uint8)
    data = Dataset("points", points, labels, points, labels, ("no", "yes"), "random numbers")
    recipe = Recipe.make("flatten linear(2)", "points", epochs=1, image_shape=(2, 1, 1))
    loop = TrainingLoop(recipe, data, 0, load_engine("reference"))
    outputs = loop.finish().outputs
    model = model_of(loop, data)
    np.testing.assert_allclose(model.logits(points), outputs, rtol=0, atol=ROUNDED)
    with pytest.raises(DataError, match="expected float32, got uint8"):
        model.logits(points.astype(np.uint8))


def test_models_of_the_first_format_are_read(digits, tmp_path):
    loop = loop_of(digits, epochs=1)
    outputs = loop.finish().outputs
    arrays = loop.run.state | {"input.scale": loop.plan.scale, "input.shift": loop.plan.shift}
    about = {"network": str(loop.plan.network), "format": "seedbed-model-1"}
    safetensors.numpy.save_file(arrays, tmp_path / "old", {"seedbed": json.dumps(about)})
    logits = Model.load(tmp_path / "old", "reference").logits(digits.test_images)
    np.testing.assert_allclose(logits, outputs, rtol=0, atol=ROUNDED)


def test_a_recipe_checks_what_enters_the_network():
    recipe = Recipe.make("flatten linear(10)", input="standardize  pca( 70 )", augment="noise(1.0,decay=linear)")
    assert (recipe.input, recipe.augment) == ("standardize pca(70)", "noise(1, decay=linear)")
    assert Recipe(**recipe.to_dict()) == recipe
    with pytest.raises(NetworkError, match="70×1×1"):
        Recipe.make("conv2d(6, 5) flatten linear(10)", input="pca(70)")
    with pytest.raises(NotationError, match="unknown augmentation"):
        Recipe.make("flatten linear(10)", augment="crop(4)")
