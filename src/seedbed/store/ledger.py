"""The ledger: which runs are done, in an SQLite file."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from seedbed.errors import StoreError
from seedbed.store.lock import holding
from seedbed.store.migrations import MIGRATIONS
from seedbed.training.outcome import Kind, Outcome

_PATIENCE_S = 10.0


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


_KEY = [field.name for field in fields(RunKey)]
_OUTCOME = ["outcome", "outcome_step", "outcome_answer"]
_VALUES = ["recipe", *_OUTCOME, *(field.name for field in fields(RunEntry)[3:])]
_JSON = {"recipe", "machine", "versions"}
_IS_KEY = " AND ".join(f"{name} = ?" for name in _KEY)


class Ledger:
    """Reads and writes the SQLite file; every call opens and closes it, so nothing is held between calls.

    Any number of processes may use it at once: a write is short, and who waits longer than a time limit is told which
    process holds it.

    Parameters
    ----------
    path : Path
        Made if it is missing; its folder must exist.
    patience_s : float
        The time limit.
    is_read_only : bool
        Whether nothing is ever written: a missing file is a ledger without runs, one of an earlier version is read as
        it would be after its migration.

    Raises
    ------
    StoreError
        It is damaged, from a later version of Seedbed, or cannot be written.
    """

    def __init__(self, path: Path, patience_s: float = _PATIENCE_S, *, is_read_only: bool = False) -> None:
        self.path, self._patience_s, self._is_read_only = path, patience_s, is_read_only
        with self._open() as connection:
            (report,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if report != "ok":
                raise self._damaged(report)
            is_current = self._version(connection) == len(MIGRATIONS)
        if not is_current:
            with self._writing() as connection:
                self._migrate(connection)

    def find(self, key: RunKey) -> RunEntry | None:
        """The entry of a run, or None if it is not done."""
        with self._open() as connection:
            query = f"SELECT {', '.join(_VALUES)} FROM runs WHERE {_IS_KEY}"
            row = connection.execute(query, _key_values(key)).fetchone()
        return self._entry(key, row) if row else None

    def all_keys(self) -> set[RunKey]:
        """All runs that are done."""
        with self._open() as connection:
            rows = connection.execute(f"SELECT {', '.join(_KEY)} FROM runs").fetchall()
        return {RunKey(fingerprint, int(seed), engine, numerics) for fingerprint, seed, engine, numerics in rows}

    def add(self, entry: RunEntry) -> None:
        """Enter a run, in place of an earlier entry of the same key; it is on the disk when this returns."""
        values = [json.dumps(v, sort_keys=True) if n in _JSON else v for n, v in _values(entry).items()]
        marks = ", ".join("?" * (len(_KEY) + len(_VALUES)))
        with self._writing() as connection:
            statement = f"INSERT OR REPLACE INTO runs ({', '.join(_KEY + _VALUES)}) VALUES ({marks})"
            connection.execute(statement, [*_key_values(entry.key), *values])

    def remove(self, key: RunKey) -> None:
        """Take out the entry of a run."""
        with self._writing() as connection:
            connection.execute(f"DELETE FROM runs WHERE {_IS_KEY}", _key_values(key))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time, by a lock that knows its holder."""
        if self._is_read_only:
            raise StoreError(f"ledger '{self.path}' was opened to be read only. Open its workspace to write.")
        lock = self.path.with_name(f"{self.path.name}.lock")
        with holding(lock, f"ledger '{self.path}'", self._patience_s), self._open() as connection:
            yield connection

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            # Without a level, every statement is its own transaction.
            with contextlib.closing(self._connected()) as connection:
                yield connection
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"ledger '{self.path}': {error}. Check that its folder can be written and that the disk is not full."
            ) from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _connected(self) -> sqlite3.Connection:
        if self._is_read_only:
            return self._connected_to_read()
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * self._patience_s)}")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _connected_to_read(self) -> sqlite3.Connection:
        """The file, or a copy in memory of one that is missing or of another version."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        if self.path.exists():
            file = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            file.execute(f"PRAGMA busy_timeout = {round(1000 * self._patience_s)}")
            if self._version(file) == len(MIGRATIONS):
                connection.close()
                return file
            file.backup(connection)
            file.close()
        self._migrate(connection)
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have done it in the meantime.
        version = self._version(connection)
        if version > len(MIGRATIONS):
            raise StoreError(
                f"ledger '{self.path}': expected version {len(MIGRATIONS)} or earlier, got {version}, which a later "
                "version of Seedbed wrote. Update Seedbed or give another workspace."
            )
        try:
            for migrate in MIGRATIONS[version:]:
                migrate(connection)
        except ValueError as error:
            raise self._damaged(str(error)) from None
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _entry(self, key: RunKey, row: tuple[Any, ...]) -> RunEntry:
        try:
            values = {n: json.loads(v) if n in _JSON else v for n, v in zip(_VALUES, row, strict=True)}
            kind, step, answer = (values.pop(name) for name in _OUTCOME)
            return RunEntry(key=key, outcome=Outcome(Kind(kind), step, answer), **values)
        except (ValueError, TypeError) as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, why: str) -> StoreError:
        return StoreError(
            f"ledger '{self.path}' is damaged: {why}. Rename it and run the study again: finished runs are taken up "
            f"from the folder '{self.path.parent / 'runs'}'."
        )


def _key_values(key: RunKey) -> list[str]:
    # As text, because SQLite's whole numbers end at 2**63.
    return [str(value) for value in astuple(key)]


def _values(entry: RunEntry) -> dict[str, Any]:
    outcome = dict(zip(_OUTCOME, (str(entry.outcome.kind), entry.outcome.step, entry.outcome.answer), strict=True))
    return {name: outcome[name] if name in outcome else getattr(entry, name) for name in _VALUES}
