"""All of it in one object."""

import numpy as np
import pytest

import seedbed as sb
from seedbed.data import Dataset
from seedbed.errors import DataError
from seedbed.insight import Inspection, inspect, inspect_model
from seedbed.training import Recipe


@pytest.fixture(scope="module")
def whole(digits: Dataset, trained: sb.Run) -> Inspection:
    other = sb.train(trained.recipe.network, "digits", epochs=1, seed=1)
    assert other.state.outputs is not None
    return inspect(trained.recipe, digits, trained.state, trained.recording, [other.state.outputs])


def test_series_cover_the_recording(whole: Inspection) -> None:
    for series in (whole.gradient_share, whole.activation_inputs, whole.units, whole.weights):
        assert series is not None and series.epochs == (0, 1, 2, 3)
    assert whole.units is not None and whole.units.inactive.shape == (4, 2)
    assert whole.activation_inputs is not None and whole.activation_inputs.quantiles.shape == (4, 3, 201)


def test_answers_are_those_of_the_run(whole: Inspection, digits: Dataset, trained: sb.Run) -> None:
    wrong = len(digits.test_labels) - np.trace(whole.confusion)
    assert 100 * wrong / len(digits.test_labels) == pytest.approx(trained.test_error)
    assert len(whole.mistakes) == min(24, wrong)
    assert whole.calibration.counts.sum() == len(digits.test_labels)
    assert whole.agreement is not None and whole.agreement.seeds == 2


def test_pictures(whole: Inspection, digits: Dataset) -> None:
    assert {name: own.shape for name, own in whole.filters.items()} == {"conv1": (4, 1, 3, 3)}
    assert [one.activation for one in whole.feature_maps(5)] == ["relu1"]
    assert whole.saliency([0, 3]).shape == (2, 8, 8)
    assert whole.occlusion(3).label == digits.test_labels[3]
    surface, tested = whole.loss_surface(points=3), whole.range_test()
    assert surface is not None and surface.losses.shape == (3, 3) and tested is not None


def test_without_a_recording_the_end_is_shown(digits: Dataset, trained: sb.Run) -> None:
    seen = inspect(trained.recipe, digits, trained.state)
    assert seen.gradient_share is not None and seen.gradient_share.epochs == (3,)
    assert seen.agreement is None


def test_a_model_alone(whole: Inspection, digits: Dataset, trained: sb.Run) -> None:
    seen = inspect_model(trained.model, digits)
    assert (seen.confusion == whole.confusion).all()
    assert seen.gradient_share is None and seen.weights is None
    assert seen.loss_surface() is None and seen.range_test() is None


def test_averages_answer(digits: Dataset) -> None:
    run = sb.train("softmax", "digits", epochs=1, average=0.9)
    seen = inspect(run.recipe, digits, run.state)
    assert (seen.model.state["linear1.weight"] == run.state.state["linear1.weight/average"]).all()
    assert seen.weights is not None


def test_the_recording_of_another_recipe_is_refused(digits: Dataset, trained: sb.Run) -> None:
    with pytest.raises(DataError, match="of another recipe"):
        inspect(Recipe.make("softmax", "digits"), digits, trained.state, trained.recording)


def test_without_test_images_there_is_nothing_to_answer(digits: Dataset) -> None:
    data = Dataset.from_arrays(digits.train_images[:200], digits.train_labels[:200], test=0)
    run = sb.train("flatten linear(10)", data, epochs=1, progress=False)
    assert np.isnan(run.test_error) and run.outcome is not None and run.outcome.kind == "finished"
    assert "test_error=nan%" in repr(run) and run._repr_html_() and len(run.model.predict(digits.test_images)) == 360
    for look in (run.inspect, lambda: inspect_model(run.model, data)):
        with pytest.raises(DataError, match="has no test images, and an inspection looks at answers to them"):
            look()
    assert run.inspect(digits).inspection.confusion.sum() == 360
