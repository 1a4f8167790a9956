"""A run at a step boundary, and whether a recipe can go on from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.engine.base import STEP, Plan, memory_shapes
from seedbed.errors import StoreError
from seedbed.network import Shape, State, shape_text
from seedbed.training.history import History
from seedbed.training.outcome import Outcome
from seedbed.training.recipe import Recipe


class UnfitStateError(StoreError):
    """A run at a step boundary is none of the recipe that is to go on from it."""


@dataclass(frozen=True)
class Best:
    """The best epoch of a run with early stopping: what ``RunState`` has of it."""

    state: State
    outputs: NDArray[np.float32] | None


@dataclass
class RunState:
    """A run at a step boundary: enough to go on with the same bits.

    Attributes
    ----------
    state : State
        Parameters, buffers, optimizer memory.
    history : History
    outcome : Outcome or None
        How it ended; None while it has not.
    outputs : float32 array, shape (n_test, classes), or None
        Outputs for the test images after the last finished epoch; of the best epoch when a run with early stopping has
        ended. None before the first, and without test images.
    best : Best or None
        With early stopping, until the run ends: where it will go back to.
    """

    state: State
    history: History = field(default_factory=History)
    outcome: Outcome | None = None
    outputs: NDArray[np.float32] | None = None
    best: Best | None = None


def check_resume(run: RunState, recipe: Recipe, plan: Plan, dataset: Dataset) -> None:
    """Refuse a state that is not one of the recipe's, whatever wrote it: before an engine gets it.

    Parameters
    ----------
    run : RunState
    recipe : Recipe
    plan : Plan
        Of the recipe.
    dataset : Dataset
        As ``Recipe.split`` gives it.

    Raises
    ------
    UnfitStateError
        It names the part, what was expected and what came.
    """
    history, per_epoch = run.history, -(-len(dataset.train_labels) // recipe.batch_size)
    epochs, steps = len(history.epochs), history.step_losses.size
    memory = memory_shapes(plan)
    required = plan.network.parameter_shapes | plan.network.buffer_shapes | (memory if steps else {})
    for what, state in (("state", run.state), ("best state", run.best.state if run.best is not None else None)):
        if state is not None:
            _check_state(what, state, required, required | memory)
    outputs = {"outputs": run.outputs, "best outputs": run.best.outputs if run.best is not None else None}
    for what, array in outputs.items():
        if array is not None:
            _check_array(what, array, np.float32, (len(dataset.test_labels), plan.network.classes))
    most = min(epochs + 1, recipe.epochs) * per_epoch
    _check_array("step losses", history.step_losses, np.float32, (steps,))
    _check_array("wrong answers by step", history.step_wrong, np.int32, (steps,))
    _require("epochs", epochs <= recipe.epochs, f"at most {recipe.epochs}", epochs)
    is_whole = run.outcome is not None or epochs * per_epoch <= steps
    _require("steps", is_whole and steps <= most, f"{epochs * per_epoch} to {most} after {epochs} epochs", steps)
    numbers = [record.epoch for record in history.epochs]
    _require("numbers of the epochs", numbers == list(range(1, epochs + 1)), f"1 to {epochs}", numbers)
    is_time = isfinite(history.open_s) and history.open_s >= 0
    _require("open_s", is_time, "a finite number of at least 0", history.open_s)
    best = history.best_epoch
    is_epoch = best is None or (type(best) is int and 1 <= best <= epochs)
    _require("best epoch", is_epoch, f"none, or one from 1 to {epochs}", best)
    for one in history.interventions:
        is_one = type(one.step) is int and one.kind in ("lr", "taught", "weight") and type(one.value) in (int, float)
        is_rate = is_one and isfinite(one.value) and (one.value > 0 or one.kind != "lr")
        _require(
            "interventions",
            is_rate and 0 <= one.step <= steps,
            "a learning rate, a taught class or a weight",
            one,
        )


def _check_state(what: str, state: State, required: Mapping[str, Shape], known: Mapping[str, Shape]) -> None:
    missing, unknown = sorted(required.keys() - state.keys()), sorted(state.keys() - known.keys())
    _require(what, not missing, f"'{missing[0] if missing else ''}'", "none")
    _require(what, not unknown, "names of this network and optimizer", unknown[0] if unknown else "")
    for name, array in state.items():
        _check_array(f"{what} '{name}'", array, np.int64 if name == STEP else np.float32, known[name])


def _check_array(what: str, array: NDArray[Any], kind: type[np.generic], shape: Shape) -> None:
    holds = array.dtype == kind and array.shape == shape
    _require(what, holds, _described(np.dtype(kind), shape), _described(array.dtype, array.shape))


def _described(kind: np.dtype[Any], shape: Shape) -> str:
    return f"{kind.name} of shape {shape_text(shape) or '()'}"


def _require(what: str, holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise UnfitStateError(f"{what}: expected {expected}, got {str(got)[:80]}")
