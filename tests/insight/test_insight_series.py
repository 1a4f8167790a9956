"""What is measured over the epochs of a run."""

import numpy as np
import pytest

import seedbed as sb
from seedbed.data import Dataset
from seedbed.insight import (
    QUANTILES,
    BatchSession,
    GradientShare,
    StateProbe,
    activation_inputs,
    gradient_share,
    mse_sigmoid_gradient,
    probe_batch,
    probe_state,
    units,
    weights,
)
from seedbed.network import State, initial_state
from seedbed.training import Recipe


def start(recipe: Recipe, dataset: Dataset) -> State:
    return initial_state(recipe.plan(dataset).network, recipe.init, 0)


def session_of(recipe: Recipe, dataset: Dataset) -> BatchSession:
    return BatchSession(recipe.plan(dataset), probe_batch(recipe, dataset))


def probe(recipe: Recipe, dataset: Dataset, state: State | None = None, epoch: int = 0) -> StateProbe:
    return probe_state(session_of(recipe, dataset), state or start(recipe, dataset), epoch)


def test_gradients_vanish_towards_the_images(digits: Dataset) -> None:
    """Each sigmoid multiplies with at most a quarter."""
    deep = Recipe.make("flatten " + "linear(40) sigmoid " * 4 + "linear(10)", "digits")
    shares = gradient_share(probe(deep, digits))
    assert shares.names == ("linear1", "linear2", "linear3", "linear4", "linear5")
    assert shares.share.shape == (1, 5) and shares.share.sum() == pytest.approx(1)
    assert (np.diff(shares.share[0]) > 0).all()
    assert shares.weight_share.sum() == pytest.approx(1)


def test_norms_are_taken_before_batch_norm_and_activation(digits: Dataset, trained: sb.Run) -> None:
    seen = probe(trained.recipe, digits, trained.state.state)
    shares = gradient_share(seen)
    assert shares.names == ("conv1", "linear1", "linear2")
    assert shares.outputs[0, 0] == pytest.approx(np.linalg.norm(seen.result.derivatives["conv1"]), rel=1e-6)
    assert shares.weights[0, 2] == pytest.approx(np.linalg.norm(seen.result.gradients["linear2.weight"]), rel=1e-6)


def test_parts_join_to_a_series(digits: Dataset, trained: sb.Run) -> None:
    assert trained.recording is not None
    parts = [
        gradient_share(probe(trained.recipe, digits, state, epoch)) for epoch, state in trained.recording.states.items()
    ]
    whole = GradientShare.join(parts)
    assert whole.epochs == (0, 1, 2, 3) and whole.names == parts[0].names
    assert (whole.outputs[2] == parts[2].outputs[0]).all()


def test_activation_inputs(digits: Dataset) -> None:
    recipe = Recipe.make("conv2d(3, 3) batchnorm relu maxpool2d(2) flatten linear(8) tanh linear(10)", "digits")
    seen = probe(recipe, digits)
    inputs = activation_inputs(seen)
    assert inputs.names == ("relu1", "tanh1", "outputs") and inputs.sources == ("conv1", "linear1", "linear2")
    # Batch norm begins with weight 1 and bias 0; eps takes a little of the deviation.
    assert inputs.mean[0, 0] == pytest.approx(0, abs=1e-6) and inputs.std[0, 0] == pytest.approx(1, rel=1e-3)
    values = seen.result.values["linear1"]
    assert inputs.at(0.5)[0, 1] == pytest.approx(np.median(values))
    assert inputs.at(0.123)[0, 1] == pytest.approx(np.interp(0.123, QUANTILES, np.quantile(values, QUANTILES)))
    outputs = seen.result.values["linear2"]
    assert (inputs.at(0)[0, 2], inputs.at(1)[0, 2]) == (outputs.min(), outputs.max())
    edges = np.linspace(values.min(), values.max(), 7)
    counted = np.histogram(values, edges, density=True)[0]
    # Between two of 201 quantiles lies half a percent of the values.
    assert inputs.density(edges)[0, 1] == pytest.approx(counted, abs=2 * 0.005 / float(edges[1] - edges[0]))


