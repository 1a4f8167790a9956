"""The ledger: which runs are done, and in which states claims were judged, in an SQLite file."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.store.lock import holding
from seedbed.store.look import LOOK, LookEntry, look_row, read_look
from seedbed.store.migrations import MIGRATIONS
from seedbed.store.row import KEY, VALUES, RunEntry, RunKey, entry_row, key_row, read_entry, read_key

_PATIENCE_S = 10.0


_IS_KEY = " AND ".join(f"{name} = ?" for name in KEY)
_OF_SURROUNDINGS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""Errors of the disk, its permissions and other processes; all others come from what the file holds."""


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
            query = f"SELECT {', '.join(VALUES)} FROM runs WHERE {_IS_KEY}"
            row = connection.execute(query, key_row(key)).fetchone()
        if row is None:
            return None
        try:
            return read_entry(key, row)
        except ValueError as error:
            raise self._damaged(f"run '{key.identity}': {error}") from None

    def all_keys(self) -> set[RunKey]:
        """All runs that are done."""
        with self._open() as connection:
            rows = connection.execute(f"SELECT rowid, {', '.join(KEY)} FROM runs").fetchall()
        keys = set()
        for number, *row in rows:
            try:
                keys.add(read_key(tuple(row)))
            except ValueError as error:
                raise self._damaged(f"row {number}: {error}") from None
        return keys

    def add(self, entry: RunEntry) -> None:
        """Enter a run, in place of an earlier entry of the same key; it is on the disk when this returns."""
        marks = ", ".join("?" * (len(KEY) + len(VALUES)))
        with self._writing() as connection:
            statement = f"INSERT OR REPLACE INTO runs ({', '.join(KEY + VALUES)}) VALUES ({marks})"
            connection.execute(statement, [*key_row(entry.key), *entry_row(entry)])

    def remove(self, key: RunKey) -> None:
        """Take out the entry of a run."""
        with self._writing() as connection:
            connection.execute(f"DELETE FROM runs WHERE {_IS_KEY}", key_row(key))

    def looks(self, claim: str) -> list[LookEntry]:
        """Every state in which a claim was judged, in the order of the first time."""
        with self._open() as connection:
            query = f"SELECT {', '.join(LOOK)} FROM looks WHERE claim = ? ORDER BY created, rowid"
            rows = connection.execute(query, [claim]).fetchall()
        try:
            return [read_look(row) for row in rows]
        except ValueError as error:
            raise self._damaged(f"look at claim '{claim}': {error}") from None

    def add_looks(self, entries: Sequence[LookEntry]) -> None:
        """Enter states in which claims were judged; one that is there already stays as it was the first time."""
        if not entries:
            return
        with self._writing() as connection:
            statement = f"INSERT OR IGNORE INTO looks ({', '.join(LOOK)}) VALUES ({', '.join('?' * len(LOOK))})"
            connection.executemany(statement, [look_row(entry) for entry in entries])

    @property
    def is_read_only(self) -> bool:
        """Whether nothing is ever written."""
        return self._is_read_only

    @property
    def is_current(self) -> bool:
        """Whether the file is there and of this version."""
        if not self.path.exists():
            return False
        with contextlib.closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return self._version(connection) == len(MIGRATIONS)

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
        except UnicodeDecodeError:
            raise self._damaged("its texts are no UTF-8") from None
        except sqlite3.DatabaseError as error:
            # The lower byte is the kind of an extended code.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _OF_SURROUNDINGS:
                raise self._damaged(str(error)) from None
            raise StoreError(
                f"ledger '{self.path}': {error}. Check that its folder can be written and that the disk is not full."
            ) from None

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
        """The file; a copy in memory of one that is missing, of another version, or left in the middle of a write."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        if self.path.exists():
            file = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            file.execute(f"PRAGMA busy_timeout = {round(1000 * self._patience_s)}")
            try:
                if self._version(file) == len(MIGRATIONS):
                    memory.close()
                    return file
                file.backup(memory)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                    raise
                self._copy_undone(memory)
            file.close()
        self._migrate(memory)
        return memory

    def _copy_undone(self, memory: sqlite3.Connection) -> None:
        """Copy a file whose writer was killed, as it was before that write: who only reads must not undo it there."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                # In this order: should somebody undo the write meanwhile, doing so twice does no harm.
                for name in (f"{self.path.name}-journal", self.path.name):
                    with contextlib.suppress(FileNotFoundError):
                        shutil.copyfile(self.path.with_name(name), Path(folder, name))
                with contextlib.closing(sqlite3.connect(Path(folder, self.path.name))) as copy:
                    copy.backup(memory)
        except OSError as error:
            raise StoreError(
                f"ledger '{self.path}': its last write was cut off, and it cannot be copied to be read: "
                f"{error.strerror or error}. Make room in the folder for temporary files."
            ) from None

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
        except (AttributeError, TypeError, ValueError) as error:
            raise self._damaged(str(error)) from None
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not isinstance(version, int) or version < 0:
            raise self._damaged(f"its version is {version}")
        return version

    def _damaged(self, why: str) -> StoreError:
        return StoreError(
            f"ledger '{self.path}' is damaged: {why}. Rename it and run the study again: finished runs are taken up "
            f"from the folder '{self.path.parent / 'runs'}'."
        )
