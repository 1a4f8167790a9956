"""A finished run to enter into a workspace."""

from collections.abc import Callable

import numpy as np
import pytest

from seedbed.network import initial_state, load_network
from seedbed.store import RunEntry, RunKey, Workspace
from seedbed.training import History, Recipe, RunState
from seedbed.training.checkpoint import save_run
from seedbed.training.outcome import FINISHED

Stage = Callable[..., RunEntry]


@pytest.fixture
def stage() -> Stage:
    """Write a run into staging; gives the entry that goes with it."""

    def write(workspace: Workspace, seed: int = 0) -> RunEntry:
        recipe = Recipe.make("flatten linear(10)", "digits", epochs=1)
        state = initial_state(load_network(recipe.network, (1, 8, 8)), recipe.init, seed)
        run = RunState(state, History(step_losses=np.ones(3, dtype=np.float32)), FINISHED)
        key = RunKey(recipe.fingerprint, seed, "native")
        return RunEntry(
            key=key,
            recipe=recipe.to_dict(),
            outcome=FINISHED,
            sha256=save_run(workspace.staging_file(key), run, recipe, seed),
            executed_by="native (portable)",
            seconds=1.5,
            images_per_second=1e4,
            data_source="scikit-learn",
            machine={"processor": "one"},
            versions={"seedbed": "0.1.0"},
            created="2026-01-02T03:04:05+00:00",
        )

    return write
