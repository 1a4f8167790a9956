"""What is seen of a trained model and around it."""

import numpy as np
import pytest

import seedbed as sb
from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine import load_engine
from seedbed.errors import DataError, NetworkError
from seedbed.insight import (
    feature_maps,
    filters,
    loss_surface,
    occlusion,
    probabilities,
    probe_batch,
    range_test,
    saliency,
)
from seedbed.network import Network, State, initial_state
from seedbed.training import Model, Recipe, TrainingLoop

FLOAT32 = float(np.finfo(np.float32).eps)


def model_of(network: str, dataset: Dataset, state: State | None = None, input: str = "scale") -> Model:
    fitted = fit_input(input, dataset)
    built = Network.parse(network, fitted.image_shape)
    return Model(built, state or initial_state(built, "lecun_uniform", 3), fitted)


def test_filters(trained: sb.Run) -> None:
    assert filters(trained.model, "conv1").shape == (4, 1, 3, 3)
    with pytest.raises(NetworkError, match=r"a convolution, got 'linear1'\. This network has conv1\."):
        filters(trained.model, "linear1")


def test_feature_maps_are_what_the_layers_give(digits: Dataset) -> None:
    text = "conv2d(3, 3) batchnorm relu conv2d(2, 2) avgpool2d(2) tanh conv2d(2, 1)"
    image = digits.test_images[7]
    whole = model_of(f"{text} flatten linear(10)", digits)
    maps = feature_maps(whole, image)
    assert [(one.layer, one.activation) for one in maps] == [("conv1", "relu1"), ("conv2", "tanh1"), ("conv3", "")]
    first, second, third = maps
    assert first.after is not None and second.after is not None and third.after is None
    assert (first.after == np.maximum(first.before, 0)).all()
    assert second.after == pytest.approx(np.tanh(second.before))
    part = Network.parse(f"{text} flatten", (1, 8, 8))
    own = {name: whole.state[name] for name in part.parameter_shapes | part.buffer_shapes}
    outputs = Model(part, own, whole.input).logits(image[np.newaxis])
    assert np.abs(third.before.ravel() - outputs[0]).max() <= 64 * FLOAT32 * np.abs(outputs).max()
    assert feature_maps(whole, image[0])[0].before.tolist() == first.before.tolist()


def test_images_of_another_kind_are_refused(digits: Dataset, trained: sb.Run) -> None:
    with pytest.raises(DataError, match="expected uint8"):
        feature_maps(trained.model, digits.test_images[0] / 16)
    with pytest.raises(DataError, match="expected shape"):
        saliency(trained.model, np.zeros((2, 1, 9, 9), np.uint8), [0, 1])


@pytest.mark.parametrize("end", ["", " sigmoid", " softmax"])
def test_saliency_of_a_linear_network_is_its_weight(digits: Dataset, end: str) -> None:
    model = model_of(f"flatten linear(10){end}", digits, input="pad(1) scale")
    found = saliency(model, digits.test_images[:3], [4, 0, 9])
    expected = np.abs(model.state["linear1.weight"][[4, 0, 9]]).reshape(3, 10, 10)
    assert found == pytest.approx(expected, rel=1e-6)


def test_saliency_is_the_slope_of_the_score(digits: Dataset) -> None:
    """A pixel of each image, one step of its brightness up and down."""
    text = "conv2d(4, 3) batchnorm tanh avgpool2d(2) flatten linear(16) batchnorm sigmoid dropout(0.5) linear(10)"
    made = model_of(text, digits)
    for name, value in (("weight", 1.5), ("running_var", 0.25), ("running_mean", 0.1)):
        made.state[f"norm1.{name}"][:] = made.state[f"norm2.{name}"][:] = value
    model = Model(made.network, made.state, made.input, engine="reference")
    images = digits.test_images[:20]
    found = saliency(model, images, digits.test_labels[:20])
    step = 1 / 255
    for number, image in enumerate(images):
        y, x = np.argwhere((image[0] > 40) & (image[0] < 200))[0]
        pair = np.stack([image, image])
        pair[0, 0, y, x] -= 1
        pair[1, 0, y, x] += 1
        scores = model.logits(pair)[:, digits.test_labels[number]].astype(np.float64)
        # Central difference: scores are rounded to float32, and the third derivative is less than 1.
        bound = FLOAT32 * np.abs(scores).max() / step + step**2
        assert abs(abs(scores[1] - scores[0]) / (2 * step) - found[number, y, x]) < bound


