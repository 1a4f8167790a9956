"""``sb.Classifier`` in scikit-learn: its own checks, and what people put a classifier into."""

import inspect
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import seedbed as sb
from seedbed.errors import EstimatorError
from seedbed.training.settings import PARTS, RECIPE

ROWS = 400
TABLE, LABELS = (array[:ROWS] for array in load_digits(return_X_y=True))
PIXELS: NDArray[np.uint8] = TABLE.reshape(-1, 8, 8).astype(np.uint8)
NAMES = np.array([f"digit {label}" for label in LABELS])


def quick(**settings: Any) -> sb.Classifier:
    return sb.Classifier(**{"epochs": 3} | settings)


@pytest.fixture(scope="module")
def fitted() -> sb.Classifier:
    return quick().fit(PIXELS, NAMES)


@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")
@pytest.mark.parametrize("classifier", [sb.Classifier(), sb.Classifier(seeds=2, epochs=40)])
def test_what_scikit_learn_asks_of_a_classifier(classifier: sb.Classifier) -> None:
    expected = {
        "check_sample_weight_equivalence_on_dense_data": "weights act by sampling: weight 2 is not the sample twice"
    }
    results = check_estimator(classifier, expected_failed_checks=expected, on_skip=None)
    assert {one["check_name"] for one in results if one["status"] == "xfail"} == set(expected)
    assert len(results) > 50


def test_every_setting_of_a_recipe_is_a_parameter() -> None:
    settings = [name for name in RECIPE if name not in (*PARTS, "class_weights")]  # class_weight here
    parameters = sb.Classifier().get_params()
    assert set(settings) < parameters.keys()
    own = {"optimizer": None, "schedule": None, "epochs": None}
    assert {name: parameters[name] for name in settings} == {name: RECIPE[name].default for name in settings} | own
    assert "data" not in inspect.signature(sb.Classifier).parameters
    assert all(f"{name} : " in (sb.Classifier.__init__.__doc__ or "") for name in settings)


def test_iris_with_no_settings() -> None:
    assert cross_val_score(sb.Classifier(), *load_iris(return_X_y=True)).mean() > 0.93


def test_cross_val_score_of_images() -> None:
    assert cross_val_score(quick(epochs=12), PIXELS, NAMES, cv=3).mean() > 0.85


def test_a_pipeline_with_a_frame() -> None:
    frame = pd.DataFrame(TABLE).add_prefix("pixel ")
    pipeline = make_pipeline(StandardScaler(), quick(input="scale")).fit(frame, NAMES)
    assert pipeline.score(frame, NAMES) > 0.6
    classifier = quick().fit(frame, NAMES)
    assert list(classifier.feature_names_in_) == list(frame)
    assert classifier.n_features_in_ == 64
    # Images take the place of the table, with all that was known of it.
    assert not hasattr(classifier.fit(PIXELS, NAMES), "n_features_in_")
    assert classifier.image_shape_ == (1, 8, 8)


def test_a_grid_search_in_several_processes() -> None:
    grid = {"network": ["flatten linear(classes)", None], "optimizer": ["adam(0.003)", "sgd(1e-12)"]}
    search = GridSearchCV(quick(), grid, n_jobs=2, cv=2).fit(TABLE, NAMES)
    assert search.best_params_["optimizer"] == "adam(0.003)"
    alone = GridSearchCV(quick(), grid, cv=2).fit(TABLE, NAMES)
    assert search.cv_results_["mean_test_score"].tolist() == alone.cv_results_["mean_test_score"].tolist()


def test_a_run_that_diverges_loses_a_grid_search() -> None:
    grid = {"optimizer": ["sgd(1e9)", "adam(0.003)"]}
    with pytest.warns(match=r"(?s)diverged at step|non-finite"):
        search = GridSearchCV(quick(), grid, cv=2).fit(TABLE, NAMES)
    assert np.isnan(search.cv_results_["mean_test_score"][0])
    assert search.best_params_ == {"optimizer": "adam(0.003)"}


@pytest.mark.parametrize("samples", [TABLE, PIXELS], ids=["table", "images"])
def test_calibration(samples: NDArray[Any]) -> None:
    calibrated = CalibratedClassifierCV(quick(loss="hinge", epochs=12), cv=2).fit(samples, NAMES)
    assert calibrated.predict_proba(samples).sum(axis=1) == pytest.approx(1)
    assert calibrated.score(samples, NAMES) > 0.8


def test_a_clone_is_a_new_one(fitted: sb.Classifier) -> None:
    layers = [sb.Flatten(), sb.Linear(10)]
    copy = clone(quick(network=layers).fit(PIXELS, NAMES))
    assert copy.network == layers and not hasattr(copy, "classes_")
    assert str(clone(fitted)) == "Classifier(epochs=3)"


@pytest.mark.parametrize("average", [None, 0.9])
def test_a_pickle_answers_and_learns_alike(average: float | None) -> None:
    classifier = quick(average=average, seeds=2, optimizer="sgd(0.05, momentum=0.9)").fit(PIXELS, NAMES)
    content = pickle.dumps(classifier)
    assert b"_native" not in content
    copy = pickle.loads(content)
    assert (copy.predict_proba(PIXELS) == classifier.predict_proba(PIXELS)).all()
    assert copy.recipe_ == classifier.recipe_
    assert copy.members_[0].history.train_loss == classifier.members_[0].history.train_loss
    for one in (classifier, copy):
        one.partial_fit(PIXELS[:100], NAMES[:100])
    assert (copy.predict_proba(PIXELS) == classifier.predict_proba(PIXELS)).all()


def test_names_that_there_are_not_and_mistakes_in_fit() -> None:
    with pytest.raises(sb.SeedbedError, match="Did you mean 'epochs'"):
        sb.Classifier(epoch=3)
    with pytest.raises(sb.SeedbedError, match=r"Known: .*batch_size, .*seeds, "):
        sb.Classifier(sample_weight=3)
    with pytest.raises(EstimatorError, match="batch_size: expected a whole number") as caught:
        quick(batch_size=0).fit(PIXELS, NAMES)
    assert isinstance(caught.value, ValueError) and caught.value.field == "batch_size"
