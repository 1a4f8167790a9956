"""How a ledger of an earlier version becomes one of this version: an ordered list, never changed, only added to."""

import sqlite3
from collections.abc import Callable

from seedbed.training.first_format import outcome_of
from seedbed.training.outcome import Kind, Outcome


def _runs(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE runs (
            fingerprint TEXT NOT NULL,
            seed TEXT NOT NULL,
            engine TEXT NOT NULL,
            recipe TEXT NOT NULL,
            status TEXT NOT NULL,
            note TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            executed_by TEXT NOT NULL,
            seconds REAL NOT NULL,
            images_per_second REAL NOT NULL,
            data_source TEXT NOT NULL,
            machine TEXT NOT NULL,
            versions TEXT NOT NULL,
            created TEXT NOT NULL,
            PRIMARY KEY (fingerprint, seed, engine)
        )
        """
    )


def _typed_outcomes(connection: sqlite3.Connection) -> None:
    """Status and note become an outcome; the version of the engine's numbers becomes a part of the key."""
    connection.execute("ALTER TABLE runs RENAME TO first_runs")
    connection.execute(
        """
        CREATE TABLE runs (
            fingerprint TEXT NOT NULL,
            seed TEXT NOT NULL,
            engine TEXT NOT NULL,
            numerics INTEGER NOT NULL,
            recipe TEXT NOT NULL,
            outcome TEXT NOT NULL,
            outcome_step INTEGER NOT NULL,
            outcome_answer TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            executed_by TEXT NOT NULL,
            seconds REAL NOT NULL,
            images_per_second REAL NOT NULL,
            data_source TEXT NOT NULL,
            machine TEXT NOT NULL,
            versions TEXT NOT NULL,
            created TEXT NOT NULL,
            PRIMARY KEY (fingerprint, seed, engine, numerics)
        )
        """
    )
    kept = "sha256, executed_by, seconds, images_per_second, data_source, machine, versions, created"
    query = f"SELECT status, note, fingerprint, seed, engine, recipe, {kept} FROM first_runs"
    for status, note, fingerprint, seed, engine, recipe, *rest in connection.execute(query).fetchall():
        # A run that had not ended was never entered.
        ended = outcome_of(status, note) or Outcome(Kind.STOPPED)
        values = [fingerprint, seed, engine, 1, recipe, str(ended.kind), ended.step, ended.answer, *rest]
        connection.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(values))})", values)
    connection.execute("DROP TABLE first_runs")


def _looks(connection: sqlite3.Connection) -> None:
    """Each state in which a claim was judged."""
    connection.execute(
        """
        CREATE TABLE looks (
            claim TEXT NOT NULL,
            seeds TEXT NOT NULL,
            planned TEXT NOT NULL,
            test TEXT NOT NULL,
            study TEXT NOT NULL,
            created TEXT NOT NULL,
            PRIMARY KEY (claim, seeds)
        )
        """
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_runs, _typed_outcomes, _looks)
"""One for each version."""