def test_occlusion_finds_the_pixel_that_counts(digits: Dataset) -> None:
    weight = np.zeros((10, 64), dtype=np.float32)
    weight[3, 8 * 2 + 5] = 20
    image = np.zeros((1, 8, 8), dtype=np.uint8)
    image[0, 2, 5] = 255
    model = model_of("flatten linear(10)", digits, {"linear1.weight": weight, "linear1.bias": np.zeros(10, np.float32)})
    seen = occlusion(model, image, 3, size=3, stride=2)
    assert seen.probability == pytest.approx(probabilities(model.logits(image[np.newaxis]), model.network)[0, 3])
    # Squares begin at 0, 2, 4 and, to reach the border, at 5.
    assert seen.fall.shape == (4, 4)
    assert np.argwhere(seen.fall > 1e-3).tolist() == [[y, x] for y in (0, 1) for x in (2, 3)]
    assert seen.by_pixel.shape == (8, 8)
    assert seen.by_pixel[2, 5] == pytest.approx(seen.fall[:2, 2:].mean())
    assert seen.by_pixel[7, 0] == pytest.approx(0, abs=1e-6)
    with pytest.raises(DataError, match="size 9"):
        occlusion(model, image, 3, size=9)


def test_a_surface_holds_the_state_and_is_square_for_a_square(digits: Dataset) -> None:
    """Squared error of a linear network is a polynomial of degree 2 along every line."""
    recipe = Recipe.make("flatten linear(10)", "digits", loss="mse")
    plan, batch = recipe.plan(digits), probe_batch(recipe, digits)
    state = initial_state(plan.network, recipe.init, 0)
    surface = loss_surface(plan, state, batch, span=2.0, points=5)
    assert surface.coordinates.tolist() == [-2, -1, 0, 1, 2] and surface.losses.shape == (5, 5)
    model = Model(plan.network, state, fit_input(recipe.input, digits))
    outputs = model.logits(digits.train_images[batch.numbers])
    assert surface.losses[2, 2] == pytest.approx(plan.loss.values(outputs, batch.labels).mean(), rel=1e-5)
    assert surface.errors[2, 2] == pytest.approx(100 * np.mean(outputs.argmax(axis=1) != batch.labels))
    for axis in (0, 1):
        assert np.abs(np.diff(surface.losses, 3, axis)).max() <= 1e-4 * surface.losses.max()
        assert (np.diff(surface.losses, 2, axis) > 0).all()
    line = loss_surface(plan, state, batch, directions=1, span=2.0, points=5)
    assert line.losses == pytest.approx(surface.losses[:, 2], rel=1e-6)
    assert loss_surface(plan, state, batch, span=2.0, points=5, seed=1).losses[0, 0] != surface.losses[0, 0]


def test_filters_of_another_length_give_the_same_surface(digits: Dataset) -> None:
    """Relu lets a factor pass from one layer to the next; the network is the same."""
    recipe = Recipe.make("conv2d(3, 3) relu flatten linear(10)", "digits")
    plan, batch = recipe.plan(digits), probe_batch(recipe, digits)
    state = initial_state(plan.network, recipe.init, 0)
    scaled = state | {"conv1.weight": 8 * state["conv1.weight"], "linear1.weight": state["linear1.weight"] / 8}
    surfaces = [loss_surface(plan, one, batch, points=3).losses for one in (state, scaled)]
    assert surfaces[0] == pytest.approx(surfaces[1], rel=1e-5)


def test_the_range_test_stops_where_the_rate_is_too_high(digits: Dataset) -> None:
    recipe = Recipe.make("flatten linear(32) tanh linear(10)", "digits", batch_size=8, augment="shift(1)")
    found = range_test(recipe, digits, seed=2)
    assert found.stopped and len(found.lrs) == len(found.losses) == len(found.smooth)
    assert np.diff(np.log(found.lrs)) == pytest.approx(np.log(found.lrs[1] / found.lrs[0]))
    lowest = found.lrs[found.smooth.argmin()]
    assert found.suggestion is not None and 1e-3 < found.suggestion < lowest < found.lrs[-1]
    assert found.smooth[-1] > 4 * found.smooth.min() or not np.isfinite(found.smooth[-1])


def test_the_range_test_takes_the_steps_of_training(digits: Dataset) -> None:
    """Its first batch is that of a run with the same seed, and its learning rate changes nothing yet."""
    recipe = Recipe.make("flatten linear(10)", "digits", epochs=1, loss="hinge(reduction=sum)")
    run = TrainingLoop(recipe, digits, 4, load_engine("native")).finish()
    found = range_test(recipe, digits, seed=4)
    assert found.losses[0] == pytest.approx(run.history.step_losses[0] / 32, rel=1e-6)
