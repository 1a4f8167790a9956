"""Where ``seedbed train`` keeps its run: checkpoints while it trains, an entry in the ledger at its end."""

import shutil
from datetime import UTC, datetime

from seedbed.api import Run
from seedbed.cli.console import note
from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine.base import Engine
from seedbed.errors import StoreError
from seedbed.machine import describe_machine, describe_versions
from seedbed.store import RunEntry, RunKey, Workspace
from seedbed.training import Recipe, RunState
from seedbed.training.checkpoint import load_run, save_run


class Keeper:
    """Where one run is kept: its checkpoints and its end."""

    def __init__(self, workspace: Workspace, recipe: Recipe, seed: int, engine: Engine, dataset: Dataset) -> None:
        self.workspace, self.recipe, self.seed = workspace, recipe, seed
        self.engine, self.dataset = engine, dataset
        self.key = RunKey(recipe.fingerprint, seed, engine.name)
        self.plan = recipe.plan(dataset, seed)
        self.recording = workspace.recording_folder(self.key)

    def finished(self) -> Run | None:
        """The run from its file, if it is complete and undamaged."""
        entry = self.workspace.ledger.find(self.key)
        if entry is None:
            return None
        damage = self.workspace.damage(entry)
        if damage:
            note(f"{damage}; it is set aside and trained again", style="yellow")
            self.workspace.set_aside(self.key)
            return None
        state, _, _ = load_run(self.workspace.run_file(self.key))
        return self.as_run(state, entry.executed_by)

    def begun(self) -> RunState | None:
        """Where an interrupted run stopped."""
        path = self.workspace.staging_file(self.key)
        if not path.exists():
            return None
        try:
            state, recipe, seed = load_run(path)
        except StoreError as error:
            note(f"{error} The run begins from the start.", style="yellow")
            return None
        return state if (recipe, seed) == (self.recipe, self.seed) else None

    def keep(self, state: RunState) -> str:
        """Write a checkpoint; gives its SHA-256."""
        return save_run(self.workspace.staging_file(self.key), state, self.recipe, self.seed)

    def finish(self, state: RunState) -> Run:
        """Write the complete run and enter it into the ledger."""
        run = self.as_run(state, self.engine.description)
        self.workspace.enter(
            RunEntry(
                key=self.key,
                recipe=self.recipe.to_dict(),
                status=str(run.status),
                note=run.note,
                sha256=self.keep(state),
                executed_by=run.engine,
                seconds=run.history.train_s,
                images_per_second=run.images_per_second,
                data_source=self.dataset.source,
                machine=describe_machine(),
                versions=describe_versions(),
                created=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )
        return run

    def forget(self) -> None:
        """Take out what is kept of this run."""
        self.workspace.ledger.remove(self.key)
        for path in (self.workspace.run_file(self.key), self.workspace.staging_file(self.key)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.recording, ignore_errors=True)

    def as_run(self, state: RunState, executed_by: str) -> Run:
        input = fit_input(self.recipe.input, self.dataset)
        image_count = len(self.dataset.train_images)
        return Run(self.recipe, self.seed, self.plan.network, input, state, executed_by, image_count)
