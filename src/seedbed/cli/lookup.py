"""Finding a run of the workspace by what a person types."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.cli.console import note
from seedbed.engine import ENGINES
from seedbed.errors import StoreError, StudyError
from seedbed.kept import check_data, open_run
from seedbed.store import Damage, RunEntry, RunKey, Workspace
from seedbed.store.finding import find_key
from seedbed.study import Study
from seedbed.study.plan import SIZES, make_plan
from seedbed.training import Model, Recipe, RunState
from seedbed.training.checkpoint import load_run


@dataclass(frozen=True)
class Found:
    """A run that the ledger has."""

    workspace: Workspace
    key: RunKey
    entry: RunEntry

    @property
    def identity(self) -> str:
        """``0f3a9c61d2b4-3-native``."""
        return self.key.identity

    @cached_property
    def recipe(self) -> Recipe:
        """What was trained."""
        return Recipe.load(self.entry.recipe)

    @property
    def recording_folder(self) -> Path:
        """Where its recording lies, if there is one."""
        return self.workspace.recording_folder(self.key)

    @property
    def is_recorded(self) -> bool:
        """Whether there is one."""
        return self.recording_folder.is_dir()

    def read(self) -> RunState:
        """The run from its file.

        Raises
        ------
        StoreError
            It is missing or damaged.
        """
        path = self.workspace.run_file(self.key)
        state, _, _ = load_run(path)
        if state.outcome != self.entry.outcome:
            expected, got = self.entry.outcome.kind, state.outcome.kind if state.outcome else "unfinished"
            raise StoreError(f"{Damage(str(path), 'disagrees', expected=expected, got=got).text}.")
        return state

    def other_outputs(self) -> list[NDArray[np.float32]]:
        """Outputs for the test images of the finished runs with other seeds, by seed."""
        keys = [
            key
            for key in self.workspace.ledger.all_keys()
            if (key.fingerprint, key.engine) == (self.key.fingerprint, self.key.engine) and key != self.key
        ]
        found = []
        for key in sorted(keys, key=lambda key: key.seed):
            entry = self.workspace.ledger.find(key)
            if entry is None:
                continue
            try:
                run = Found(self.workspace, key, entry).read()
            except StoreError as error:
                note(f"seed {key.seed} is left out: {error}", style="yellow")
                continue
            if run.outcome is not None and run.outcome.is_complete and run.outputs is not None:
                found.append(run.outputs)
        return found


def list_runs(workspace: Workspace) -> list[Found]:
    """All runs, those of one recipe together, the newest recipe last."""
    found = [_found(workspace, key) for key in workspace.ledger.all_keys()]
    newest: dict[str, str] = {}
    for one in found:
        newest[one.key.fingerprint] = max(newest.get(one.key.fingerprint, ""), one.entry.created)
    return sorted(found, key=lambda one: (newest[one.key.fingerprint], one.key.fingerprint, one.key.seed))


def find_run(text: str, workspace: Workspace) -> Found:
    """The run that a text means.

    Parameters
    ----------
    text : str
        The beginning of an identity, or ``STUDY/VARIANT``, or ``STUDY/VARIANT#SEED``.
    workspace : Workspace

    Raises
    ------
    StoreError
        There is no such run, or more than one.
    StudyError
        There is no such study or variant.
    """
    if "/" in text:
        return _of_study(text, workspace)
    found = _found(workspace, find_key(text, workspace))
    check_data(found.key, found.recipe)
    return found


def is_model_file(text: str) -> bool:
    """Whether a text means a file, not a run of the workspace."""
    return text.endswith(".safetensors") or Path(text).is_file()


def find_model(text: str, workspace: Workspace) -> Model:
    """The model of a file, or of the run that a text means.

    Raises
    ------
    StoreError
        There is none, or the run has not ended well.
    """
    if is_model_file(text):
        return Model.load(text)
    found = find_run(text, workspace)
    require_answers(found)
    return open_run(workspace, found.entry).model


def require_answers(found: Found) -> None:
    """Refuse a run that has not ended well.

    Raises
    ------
    StoreError
    """
    if not found.entry.outcome.is_complete:
        raise StoreError(f"run '{found.key.identity}' {found.entry.outcome.text}: it has no answers.")


def _of_study(text: str, workspace: Workspace) -> Found:
    """A run of a variant: of the full size if that has some, else of the quick one; recorded ones first."""
    name, _, rest = text.rpartition("/")
    variant, _, seed = rest.partition("#")
    definition = Study.load(name).definition
    names = [item.name for item in definition.variants]
    if variant not in names:
        raise StudyError(f"study '{name}' has no variant '{variant}'. It has {', '.join(names)}.")
    for size in SIZES:
        plan = make_plan(definition, size, None, None, ENGINES[0])
        arms = dict(zip((item.name for item in plan.definition.variants), plan.arms, strict=True))
        if variant not in arms:
            continue
        fingerprint = arms[variant].recipe.fingerprint
        keys = [key for key in workspace.ledger.all_keys() if key.fingerprint == fingerprint]
        found = [_found(workspace, key) for key in keys if not seed or str(key.seed) == seed]
        if found:
            return min(found, key=lambda one: (not one.is_recorded, one.key.seed))
    raise StoreError(
        f"run '{text}': workspace '{workspace.path}' has no such run. Train it: seedbed study run {name}, which takes "
        "--quick too."
    )


def _found(workspace: Workspace, key: RunKey) -> Found:
    entry = workspace.ledger.find(key)
    if entry is None:
        raise StoreError(f"run '{key.file_name}' has just been taken out of the ledger. Try again.")
    return Found(workspace, key, entry)
