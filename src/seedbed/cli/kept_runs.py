"""All runs that a workspace keeps, done or not, as rows; looking at them changes nothing."""

import math
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seedbed.cli.commands import shortest
from seedbed.cli.lookup import list_runs
from seedbed.errors import SeedbedError, StoreError
from seedbed.store import RunKey, Workspace
from seedbed.store.finding import choose_identity
from seedbed.training import Recipe
from seedbed.training.checkpoint import load_run

DONE, INTERRUPTED, TRAINING, DAMAGED = "done", "interrupted", "training", "damaged"

_IDENTITY = re.compile(r"[0-9a-f]{12}-\d+-([a-z]+)(?:\.(\d+))?")
_HOLDER = re.compile(r"process (\d+) on (.+)")


@dataclass(frozen=True)
class KeptRun:
    """One run.

    Attributes
    ----------
    identity : str
    state : str
        ``done``, ``interrupted``, ``training``, ``damaged``, or how else it ended: ``one_answer``, ``diverged``.
    key : RunKey, optional
        None for an interrupted run whose file is damaged.
    recipe : Recipe, optional
        As before.
    seed : int
    epochs : int
        Done so far.
    test_error : float
        Percent; NaN if there is none.
    date : str
        ISO 8601, UTC: when it was entered, or when its last checkpoint was written.
    is_recorded : bool
    problem : str
        What is wrong with its file.
    """

    identity: str
    state: str
    key: RunKey | None
    recipe: Recipe | None
    seed: int
    epochs: int
    test_error: float
    date: str
    is_recorded: bool
    problem: str = ""

    @property
    def network(self) -> str:
        """Its name in the zoo, else its layers."""
        if self.recipe is None:
            return ""
        return shortest(self.recipe)[0]

    @property
    def settings(self) -> dict[str, Any]:
        """What differs from the defaults, beside network and data."""
        return {} if self.recipe is None else shortest(self.recipe)[1]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.identity,
            "state": self.state,
            "network": self.network,
            "data": self.recipe.data if self.recipe else "",
            "settings": self.settings,
            "seed": self.seed,
            "epochs_done": self.epochs,
            "epochs": self.recipe.epochs if self.recipe else None,
            "test_error": None if math.isnan(self.test_error) else self.test_error,
            "date": self.date,
            "is_recorded": self.is_recorded,
            "problem": self.problem,
        }


def kept_runs(workspace: Workspace) -> list[KeptRun]:
    """All of them: those of one recipe together, then those that are not done.

    Raises
    ------
    StoreError
        The ledger is damaged.
    """
    return [*_finished(workspace), *_unfinished(workspace)]


def find_kept(text: str, workspace: Workspace) -> KeptRun:
    """The run whose identity begins with a text, done or not.

    Raises
    ------
    StoreError
        There is no such run, or more than one.
    """
    known = {one.identity: one for one in kept_runs(workspace)}
    return known[choose_identity(text, known, workspace)]


def _finished(workspace: Workspace) -> Iterator[KeptRun]:
    for one in list_runs(workspace):
        error, epochs, problem = math.nan, 0, ""
        kind = str(one.entry.outcome.kind)
        state = DONE if kind == "finished" else kind
        try:
            history = one.read().history
            epochs = len(history.epochs)
            if history.result is not None and one.entry.outcome.is_complete:
                error = history.result.test_error
        except StoreError as damage:
            state, problem = DAMAGED, str(damage)
        yield KeptRun(
            identity=one.identity,
            state=state,
            key=one.key,
            recipe=one.recipe,
            seed=one.key.seed,
            epochs=epochs,
            test_error=error,
            date=one.entry.created,
            is_recorded=one.is_recorded,
            problem=problem,
        )


def _unfinished(workspace: Workspace) -> Iterator[KeptRun]:
    done = {key.identity for key in workspace.ledger.all_keys()}
    for path in sorted(workspace.staging.glob("*.safetensors")):
        named = _IDENTITY.fullmatch(path.stem)
        if named is None or path.stem in done:
            continue
        try:
            date = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
            run, recipe, seed = load_run(path)
        except FileNotFoundError:
            continue  # It has just been finished.
        except (OSError, SeedbedError) as error:
            seed = int(path.stem.split("-")[1])
            yield KeptRun(path.stem, DAMAGED, None, None, seed, 0, math.nan, date, False, str(error))
            continue
        key = RunKey(recipe.fingerprint, seed, named[1], int(named[2] or 1))
        result = run.history.result
        yield KeptRun(
            identity=path.stem,
            state=TRAINING if is_held(path.with_name(f"{path.name}.lock")) else INTERRUPTED,
            key=key,
            recipe=recipe,
            seed=seed,
            epochs=len(run.history.epochs),
            test_error=math.nan if result is None else result.test_error,
            date=date,
            is_recorded=workspace.recording_folder(key).is_dir(),
        )


def is_held(lock: Path) -> bool:
    """Whether a living process holds a lock, as far as its file tells; the lock itself is not touched."""
    try:
        holder = _HOLDER.fullmatch(lock.read_text(encoding="utf-8", errors="replace").strip())
    except OSError:
        return False
    if holder is None or holder[2] not in (platform.node(), "this machine"):
        return True
    try:
        os.kill(int(holder[1]), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