def test_an_activation_of_the_images_has_no_source(digits: Dataset) -> None:
    inputs = activation_inputs(probe(Recipe.make("tanh flatten linear(10) sigmoid", "digits"), digits))
    assert inputs.names == ("tanh1", "sigmoid1") and inputs.sources == ("", "linear1")


def test_dead_and_saturated_units(digits: Dataset) -> None:
    recipe = Recipe.make("conv2d(4, 3) relu flatten linear(6) tanh linear(5) sigmoid linear(10)", "digits")
    state = start(recipe, digits)
    before = units(probe(recipe, digits, state))
    assert before.counts == (4, 6, 5) and before.kinds == ("dead", "saturated", "saturated")
    assert before.inactive.tolist() == [[0, 0, 0]]
    state["conv1.bias"][:3] = -1000
    state["linear1.bias"][0] = 1000
    state["linear2.bias"][:] = -1000
    after = units(probe(recipe, digits, state))
    assert after.inactive[0].tolist() == pytest.approx([3 / 4, 1 / 6, 1])
    assert 3 / 4 <= after.saturation[0, 0] < 1 and after.saturation[0, 2] == 1


def test_a_unit_that_answers_one_image_is_not_dead(digits: Dataset) -> None:
    recipe = Recipe.make("flatten linear(10) relu linear(10)", "digits")
    state = start(recipe, digits)
    values = probe(recipe, digits, state).result.values["linear1"]
    second = np.sort(values[:, 0])[-2:].mean()
    state["linear1.bias"][0] -= second
    seen = units(probe(recipe, digits, state))
    assert seen.inactive[0, 0] == 0 and seen.saturation[0, 0] >= 199 / 2000


def test_a_step_of_plain_descent_is_rate_times_gradient(digits: Dataset) -> None:
    recipe = Recipe.make("flatten linear(8) relu linear(10)", "digits", optimizer="sgd(0.3)")
    seen = probe(recipe, digits)
    measured = weights(session_of(recipe, digits), start(recipe, digits), epoch=4)
    assert measured.epochs == (4,)
    assert measured.names == ("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias")
    expected = [0.3 * np.linalg.norm(seen.result.gradients[name]) for name in measured.names]
    # A step is the difference of two float32 numbers.
    assert measured.steps[0] == pytest.approx(expected, rel=1e-5)
    assert measured.norms[0, 0] == pytest.approx(np.linalg.norm(start(recipe, digits)["linear1.weight"]), rel=1e-6)
    assert measured.ratio[0, 0] == measured.steps[0, 0] / measured.norms[0, 0]
    assert np.isnan(measured.ratio[0, 1])


def test_a_diverged_state_gives_no_warning(digits: Dataset, trained: sb.Run) -> None:
    for value in (np.nan, np.inf, 1e30):
        state = {name: np.full_like(array, value) for name, array in trained.model.state.items()}
        seen = probe(trained.recipe, digits, state)
        gradient_share(seen).share  # noqa: B018
        activation_inputs(seen).at(0.5)
        units(seen)
        weights(session_of(trained.recipe, digits), state).ratio  # noqa: B018


def test_squared_error_through_a_sigmoid_learns_least_where_it_is_most_wrong() -> None:
    curve = mse_sigmoid_gradient(0, points=301)
    assert curve.outputs[np.argmax(np.abs(curve.mse))] == pytest.approx(2 / 3)
    assert curve.mse[-1] == 0 and curve.cross_entropy[-1] == 1
    z, h = 0.7, 1e-5
    squared = [0.5 * (1 / (1 + np.exp(-at)) - 1) ** 2 for at in (z - h, z + h)]
    other = mse_sigmoid_gradient(1, points=10_001)
    assert np.interp(1 / (1 + np.exp(-z)), other.outputs, other.mse) == pytest.approx(
        (squared[1] - squared[0]) / (2 * h), abs=1e-7
    )
