"""Conducting one run in this process, and keeping it in a workspace where one is given."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seedbed.data import Dataset
from seedbed.engine.base import Engine
from seedbed.errors import StoreError
from seedbed.machine import describe_machine, describe_versions
from seedbed.network import State
from seedbed.runner.driver import CHECKPOINT_S, Driver
from seedbed.runner.interruption import Interruption, TrainingInterrupted
from seedbed.runner.job import run_key
from seedbed.store import LockedError, RunEntry, RunKey, Workspace
from seedbed.training.checkpoint import load_run
from seedbed.training.events import Event
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import RunState


@dataclass(frozen=True)
class Note:
    """Something worth a line, beside the events of the run: a checkpoint that cannot be used."""

    text: str


@dataclass(frozen=True)
class Resumed:
    """The run goes on from a checkpoint, after so many epochs and steps."""

    epochs: int
    steps: int


Listener = Callable[[Event | Note | Resumed], None]


def ignore(event: Event | Note | Resumed) -> None:
    """The listener that does not care."""


@dataclass(frozen=True)
class Conducted:
    """A run that has been done.

    Attributes
    ----------
    state : RunState
    executed_by : str
        Description of the engine that did it.
    recording : Path or None
        Where it is recorded, if it is.
    key : RunKey
    was_there : bool
        Whether the workspace had it already.
    """

    state: RunState
    executed_by: str
    recording: Path | None
    key: RunKey
    was_there: bool = False


def conduct(
    recipe: Recipe,
    dataset: Dataset,
    seed: int,
    engine: Engine,
    *,
    threads: int = 1,
    workspace: Workspace | None = None,
    record: bool | Path = False,
    again: bool = False,
    begin: State | None = None,
    listen: Listener = ignore,
    checkpoint_s: float = CHECKPOINT_S,
) -> Conducted:
    """Do a run, or read it from the workspace if that has it; an interrupted one goes on.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
        As ``Recipe.split`` gives it.
    seed : int
    engine : Engine
    threads : int
    workspace : Workspace, optional
        Where to keep it.
    record : bool or Path
        Whether to record it, in the workspace's folder or in one of its own. A run in the workspace that is not
        recorded there is then done again.
    again : bool
        Do it from the start even if the workspace has it.
    begin : State, optional
        Parameters, buffers and optimizer memory of another run to begin with. The ledger has no place
        for that, so it goes without a workspace.
    listen : callable
        Told what happens.
    checkpoint_s : float
        Seconds between two checkpoints, in epochs that take longer.

    Raises
    ------
    TrainingInterrupted
        Ctrl-C; in a workspace the run is stored, and the same call goes on.
    LockedError
        Another process, which it names, trains this run in the workspace.
    SeedbedError
    """
    if begin is not None and workspace is not None:
        raise StoreError("begin: expected no workspace beside it, as the ledger cannot tell such a run from others.")
    key = run_key(recipe, seed, engine.name)
    folder = record if isinstance(record, Path) else None
    if record is True:
        if workspace is None:
            raise StoreError("record: expected a folder, or a workspace beside record=True, got neither.")
        folder = workspace.recording_folder(key)
    with ExitStack() as held:
        if workspace is not None:
            try:
                held.enter_context(workspace.hold(key))
            except LockedError:
                raise
            except StoreError:
                # A workspace that can only be read gives what it has.
                if again or (folder is not None and not folder.is_dir()):
                    raise
                if (there := _undamaged(workspace, key)) is None:
                    raise
                recorded = workspace.recording_folder(key)
                return Conducted(*there, folder or (recorded if recorded.is_dir() else None), key, was_there=True)
        if workspace is not None:
            lacks_recording = folder is not None and not folder.is_dir()
            found = None if again else _finished(workspace, key, listen)
            if found is not None and not lacks_recording:
                recorded = workspace.recording_folder(key)
                return Conducted(*found, folder or (recorded if recorded.is_dir() else None), key, was_there=True)
            if again or found is not None:
                workspace.forget(key)
        driver = Driver(
            recipe,
            dataset,
            seed,
            engine,
            threads=threads,
            file=workspace.staging_file(key) if workspace is not None else None,
            recording=folder,
            checkpoint_s=checkpoint_s,
            begin=begin,
            after_epochs=True,
        )
        if driver.problem:
            listen(Note(driver.problem))
        if driver.is_resumed:
            history = driver.loop.run.history
            listen(Resumed(len(history.epochs), len(history.step_losses)))
        with Interruption() as interruption, closing(driver.events()) as events:
            for event in events:
                listen(event)
                if interruption.asked and driver.loop.run.outcome is None:
                    events.close()
                    raise TrainingInterrupted(driver.run, _left(driver.run, workspace))
        state = driver.run
        if workspace is not None:
            workspace.enter(run_entry(key, recipe, state, engine, dataset, driver.sha256))
    if interruption.asked:
        raise TrainingInterrupted(state, "interrupted right after the end of the run")
    return Conducted(state, engine.description, folder, key)


def _undamaged(workspace: Workspace, key: RunKey) -> tuple[RunState, str] | None:
    """The run from its file, with who executed it, if it is complete and undamaged; nothing is changed."""
    entry = workspace.ledger.find(key)
    if entry is None or workspace.damage(entry):
        return None
    state, _, _ = load_run(workspace.run_file(key))
    return state, entry.executed_by


def _finished(workspace: Workspace, key: RunKey, listen: Listener) -> tuple[RunState, str] | None:
    """The run from its file, with who executed it, if it is complete and undamaged."""
    entry = workspace.ledger.find(key)
    if entry is None:
        return None
    if damage := workspace.damage(entry):
        listen(Note(f"{damage.text}; it is set aside and trained again"))
        workspace.set_aside(key, damage)
        return None
    state, _, _ = load_run(workspace.run_file(key))
    return state, entry.executed_by


def run_entry(key: RunKey, recipe: Recipe, state: RunState, engine: Engine, dataset: Dataset, sha256: str) -> RunEntry:
    """What the ledger holds of a run of this process that has ended."""
    assert state.outcome is not None
    return RunEntry(
        key=key,
        recipe=recipe.to_dict(),
        outcome=state.outcome,
        sha256=sha256,
        executed_by=engine.description,
        seconds=state.history.train_s,
        images_per_second=state.history.images_per_second(len(dataset.train_images), recipe.batch_size),
        data_source=dataset.source,
        machine=describe_machine(),
        versions=describe_versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _left(state: RunState, workspace: Workspace | None) -> str:
    place = f"step {len(state.history.step_losses):,} in epoch {len(state.history.epochs) + 1}"
    if workspace is None:
        return f"stopped at {place}; the run so far is in the exception's 'run'"
    return f"stopped at {place}; the same call goes on from there"
