"""A row of the ledger, which anything may have written to, as the entry of a run."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from math import isfinite
from typing import Any

from seedbed.training.outcome import Kind, Outcome

MOST_SEED = 2**64 - 1
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RunKey:
    """What identifies a run.

    Attributes
    ----------
    fingerprint : str
        Of the recipe, 64 hexadecimal digits.
    seed : int
        0 to 2**64 - 1.
    engine : str
        Name of the engine: engines agree to rounding only, so each has runs of its own.
    numerics : int
        Version of the engine's numbers, see ``seedbed.engine.NUMERICS``.
    """

    fingerprint: str
    seed: int
    engine: str
    numerics: int = 1

    @property
    def identity(self) -> str:
        """What people call the run by: ``0f3a9c61d2b4-3-native``, from the second version of its numbers on
        ``0f3a9c61d2b4-3-native.2``."""
        version = f".{self.numerics}" if self.numerics > 1 else ""
        return f"{self.fingerprint[:12]}-{self.seed}-{self.engine}{version}"

    @property
    def file_name(self) -> str:
        """Name of the run's file."""
        return f"{self.identity}.safetensors"


@dataclass(frozen=True)
class RunEntry:
    """A run that is done.

    Attributes
    ----------
    key : RunKey
    recipe : dict
        Its plain values.
    outcome : Outcome
    sha256 : str
        Of the run's file.
    executed_by : str
        Description of the engine: ``native (avx512)``.
    seconds : float
        Of training, without evaluation.
    images_per_second : float
        Training speed; 0 if it was not measured.
    data_source : str
        Where the images came from.
    machine, versions : dict of str to str
        Where it ran, with what.
    created : str
        Time of the entry, ISO 8601, UTC.
    """

    key: RunKey
    recipe: dict[str, Any]
    outcome: Outcome
    sha256: str
    executed_by: str
    seconds: float
    images_per_second: float
    data_source: str
    machine: dict[str, str]
    versions: dict[str, str]
    created: str


KEY = tuple(field.name for field in fields(RunKey))
_OUTCOME = ("outcome", "outcome_step", "outcome_answer")
VALUES = ("recipe", *_OUTCOME, *(field.name for field in fields(RunEntry)[3:]))
_JSON = ("recipe", "machine", "versions")
_TEXTS = ("recipe", "outcome", "outcome_answer", "sha256", "executed_by", "data_source", *_JSON[1:], "created")


def key_row(key: RunKey) -> list[str]:
    """Values of the columns `KEY`; as text, because SQLite's whole numbers end at 2**63."""
    return [str(value) for value in astuple(key)]


def entry_row(entry: RunEntry) -> list[Any]:
    """Values of the columns `VALUES`."""
    outcome = dict(zip(_OUTCOME, (str(entry.outcome.kind), entry.outcome.step, entry.outcome.answer), strict=True))
    values = {name: outcome[name] if name in outcome else getattr(entry, name) for name in VALUES}
    return [json.dumps(value, sort_keys=True) if name in _JSON else value for name, value in values.items()]


def read_key(row: tuple[Any, ...]) -> RunKey:
    """The key that the columns `KEY` hold.

    Raises
    ------
    ValueError
        They do not; it names the column.
    """
    values = dict(zip(KEY, row, strict=True))
    fingerprint, seed, engine, numerics = row
    _require(values, "fingerprint", isinstance(fingerprint, str) and _HASH.fullmatch(fingerprint), "64 digits")
    is_seed = isinstance(seed, str) and re.fullmatch(r"0|[1-9][0-9]{0,19}", seed) and int(seed) <= MOST_SEED
    _require(values, "seed", is_seed, "a whole number up to 2**64 - 1 as text")
    _require(values, "engine", isinstance(engine, str), "text")
    _require(values, "numerics", isinstance(numerics, int) and numerics >= 1, "a whole number of at least 1")
    return RunKey(fingerprint, int(seed), engine, numerics)


def read_entry(key: RunKey, row: tuple[Any, ...]) -> RunEntry:
    """The entry that the columns `VALUES` of the row of a key hold.

    Raises
    ------
    ValueError
        They do not; it names the column.
    """
    values = dict(zip(VALUES, row, strict=True))
    for name in _TEXTS:
        _require(values, name, isinstance(values[name], str), "text")
    _require(values, "outcome", values["outcome"] in list(Kind), f"one of {', '.join(Kind)}")
    step = values["outcome_step"]
    _require(values, "outcome_step", isinstance(step, int) and step >= 0, "a whole number of at least 0")
    _require(values, "sha256", _HASH.fullmatch(values["sha256"]), "64 hexadecimal digits")
    for name in ("seconds", "images_per_second"):
        number = values[name]
        is_one = isinstance(number, int | float) and isfinite(number) and number >= 0
        _require(values, name, is_one, "a finite number of at least 0")
    # The key states what the recipe is: its fingerprint is the SHA-256 of this text.
    digest = hashlib.sha256(values["recipe"].encode(errors="replace")).hexdigest()
    _require(values, "recipe", digest == key.fingerprint, f"a recipe with the fingerprint {key.fingerprint[:12]}…")
    read = {name: _described(values, name) for name in _JSON}
    kind, step, answer = (values.pop(name) for name in _OUTCOME)
    return RunEntry(key=key, outcome=Outcome(Kind(kind), step, answer), **values | read)


def _described(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A column of JSON: an object; but for the recipe, of texts."""
    try:
        read = json.loads(values[name])
    except (ValueError, RecursionError):
        read = None
    is_one = isinstance(read, dict) and (name == "recipe" or all(isinstance(text, str) for text in read.values()))
    _require(values, name, is_one, "a JSON object" if name == "recipe" else "a JSON object of texts")
    return dict(read)


def _require(values: Mapping[str, Any], name: str, holds: object, expected: str) -> None:
    if not holds:
        got = repr(values[name])
        raise ValueError(f"{name}: expected {expected}, got {got[:60]}{'…' if len(got) > 60 else ''}")
