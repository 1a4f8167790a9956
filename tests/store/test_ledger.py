import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from seedbed.errors import StoreError
from seedbed.store import Ledger, RunEntry, RunKey
from seedbed.store.migrations import MIGRATIONS
from seedbed.training import Kind, Outcome

RECIPE = {"network": "flatten linear(10)", "epochs": 3}
FINGERPRINT = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode()).hexdigest()
ENTRY = RunEntry(
    key=RunKey(FINGERPRINT, 2**64 - 1, "native"),
    recipe=RECIPE,
    outcome=Outcome(Kind.ONE_ANSWER, answer="a class – ‘ü’ \"'); DROP TABLE runs"),
    sha256="b" * 64,
    executed_by="native (avx2)",
    seconds=0.1 + 0.2,
    images_per_second=0.0,
    data_source="a folder",
    machine={"processor": "x"},
    versions={},
    created="2026-01-02T03:04:05+00:00",
)


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_gives_back_what_was_entered(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger").add(ENTRY)
    ledger = Ledger(tmp_path / "ledger")
    assert ledger.find(ENTRY.key) == ENTRY
    assert ledger.all_keys() == {ENTRY.key}


@pytest.mark.parametrize("change", [{"fingerprint": "c" * 64}, {"seed": 1}, {"engine": "reference"}, {"numerics": 2}])
def test_every_part_of_the_key_counts(tmp_path: Path, change: dict[str, str | int]) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.add(ENTRY)
    assert ledger.find(replace(ENTRY.key, **change)) is None


def test_a_second_entry_replaces_the_first_and_can_be_removed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.add(ENTRY)
    again = replace(ENTRY, outcome=Outcome(Kind.DIVERGED, step=4))
    ledger.add(again)
    assert ledger.find(ENTRY.key) == again
    ledger.remove(ENTRY.key)
    assert not ledger.all_keys()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be one" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_ledger_is_named_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged: .*Rename it and run the study again"):
        Ledger(path)
    assert path.read_bytes() == content


def test_damaged_pages_are_noticed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    Ledger(path).add(ENTRY)
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        Ledger(path)


def test_a_ledger_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger")
    execute(tmp_path / "ledger", "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"got 99, which a later version of Seedbed wrote\. Update Seedbed"):
        Ledger(tmp_path / "ledger")


def test_migrations_are_done_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(tmp_path / "ledger").add(ENTRY)
    statements = ("CREATE TABLE later (x)", "ALTER TABLE later RENAME TO latest")
    more = (*MIGRATIONS, *(lambda connection, text=text: connection.execute(text) for text in statements))
    monkeypatch.setattr("seedbed.store.ledger.MIGRATIONS", more)
    for _ in range(2):
        assert Ledger(tmp_path / "ledger").find(ENTRY.key) == ENTRY
    execute(tmp_path / "ledger", "INSERT INTO latest VALUES (1)")


def test_a_place_without_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        Ledger(tmp_path / "missing" / "ledger")


def test_the_disk_is_synchronised_and_no_second_file_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.add(ENTRY)
    with ledger._open() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger"]


DAMAGE = {
    "outcome": ["'lost'", "x'00'", "''"],
    "outcome_step": ["-1", "'one'", "1.5", "x'00'"],
    "outcome_answer": ["x'ff'"],
    "recipe": ["'{}'", "'[]'", "'null'", "'{'", "x'7b7d'", "replace(recipe, '3', '4')"],
    "sha256": ["'b'", "upper(sha256)", "x'00'"],
    "seconds": ["-1", "9e999", "'fast'", "x'00'"],
    "images_per_second": ["-0.5", "-9e999", "'fast'"],
    "data_source": ["x'00'"],
    "executed_by": ["x'00'"],
    "machine": ["'[]'", "'{\"a\": 1}'", "'{\"a\": {}}'", "'no'", "'" + "[" * 5_000 + "'"],
    "versions": ["'null'", "'1'", "x'00'"],
    "created": ["x'00'"],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, some in DAMAGE.items() for value in some])
def test_a_damaged_row_is_named_with_its_column(tmp_path: Path, column: str, value: str) -> None:
    path = tmp_path / "ledger"
    Ledger(path).add(ENTRY)
    execute(path, f"UPDATE runs SET {column} = {value}")
    with pytest.raises(StoreError, match=rf"run '{ENTRY.key.identity}': {column}: expected .*Rename it"):
        Ledger(path).find(ENTRY.key)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fingerprint", "'a'"),
        ("fingerprint", "x'00'"),
        ("seed", "'-1'"),
        ("seed", "'007'"),
        ("seed", "'many'"),
        ("seed", "'18446744073709551616'"),
        ("seed", "'\u0663'"),
        ("engine", "x'00'"),
        ("numerics", "0"),
        ("numerics", "'two'"),
    ],
)
def test_a_damaged_key_is_named(tmp_path: Path, column: str, value: str) -> None:
    path = tmp_path / "ledger"
    Ledger(path).add(ENTRY)
    execute(path, f"UPDATE runs SET {column} = {value}")
    with pytest.raises(StoreError, match=rf"row 1: {column}: expected .*Rename it"):
        Ledger(path).all_keys()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE runs",
        "ALTER TABLE runs RENAME COLUMN outcome TO status",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = -3",
        "UPDATE runs SET data_source = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_missing_table_is_no_full_disk(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "ledger"
    Ledger(path).add(ENTRY)
    execute(path, statement)
    with pytest.raises(StoreError, match="is damaged: ") as caught:
        Ledger(path).find(ENTRY.key)
    assert "disk" not in str(caught.value)


def test_any_damaged_bytes_end_in_words(tmp_path: Path) -> None:
    path, random = tmp_path / "ledger", Random(8)
    Ledger(path).add(ENTRY)
    content, told = path.read_bytes(), 0
    for number in range(400):
        damaged = bytearray(content)
        for _ in range(random.choice([1, 1, 3, 30])):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        path.write_bytes(damaged[: random.randrange(len(damaged))] if number % 10 == 0 else damaged)
        try:
            ledger = Ledger(path)
            for key in {ENTRY.key, *ledger.all_keys()}:
                ledger.find(key)
        except StoreError as error:
            assert "is damaged: " in str(error)
            told += 1
    assert told > 100


# Its pages reach the file before the end of its transaction, because its cache holds one; then it is killed.
CUT_OFF = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("DELETE FROM runs")
connection.execute("CREATE TABLE filler (text TEXT)")
connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 4000,)] * 50)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_write_that_was_cut_off_is_not_seen_by_who_only_reads(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    Ledger(path).add(ENTRY)
    subprocess.run([sys.executable, "-c", CUT_OFF, str(path)], check=False)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert set(before) == {"ledger", "ledger-journal"}
    ledger = Ledger(path, is_read_only=True)
    assert ledger.all_keys() == {ENTRY.key} and ledger.find(ENTRY.key) == ENTRY
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    assert Ledger(path).all_keys() == {ENTRY.key}
    assert not (tmp_path / "ledger-journal").exists()
