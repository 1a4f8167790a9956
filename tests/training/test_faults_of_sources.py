"""Faults of published programs that can be switched on: one order, test images left out, a wrong derivative."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import seedbed as sb
from seedbed.data import Dataset, load_data
from seedbed.engine import ENGINES, load_engine
from seedbed.errors import NetworkError, RecipeError
from seedbed.philox import Stream, permutation
from seedbed.training import Recipe, RunState
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.loop import TrainingLoop
from seedbed.training.settings import Settings

NETWORK = "flatten linear(10)"
STEPS = 8  # of an epoch: 1,437 images in batches of 200


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


def recipe_of(**settings: object) -> Recipe:
    return Recipe.make(NETWORK, "digits", **{"batch_size": 200, "epochs": 3} | settings)  # type: ignore[arg-type]


def loop_of(dataset: Dataset, recipe: Recipe, engine: str = "native", resume: RunState | None = None) -> TrainingLoop:
    return TrainingLoop(recipe, dataset, 7, load_engine(engine), resume=resume)


def test_what_is_not_switched_on_leaves_no_trace() -> None:
    """The fingerprint is that of the same recipe before there were these settings."""
    own: Settings = {"optimizer": "sgd(0.02)", "schedule": "constant", "epochs": 3}
    plain = Recipe.make("lenet5", **own)
    assert not plain.to_dict().keys() & {"order", "evaluation"}
    assert plain.fingerprint == "a94f6e477a640640a17acddd1a1c089d8859018d026d9a2d21bb375b22eef472"
    assert Recipe.make("lenet5", **own, order="new", evaluation="all") == plain
    for changed in (replace(plain, order="once"), replace(plain, evaluation="whole_batches")):
        assert changed.fingerprint != plain.fingerprint
        assert Recipe.load(changed.to_dict()) == changed


@pytest.mark.parametrize("engine", ENGINES)
def test_one_order_for_ever_is_that_of_the_first_epoch(digits: Dataset, engine: str) -> None:
    """Against steps by hand: the same batches, three times over."""
    loop = loop_of(digits, recipe_of(order="once"), engine)
    found = loop.finish()
    by_hand = loop_of(digits, recipe_of(), engine)
    order = permutation(len(digits.train_images), 7, Stream.ORDER, 0)
    for _ in range(3):
        for step in range(STEPS):
            part = order[step * 200 : (step + 1) * 200]
            by_hand.teach(digits.train_images[part], digits.train_labels[part])
    assert {key: array.tobytes() for key, array in by_hand.snapshot().state.items()} == {
        key: array.tobytes() for key, array in found.state.items()
    }
    other = loop_of(digits, recipe_of(), engine).finish()
    first = found.history.step_losses[:STEPS]
    assert first.tobytes() == other.history.step_losses[:STEPS].tobytes()
    assert found.history.step_losses[STEPS:].tobytes() != other.history.step_losses[STEPS:].tobytes()


@pytest.mark.parametrize("after", [3, STEPS, STEPS + 1, 2 * STEPS + 5])
def test_one_order_for_ever_goes_on_with_the_same_bits(digits: Dataset, tmp_path: Path, after: int) -> None:
    recipe = Recipe.make(
        "flatten linear(16) tanh dropout(0.2) linear(10)", "digits", batch_size=200, epochs=3, order="once"
    )
    end, begun = loop_of(digits, recipe).finish(), loop_of(digits, recipe)
    while len(begun.run.history.step_losses) < after:
        begun.advance(1)
    save_run(tmp_path / "run", begun.snapshot(), recipe, 7)
    resumed = loop_of(digits, recipe, resume=load_run(tmp_path / "run")[0]).finish()
    assert {key: array.tobytes() for key, array in resumed.state.items()} == {
        key: array.tobytes() for key, array in end.state.items()
    }
    assert resumed.history.step_losses.tobytes() == end.history.step_losses.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_errors_may_leave_out_what_fills_no_batch(digits: Dataset, engine: str) -> None:
    """Training, and the outputs that are kept, are those of a run that counts all images."""
    whole = loop_of(digits, recipe_of(epochs=1), engine).finish()
    part = loop_of(digits, recipe_of(epochs=1, evaluation="whole_batches"), engine).finish()
    count = len(digits.test_labels) - len(digits.test_labels) % 200
    assert 0 < count < len(digits.test_labels)
    assert whole.outputs is not None and part.outputs is not None
    assert part.outputs.tobytes() == whole.outputs.tobytes()
    wrong = part.outputs.argmax(axis=1) != digits.test_labels
    assert part.history.epochs[0].test_error == 100 * float(np.mean(wrong[:count]))
    assert whole.history.epochs[0].test_error == 100 * float(np.mean(wrong))
    assert part.history.epochs[0].test_loss != whole.history.epochs[0].test_loss


def test_some_images_must_be_left_to_count(digits: Dataset) -> None:
    with pytest.raises(RecipeError, match=r"360 test images fill no batch of 400\. Choose a smaller batch_size"):
        loop_of(digits, recipe_of(batch_size=400, evaluation="whole_batches"))


@pytest.mark.parametrize(("name", "value"), [("order", "twice"), ("order", 1), ("evaluation", "")])
def test_words_are_known(name: str, value: object) -> None:
    with pytest.raises(
        RecipeError, match=f"{name}: expected (new or once|all or whole_batches or validation), got"
    ) as caught:
        recipe_of(**{name: value})
    assert caught.value.field == name


def test_a_sigmoid_has_two_gradients() -> None:
    assert str(sb.Sigmoid(gradient="tanh")) == "sigmoid(gradient=tanh)"
    assert str(sb.Sigmoid(gradient="sigmoid")) == "sigmoid"
    assert Recipe.make("flatten linear(10) sigmoid(gradient=tanh)").loss == "mse"
    with pytest.raises(NetworkError, match="gradient: expected sigmoid or tanh, got 'relu'"):
        sb.Sigmoid(gradient="relu")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_wrong_gradient_is_that_of_the_formula(digits: Dataset, engine: str) -> None:
    """One step on one layer, by hand: δ = (s - t)·(1 - s²)."""
    network = "flatten linear(10) sigmoid(gradient=tanh)"
    recipe = Recipe.make(network, "digits", batch_size=50, epochs=1, optimizer="sgd(0.1)")
    loop = loop_of(digits, recipe, engine)
    before = {key: array.astype(np.float64) for key, array in loop.snapshot().state.items()}
    images, labels = digits.train_images[:50], digits.train_labels[:50]
    x = loop.input.apply(images).reshape(50, -1).astype(np.float64)
    loop.teach(images, labels)
    s = 1 / (1 + np.exp(-(x @ before["linear1.weight"].T + before["linear1.bias"])))
    delta = (s - np.eye(10)[labels]) * (1 - s**2) / 50
    after = loop.snapshot().state
    assert np.allclose(after["linear1.weight"], before["linear1.weight"] - 0.1 * delta.T @ x, rtol=0, atol=1e-6)
    assert np.allclose(after["linear1.bias"], before["linear1.bias"] - 0.1 * delta.sum(axis=0), rtol=0, atol=1e-6)


def test_last_layers_may_begin_at_zero() -> None:
    """Their first outputs say nothing, whatever the input."""
    init = "truncated_normal(0.1) constant(0.1, of=bias) constant(0, of=linear2) constant(0, of=linear2.bias)"
    recipe = Recipe.make("flatten linear(16) relu linear(10)", "digits", init=init)
    digits = load_data("digits")
    loop = loop_of(digits, recipe)
    assert not loop.run.state["linear2.weight"].any() and not loop.run.state["linear2.bias"].any()
    assert loop.run.state["linear1.weight"].any() and (loop.run.state["linear1.bias"] == np.float32(0.1)).all()
    assert not loop.outputs(digits.test_images).any()
    loop.advance(1)
    assert loop.snapshot().state["linear2.weight"].any()
