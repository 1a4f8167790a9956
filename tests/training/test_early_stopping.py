"""Validation, early stopping and going on where a run stopped."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import Dataset
from seedbed.engine import load_engine
from seedbed.errors import RecipeError
from seedbed.training import EpochEnded, Recipe, RunState, TrainingLoop
from seedbed.training.checkpoint import load_run, save_run


def noisy(test_labels: int = 0) -> Dataset:
    """Images of two classes with many wrong labels, so that the validation error goes up and down."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 240).astype(np.uint8)
    images = (random.integers(0, 200, (240, 1, 4, 4)) + 20 * labels[:, None, None, None]).astype(np.uint8)
    other = np.full(40, test_labels, dtype=np.uint8) if test_labels else labels[:40]
    return Dataset("noisy", images, labels, images[:40], other, ("zero", "one"), "made up")


def recipe(**settings: object) -> Recipe:
    chosen = {
        "optimizer": "sgd(0.5, momentum=0.9)",
        "batch_size": 20,
        "epochs": 12,
        "validation": 60,
        "patience": 3,
        "image_shape": (1, 4, 4),
        "schedule": "warmup(1) cosine",
    }
    return Recipe.make("flatten linear(8) tanh linear(2)", "noisy", **chosen | settings)  # type: ignore[arg-type]


def loop(made: Recipe, dataset: Dataset | None = None, resume: RunState | None = None) -> TrainingLoop:
    return TrainingLoop(made, made.split(dataset or noisy()), 3, load_engine("native"), resume=resume)


def test_it_stops_and_goes_back_to_the_best_epoch() -> None:
    training = loop(recipe())
    states = [replace(training.snapshot()) for event in training.events() if isinstance(event, EpochEnded)]
    run = training.finish()
    errors = run.history.validation_error
    best = int(np.argmin(errors))
    assert run.history.best_epoch == best + 1 and len(errors) == best + 1 + 3 < 12
    assert run.history.result == run.history.epochs[best]
    assert all(run.state[key].tobytes() == array.tobytes() for key, array in states[best].state.items())
    assert run.outputs is not None and states[best].outputs is not None
    assert run.outputs.tobytes() == states[best].outputs.tobytes()


def test_the_test_images_decide_nothing() -> None:
    """Other test labels, the same run."""
    runs = [loop(recipe(), noisy(labels)).finish() for labels in (0, 1)]
    assert runs[0].history.test_error != runs[1].history.test_error
    assert runs[0].history.validation_error == runs[1].history.validation_error
    assert all(runs[0].state[key].tobytes() == array.tobytes() for key, array in runs[1].state.items())


def test_without_patience_it_goes_to_the_end() -> None:
    run = loop(recipe(patience=None, epochs=5)).finish()
    assert run.history.best_epoch is None and run.history.result is run.history.epochs[-1]
    assert len(run.history.epochs) == 5 and all(math.isfinite(error) for error in run.history.validation_error)


@pytest.mark.parametrize("after", [1, 7, 13, 30])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path: Path, after: int) -> None:
    whole, begun = loop(recipe()), loop(recipe())
    end = whole.finish()
    while len(begun.run.history.step_losses) < after:
        begun.advance(most_steps=1)
    save_run(tmp_path / "run", begun.snapshot(), recipe(), 3)
    state, made, _ = load_run(tmp_path / "run")
    resumed = loop(made, resume=state).finish()
    assert resumed.history.best_epoch == end.history.best_epoch
    assert resumed.history.validation_error == end.history.validation_error
    assert resumed.history.step_losses.tobytes() == end.history.step_losses.tobytes()
    assert all(resumed.state[key].tobytes() == array.tobytes() for key, array in end.state.items())
    assert resumed.best is None and resumed.outputs is not None and end.outputs is not None
    assert resumed.outputs.tobytes() == end.outputs.tobytes()


def test_patience_needs_validation_images() -> None:
    with pytest.raises(RecipeError, match="patience=3 stops by the error on validation images, but there are none"):
        recipe(validation=0).plan(noisy())
    with pytest.raises(RecipeError, match="there are none"):
        Recipe.make("flatten linear(10)", "digits", patience=3)


def test_a_plan_wants_what_was_split() -> None:
    with pytest.raises(RecipeError, match=r"no 60 images are held out. Use Recipe\.split first"):
        recipe().plan(noisy())
