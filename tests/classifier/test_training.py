"""What ``sb.Classifier`` trains and answers: the same as ``sb.train``, ensembles, weights, one part after another."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import seedbed as sb
from seedbed.engine import load_engine
from seedbed.errors import EstimatorError, StoreError
from seedbed.runner.local import conduct
from seedbed.store import Workspace

ROWS = 400
TABLE, LABELS = (array[:ROWS] for array in load_digits(return_X_y=True))
PIXELS: NDArray[np.uint8] = TABLE.reshape(-1, 8, 8).astype(np.uint8)
NAMES = np.array([f"digit {label}" for label in LABELS])
LINEAR = "flatten linear(classes)"


def test_the_same_bits_as_sb_train() -> None:
    network = "conv2d(4, 3) relu flatten dropout(0.2) linear({})"
    settings: dict[str, Any] = {"optimizer": "sgd(0.05)", "epochs": 2, "augment": "shift(1)", "validation": 50}
    classifier = sb.Classifier(network.format("classes"), seed=3, **settings).fit(PIXELS, LABELS)
    data = sb.Dataset.from_arrays(PIXELS, LABELS, test=0)
    run = sb.train(network.format(10), data, seed=3, **settings)
    outputs = run.model.logits(PIXELS)
    assert (classifier.members_[0].model.logits(PIXELS) == outputs).all()
    assert classifier.members_[0].history.validation_error == run.history.validation_error
    exact = np.exp(outputs - outputs.max(axis=1, keepdims=True).astype(np.float64))
    assert classifier.predict_proba(PIXELS) == pytest.approx(exact / exact.sum(axis=1, keepdims=True), abs=1e-12)
    assert (classifier.predict(PIXELS) == run.model.predict(PIXELS)).all()


def test_an_ensemble_is_the_mean_of_its_seeds() -> None:
    each = [sb.Classifier(LINEAR, epochs=2, seed=seed).fit(PIXELS, NAMES).predict_proba(PIXELS) for seed in (7, 8, 9)]
    together = sb.Classifier(LINEAR, epochs=2, seed=7, seeds=3).fit(PIXELS, NAMES)
    assert together.predict_proba(PIXELS) == pytest.approx(np.mean(each, axis=0), abs=1e-12)
    assert (together.decision_function(PIXELS) == together.predict_log_proba(PIXELS)).all()
    assert (together.predict(PIXELS) == together.classes_[together.predict_proba(PIXELS).argmax(axis=1)]).all()
    assert np.abs(each[0] - each[1]).max() > 0.01


@pytest.mark.parametrize("end", ["sigmoid", "softmax"])
def test_outputs_that_are_probabilities_already(end: str) -> None:
    classifier = sb.Classifier(f"{LINEAR} {end}", epochs=2).fit(PIXELS, NAMES)
    outputs = classifier.members_[0].model.logits(PIXELS).astype(np.float64)
    expected = outputs / outputs.sum(axis=1, keepdims=True)
    assert classifier.predict_proba(PIXELS) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ("softmax", "flatten linear(3)"),
        ("flatten linear( classes, bias=false)", "flatten linear(3, bias=false)"),
        ("flatten linear(10)", "flatten linear(10)"),
    ],
)
def test_outputs_follow_the_classes(network: str, text: str) -> None:
    few = LABELS < 3
    classifier = sb.Classifier(network, epochs=2).fit(PIXELS[few], NAMES[few])
    assert classifier.recipe_.network.replace(" ", "") == text.replace(" ", "")
    assert classifier.predict_proba(PIXELS).shape == (ROWS, 3)
    assert classifier.predict_proba(PIXELS).sum(axis=1) == pytest.approx(1)


def test_two_classes_have_one_decision() -> None:
    few = LABELS < 2
    classifier = sb.Classifier(LINEAR, epochs=5).fit(PIXELS[few], NAMES[few])
    decision = classifier.decision_function(PIXELS[few])
    assert decision.shape == (few.sum(),)
    assert ((decision > 0) == (classifier.predict(PIXELS[few]) == "digit 1")).all()


def test_one_image_in_every_layout() -> None:
    gray = PIXELS[:, np.newaxis]
    expected = sb.Classifier(epochs=1).fit(PIXELS, NAMES).predict_proba(PIXELS)
    for images in (gray, np.moveaxis(gray, 1, -1), PIXELS.astype(np.int64)):
        assert (sb.Classifier(epochs=1).fit(images, NAMES).predict_proba(images) == expected).all()
    two = np.repeat(gray, 2, axis=1)
    with pytest.raises(EstimatorError, match="channels='first'"):
        sb.Classifier(epochs=1).fit(two, NAMES)
    assert sb.Classifier(epochs=1, channels="first").fit(two, NAMES).image_shape_ == (2, 8, 8)


def test_as_many_epochs_as_make_a_thousand_steps() -> None:
    assert sb.Classifier(LINEAR, batch_size=ROWS).fit(TABLE, NAMES).recipe_.epochs == 100
    assert sb.Classifier(LINEAR, batch_size=1).fit(TABLE, NAMES).recipe_.epochs == 3
    assert sb.Classifier(LINEAR).fit(TABLE, NAMES).recipe_.epochs == -(-1000 // 13)


def test_equal_weights_change_nothing() -> None:
    plain = sb.Classifier(LINEAR, epochs=1).fit(TABLE, NAMES).predict_proba(TABLE)
    same = sb.Classifier(LINEAR, epochs=1).fit(TABLE, NAMES, np.full(ROWS, 0.1)).predict_proba(TABLE)
    assert (plain == same).all()


def test_samples_without_weight_are_not_learned_from() -> None:
    wrong = np.arange(ROWS) % 2 == 1
    labels = np.where(wrong, (LABELS + 1) % 10, LABELS)
    plain, weighted = (
        sb.Classifier(LINEAR, epochs=30, validation=20).fit(TABLE, labels, weights).score(TABLE, LABELS)
        for weights in (None, ~wrong)
    )
    assert plain < 0.85 < 0.95 < weighted


def test_balanced_classes_answer_the_rare_one_more_often() -> None:
    rng = np.random.default_rng(0)
    rare = np.arange(1000) % 20 == 0
    samples = rng.normal(size=(1000, 2)) + 1.5 * rare[:, np.newaxis]
    recalls = [
        sb.Classifier(LINEAR, class_weight=weight).fit(samples, rare).predict(samples)[rare].mean()
        for weight in (None, "balanced", {False: 1, True: 19})
    ]
    assert recalls[0] < 0.5 < 0.75 < min(recalls[1:])


def test_class_weights_are_those_of_the_engine() -> None:
    """The same bits as ``sb.train`` with ``class_weights``; labels are named by what they are, not by their places."""
    rows = np.flatnonzero((LABELS > 3) | (np.arange(ROWS) % 7 == 0))
    samples, labels = TABLE[rows], LABELS[rows]
    data = sb.Dataset.from_arrays(
        samples[:, :, np.newaxis, np.newaxis], labels, test=0, channels="first", floats="keep"
    )
    run = sb.train(
        "flatten linear(10)", data, optimizer="adam(0.003)", epochs=2, class_weights="balanced", progress=False
    )
    for weight in ("balanced", dict(zip(np.unique(NAMES), len(labels) / 10 / np.bincount(labels), strict=True))):
        fitted = sb.Classifier(LINEAR, epochs=2, class_weight=weight).fit(samples, NAMES[rows])
        found = fitted.members_[0].state
        for key, array in run.state.state.items():
            assert np.array_equal(found[key], array), key
    with pytest.raises(sb.SeedbedError, match="Did you mean 'class_weight'"):
        sb.Classifier(class_weights="balanced")
    assert "class_weights" not in sb.Classifier().get_params()


def test_weights_are_drawn_anew_for_each_seed() -> None:
    # A network that learns nothing and answers 0 counts how often other labels were drawn.
    settings: dict[str, Any] = {"optimizer": "sgd(1e-30)", "init": "constant(1)", "epochs": 1, "seeds": 5}
    weights = np.random.default_rng(0).random(ROWS)
    weighted, plain = (
        {member.history.train_error[0] for member in sb.Classifier(LINEAR, **settings).fit(TABLE, NAMES, each).members_}
        for each in (weights, None)
    )
    assert len(plain) == 1 < len(weighted)


def test_weights_of_a_part() -> None:
    alike = np.ones((ROWS, 2))
    classifier = sb.Classifier(LINEAR, optimizer="adam(0.1)")
    for label in (3, 7, 7):
        classifier.partial_fit(alike, LABELS, range(10), sample_weight=label == LABELS)
    assert (classifier.predict(alike) == 7).all()
    classifier.set_params(class_weight={label: float(label == 5) for label in range(10)})
    for _ in range(3):
        classifier.partial_fit(alike, LABELS)
    assert (classifier.predict(alike) == 5).all()


def test_rows_that_are_images_get_the_advice_to_be_some() -> None:
    with pytest.raises(EstimatorError, match=r"A table enters as 64×1×1\. .* X\.reshape\(-1, 8, 8\)\.$"):
        sb.Classifier("lenet5").fit(TABLE, NAMES)


def test_one_part_after_another() -> None:
    classifier = sb.Classifier(seeds=2)
    for _ in range(15):
        for first in range(0, ROWS, 100):
            part = slice(first, first + 100)
            classifier.partial_fit(PIXELS[part], NAMES[part], classes=np.unique(NAMES))
    assert classifier.score(PIXELS, NAMES) > 0.95
    fitted = sb.Classifier(epochs=3).fit(PIXELS, NAMES)
    before = fitted.members_[0].history.train_loss[-1]
    assert fitted.partial_fit(PIXELS, NAMES).members_[0].history.train_loss[0] < before


def test_later_parts_are_prepared_as_the_first() -> None:
    classifier = sb.Classifier(LINEAR, optimizer="sgd(1e-30)").fit(PIXELS, NAMES)
    before = classifier.predict_proba(PIXELS)
    classifier.partial_fit(PIXELS[:1] // 2, NAMES[:1])
    assert (classifier.predict_proba(PIXELS) == before).all()


@pytest.mark.parametrize(
    ("settings", "arguments", "match"),
    [
        ({}, {}, "classes: expected all labels"),
        ({"augment": "shift(1)"}, {"classes": range(10)}, "augment"),
        ({"patience": 2}, {"classes": range(10)}, "patience"),
        ({"class_weight": "balanced"}, {"classes": range(10)}, "class_weight"),
        ({}, {"classes": range(5)}, "y: expected labels among"),
        ({}, {"classes": [1]}, "at least 2 classes"),
    ],
)
def test_what_parts_cannot_have(settings: dict[str, Any], arguments: dict[str, Any], match: str) -> None:
    with pytest.raises(EstimatorError, match=match):
        sb.Classifier(LINEAR, **settings).partial_fit(TABLE, LABELS, **arguments)


def test_parts_stay_as_they_began() -> None:
    classifier = sb.Classifier(LINEAR).partial_fit(TABLE, LABELS, classes=range(10))
    with pytest.raises(EstimatorError, match="classes: expected those of the first call"):
        classifier.partial_fit(TABLE, LABELS, classes=range(11))
    with pytest.raises(EstimatorError, match="seeds: expected 1, as before"):
        classifier.set_params(seeds=2).partial_fit(TABLE, LABELS)


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (TABLE, r"expected images of shape \(n, h, w\)"),
        (PIXELS[:, :6], "expected samples of 1 × 8 × 8, uint8, as in fit, got 1 × 6 × 8"),
        (PIXELS / 16, "got 1 × 8 × 8, float32"),
        (PIXELS[:0], "at least one sample"),
        (np.full((2, 8, 8), 1e39), "values that float32 can hold"),
    ],
)
def test_images_that_are_not_like_the_first(images: NDArray[Any], match: str) -> None:
    classifier = sb.Classifier(LINEAR, epochs=1).fit(PIXELS, NAMES)
    with pytest.raises(EstimatorError, match=match):
        classifier.predict(images)


@pytest.mark.parametrize(
    ("settings", "labels", "match"),
    [
        ({"network": "flatten linear(5)"}, NAMES, "5 outputs"),
        ({"optimizer": "sgd(1e9)"}, NAMES, "diverged at step"),
        ({"engine": "none"}, NAMES, "unknown engine"),
        ({"seeds": 0}, NAMES, "seeds: expected a whole number of at least 1"),
        ({"seed": 2**64 - 1, "seeds": 2}, NAMES, "seed: expected a whole number from 0"),
        ({}, np.arange(ROWS).astype(str), "at most 256 classes, got 400 classes"),
    ],
)
@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")
def test_what_cannot_be_trained(settings: dict[str, Any], labels: NDArray[Any], match: str) -> None:
    with pytest.raises(EstimatorError, match=match):
        sb.Classifier(**settings).fit(PIXELS, labels)


def test_a_run_that_begins_with_the_state_of_another(tmp_path: Any) -> None:
    data = sb.Dataset.from_arrays(PIXELS, LABELS, test=0)
    recipe = sb.Recipe.make("flatten linear(10)", "arrays", image_shape=(1, 8, 8), epochs=1, optimizer="sgd(1e-30)")
    engine = load_engine("native")
    first = conduct(recipe, data, 0, engine).state.state
    other = conduct(recipe, data, 1, engine, begin=first).state.state
    assert all(np.abs(other[name] - first[name]).max() < 1e-25 for name in first)
    with pytest.raises(StoreError, match="begin: expected no workspace"):
        conduct(recipe, data, 1, engine, begin=first, workspace=Workspace(tmp_path))
