"""Weights of classes: how they are written, what they are on a data set, and what training makes of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedbed as sb
from seedbed.data import Dataset, load_data
from seedbed.engine import ENGINES
from seedbed.errors import RecipeError
from seedbed.training import Recipe
from seedbed.training.class_weights import ClassWeights, load_class_weights

NAMES = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
WEIGHTS = st.floats(0, 1e6, allow_nan=False).map(lambda weight: weight or 0.0)


def rare(rarest: int = 20) -> Dataset:
    """digits with few zeros and ones among the training images."""
    digits = load_data("digits")
    labels = digits.train_labels
    kept = np.concatenate([np.flatnonzero(labels == k)[: rarest if k < 2 else None] for k in range(10)])
    kept.sort()
    return replace(
        digits, name="rare", train_images=digits.train_images[kept], train_labels=labels[kept], sha256="0" * 64
    )


@given(st.dictionaries(NAMES, WEIGHTS, min_size=1, max_size=5).filter(lambda weights: any(weights.values())))
@settings(max_examples=200, deadline=None)
def test_the_text_is_the_mapping(weights: dict[str, float]) -> None:
    found = load_class_weights(weights)
    assert load_class_weights(str(found)) == found
    assert dict(found.by_name) == weights


def test_forms() -> None:
    text = "b=2, Ankle boot = 0.5, a=1e1"
    assert str(load_class_weights(text)) == "Ankle boot=0.5, a=10, b=2"
    assert load_class_weights({3: 2, "x": 1}) == load_class_weights("3=2, x=1")
    assert load_class_weights(" balanced ") == ClassWeights(is_balanced=True)
    assert load_class_weights("balanced=2").by_name == (("balanced", 2.0),)
    assert str(load_class_weights('"a, b"=2')) == '"a, b"=2'
    assert not load_class_weights("") and not load_class_weights(None) and not load_class_weights({})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("cat", "expected 'balanced', or weights by the names of classes such as 'cat=2, dog=0.5', got 'cat'"),
        ("cat=two", "got 'cat=two'"),
        ("cat=1=2", "got 'cat=1=2'"),
        ("cat=1, cat=2", "expected each class once, got 'cat' twice"),
        ("cat=-1", "class_weights 'cat': expected a finite number from 0 to 1,000,000, got -1.0"),
        ("cat=1e9", "1,000,000"),
        ("cat=nan", "class_weights 'cat'"),
        ("cat=0", "expected a weight above 0, got cat=0"),
        (5, "got int"),
        ({"a": True}, "class_weights 'a'"),
    ],
)
def test_what_cannot_be_read_is_refused(wrong: object, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.make("softmax", "digits", class_weights=wrong)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert caught.value.field is not None and caught.value.field.startswith("class_weights")


def test_classes_must_be_there() -> None:
    with pytest.raises(RecipeError, match=r"class_weights: expected classes of data 'digits': 0, 1, .*, got 'cat'"):
        sb.train("softmax", "digits", class_weights="cat=2", progress=False)
    with pytest.raises(RecipeError, match="expected a training image that counts"):
        weights = dict.fromkeys(range(10), 0) | {"11": 1}
        data = replace(load_data("digits"), classes=(*map(str, range(10)), "11"))
        sb.train("flatten linear(11)", data, class_weights=weights, progress=False)  # type: ignore[arg-type]


def test_balanced_is_that_of_scikit_learn() -> None:
    from sklearn.utils import compute_class_weight

    data = rare()
    found = load_class_weights("balanced").of(data, 12)
    assert found is not None and found.dtype == np.float32
    expected = compute_class_weight("balanced", classes=np.arange(10), y=data.train_labels)
    assert np.allclose(found[:10], expected, rtol=1e-6) and found[10:].tolist() == [1, 1]
    assert load_class_weights("").of(data, 10) is None


def test_without_weights_nothing_is_stored() -> None:
    plain = Recipe.make("lenet5", optimizer="sgd(0.02)", schedule="constant")
    assert not plain.to_dict().keys() & {"class_weights", "sampling"}
    assert plain.fingerprint == "a94f6e477a640640a17acddd1a1c089d8859018d026d9a2d21bb375b22eef472"
    weighted = Recipe.make("softmax", "digits", class_weights={"0": 2.5})
    assert weighted.class_weights == "0=2.5"
    assert Recipe.load(weighted.to_dict()) == weighted
    assert weighted.fingerprint == Recipe.make("softmax", "digits", class_weights="0 = 2.50").fingerprint


@pytest.mark.parametrize("engine", ENGINES)
def test_rare_classes_are_found(engine: str) -> None:
    """With few images of two classes, and few steps, the weighted network misses fewer of them."""
    data = rare(8)
    is_rare = data.test_labels < 2
    missed = {}
    for weights in ("", "balanced", "0=20, 1=20"):
        run = sb.train("flatten linear(10)", data, epochs=3, class_weights=weights, engine=engine, progress=False)
        answers = run.model.predict(data.test_images)
        missed[weights] = float(np.mean(answers[is_rare] != data.test_labels[is_rare]))
    assert missed["balanced"] < missed[""] - 0.1 and missed["0=20, 1=20"] < missed[""] - 0.1, missed


def test_losses_of_the_history_are_weighted_and_errors_are_not() -> None:
    data = rare()
    run = sb.train("flatten linear(10)", data, epochs=1, class_weights="balanced", progress=False)
    outputs = run.model.logits(data.test_images)
    weights = load_class_weights("balanced").of(data, 10)
    assert weights is not None
    shares = weights[data.test_labels] / weights[data.test_labels].sum()
    expected = float(shares @ run.recipe.parts.loss.values(outputs, data.test_labels))
    assert run.history.test_loss[-1] == pytest.approx(expected, rel=1e-6)
    assert run.test_error == pytest.approx(100 * np.mean(outputs.argmax(axis=1) != data.test_labels))
