"""A run as one file: to go on after an interruption, and to keep when it has ended."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from seedbed.errors import StoreError
from seedbed.files import replacing
from seedbed.training.digest import content_digest
from seedbed.training.first_format import outcome_of
from seedbed.training.history import EpochRecord, History, Intervention
from seedbed.training.outcome import Kind, Outcome
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import Best, RunState

_FIRST_FORMAT, _FORMAT = "seedbed-run-1", "seedbed-run-2"
_STATE, _BEST = "state.", "best."
_COLUMNS = [column.name for column in fields(EpochRecord)]

Arrays = dict[str, NDArray[Any]]


def save_run(path: Path, run: RunState, recipe: Recipe, seed: int) -> str:
    """Write a run as a safetensors file; a reader finds the old file or the whole new one.

    The epochs are a float64 array, not text, so that every value comes back with the same bits, NaN included.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    run : RunState
        At a step boundary, as ``TrainingLoop.snapshot`` gives it.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    StoreError
        The file cannot be written: the disk is full, the folder is read-only.
    """
    history = run.history
    arrays: Arrays = {_STATE + name: array for name, array in run.state.items()}
    if run.best is not None:
        arrays |= {_BEST + name: array for name, array in run.best.state.items()}
        if run.best.outputs is not None:
            arrays["best_outputs"] = run.best.outputs
    arrays["history.epochs"] = np.array([astuple(e) for e in history.epochs], np.float64).reshape(-1, len(_COLUMNS))
    arrays["history.open_s"] = np.array([history.open_s], np.float64)
    arrays["history.step_losses"], arrays["history.step_wrong"] = history.step_losses, history.step_wrong
    if run.outputs is not None:
        arrays["outputs"] = run.outputs
    about = {
        "format": _FORMAT,
        "recipe": recipe.to_dict(),
        "seed": seed,
        "outcome": asdict(run.outcome) if run.outcome else None,
        "epoch_columns": _COLUMNS,
        "best_epoch": history.best_epoch,
        "interventions": [asdict(one) for one in history.interventions],
    }
    # One entry only: safetensors writes several in no fixed order, and equal runs should give equal files.
    metadata = {"seedbed": json.dumps(about | {"sha256": content_digest(about, arrays)})}
    content = safetensors.numpy.save(arrays, metadata)
    try:
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise StoreError(
            f"run file '{path}' cannot be written: {error.strerror or error}. "
            "Free some space or choose another workspace; finished runs are kept."
        ) from None
    return hashlib.sha256(content).hexdigest()


def load_run(path: Path) -> tuple[RunState, Recipe, int]:
    """Read what ``save_run`` wrote: the run, its recipe and its seed.

    Raises
    ------
    StoreError
        The file is missing, damaged, or no run file.
    """
    with _telling(path):
        with safetensors.safe_open(str(path), "numpy") as file:
            about = json.loads((file.metadata() or {})["seedbed"])
            arrays: Arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        stated = about.pop("sha256")
        if about["format"] not in (_FIRST_FORMAT, _FORMAT):
            raise ValueError(f"format '{about['format']}', expected '{_FORMAT}'")
        if stated != content_digest(about, arrays):
            raise ValueError("its content does not have the SHA-256 that it states")
        history = History(
            epochs=[_epoch(about["epoch_columns"], row) for row in arrays["history.epochs"].tolist()],
            step_losses=arrays["history.step_losses"],
            step_wrong=arrays["history.step_wrong"],
            open_s=float(arrays["history.open_s"][0]),
            best_epoch=about.get("best_epoch"),
            interventions=[Intervention(**one) for one in about.get("interventions", ())],
        )
        best = _named(arrays, _BEST)
        run = RunState(
            state=_named(arrays, _STATE),
            history=history,
            outcome=_outcome(about),
            outputs=arrays.get("outputs"),
            best=Best(best, arrays.get("best_outputs")) if best else None,
        )
        return run, Recipe.load(about["recipe"]), about["seed"]


def read_outcome(path: Path) -> Outcome | None:
    """How the run of a file ended, without its arrays; None for a checkpoint.

    Raises
    ------
    StoreError
        It is no run file.
    """
    with _telling(path), safetensors.safe_open(str(path), "numpy") as file:
        return _outcome(json.loads((file.metadata() or {})["seedbed"]))


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise StoreError(f"run file '{path}': no such file.") from None
    except (
        OSError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        safetensors.SafetensorError,
    ) as error:
        raise StoreError(f"run file '{path}': expected a run of Seedbed, got something else ({error}).") from None


def is_run_file(path: Path) -> bool:
    """Whether a file says that it is one, whole or not."""
    try:
        with safetensors.safe_open(str(path), "numpy") as file:
            return '"format": "seedbed-run-' in (file.metadata() or {}).get("seedbed", "")[:200]
    except (OSError, ValueError, safetensors.SafetensorError):
        return False


def _outcome(about: dict[str, Any]) -> Outcome | None:
    if about["format"] == _FIRST_FORMAT:
        return outcome_of(about["status"], about["note"])
    stated = about["outcome"]
    if stated is None:
        return None
    outcome = Outcome(**stated | {"kind": Kind(stated["kind"])})
    if type(outcome.step) is not int or outcome.step < 0 or not isinstance(outcome.answer, str):
        raise ValueError(f"outcome {stated}")
    return outcome


def _named(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _epoch(columns: list[str], row: list[float]) -> EpochRecord:
    """Columns that an older file lacks take their defaults."""
    values: dict[str, Any] = dict(zip(columns, row, strict=True))
    return EpochRecord(**values | {"epoch": int(row[0])})
