"""Workspaces of earlier versions: they open, and nothing in them is lost or done again.

``workspace-1.tar.xz`` was made by the first version: the runs of a study, some of ``seedbed train`` with every ending,
recordings, and a run that was interrupted.
"""

import hashlib
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import seedbed as sb
from seedbed.errors import StoreError
from seedbed.runner.job import run_key
from seedbed.store import Ledger, Workspace
from seedbed.store.migrations import MIGRATIONS
from seedbed.study import Study, Watcher
from seedbed.training import Kind, Outcome, Recipe
from seedbed.training.checkpoint import load_run
from seedbed.training.first_format import outcome_of
from seedbed.training.outcome import FINISHED
from seedbed.training.recording import Recording

ARCHIVE = Path(__file__).with_name("workspace-1.tar.xz")
LINEAR = "flatten linear(10)"
DIVERGED = Recipe.make("flatten linear(32) relu linear(10)", "digits", loss="mse", optimizer="sgd(1e10)", epochs=2)
ONE_ANSWER = Recipe.make("flatten linear(8) relu linear(10)", "digits", optimizer="sgd(1000)", epochs=2)
ENDS = {
    Recipe.make(LINEAR, "digits", optimizer="sgd(0.02)", epochs=2): FINISHED,
    Recipe.make(LINEAR, "digits", optimizer="sgd(1e30)", epochs=1): FINISHED,
    Recipe.make(LINEAR, "digits", optimizer="sgd(1e-9)", epochs=1, init="constant(0)"): FINISHED,
    Recipe.make(LINEAR, "digits", optimizer="sgd(0.1)", epochs=1): FINISHED,
    Recipe.make(LINEAR, "digits", optimizer="sgd(0.01)", epochs=1): FINISHED,
    DIVERGED: Outcome(Kind.DIVERGED, step=2),
    ONE_ANSWER: Outcome(Kind.ONE_ANSWER, answer="3"),
}
INTERRUPTED = {"optimizer": "adam(0.001)", "average": 0.9, "epochs": 3, "seed": 5}
INTERRUPTED_SHA256 = "2361b0931b278f7aa476690965a199e9a0b601b2b0bad71880f87df701b23ac5"
"""Of the parameters at the end, as the first version trained them without an interruption."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The workspace of the first version."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "ws"


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_every_run_is_found_with_its_end(old: Path) -> None:
    assert version(old / "ledger.sqlite") == 1
    workspace = Workspace(old)
    assert version(old / "ledger.sqlite") == len(MIGRATIONS)
    keys = workspace.ledger.all_keys()
    assert len(keys) == 9 and {key.numerics for key in keys} == {1}
    assert {key.file_name for key in keys} == {path.name for path in workspace.runs.iterdir()}
    for key in keys:
        entry = workspace.ledger.find(key)
        assert entry is not None and workspace.damage(entry) is None
        assert ENDS[Recipe(**entry.recipe)] == entry.outcome
        run, recipe, seed = load_run(workspace.run_file(key))
        assert (run.outcome, run_key(recipe, seed, "native")) == (entry.outcome, key)
        assert entry.seconds > 0 and entry.executed_by.startswith("native") and entry.created.startswith("20")
    assert {run_key(recipe, 0, "native") for recipe in ENDS} <= keys


@pytest.mark.parametrize("recipe", [DIVERGED, ONE_ANSWER], ids=["diverged", "one answer"])
def test_a_run_is_shown_at_once(old: Path, recipe: Recipe) -> None:
    names = ("optimizer", "loss", "epochs")
    settings = {name: getattr(recipe, name) for name in names}
    run = sb.train(recipe.network, "digits", workspace=old, **settings)
    assert run.was_there and run.outcome == ENDS[recipe]


def test_the_study_needs_no_new_run(old: Path) -> None:
    planned: list[tuple[int, int]] = []

    class Listener(Watcher):
        def planned(self, total: int, missing: tuple[object, ...]) -> None:
            planned.append((total, len(missing)))

    result = Study.load(old / "tiny.toml").run(workspace=old, watch=Listener())
    assert planned == [(4, 0)] and result.failures == ()
    assert [len(variant.errors) for variant in result.variants] == [2, 2]


def test_an_interrupted_run_goes_on_to_the_same_bits(old: Path) -> None:
    (path,) = (old / "staging").iterdir()
    assert len(load_run(path)[0].history.step_losses) == 90
    run = sb.train("flatten linear(16) tanh linear(10)", "digits", workspace=old, **INTERRUPTED)
    assert not run.was_there and run.outcome == FINISHED
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(run.state.state[name]) for name in sorted(run.state.state)))
    assert digest.hexdigest() == INTERRUPTED_SHA256
    again = sb.train("flatten linear(16) tanh linear(10)", "digits", workspace=old, **INTERRUPTED)
    assert again.was_there and list((old / "staging").iterdir()) == []


def test_its_recordings_are_read(old: Path) -> None:
    recordings = [Recording.load(folder) for folder in (old / "recordings").iterdir()]
    assert sorted(list(recording.states) for recording in recordings) == [[0, 1], [0, 1], [0, 1, 2]]
    run = sb.train(LINEAR, "digits", optimizer="sgd(0.02)", epochs=2, workspace=old, record=True)
    assert run.was_there and run.recording is not None and list(run.recording.states) == [0, 1, 2]
    assert (run.recording.states[2]["linear1.weight"] == run.model.state["linear1.weight"]).all()


def test_two_processes_may_open_it_at_once(old: Path) -> None:
    first = sqlite3.connect(old / "ledger.sqlite", isolation_level=None)
    with closing(first):
        # As if another had begun to migrate and died: nothing of it is left.
        first.execute("BEGIN IMMEDIATE")
        MIGRATIONS[1](first)
    assert len(Workspace(old).ledger.all_keys()) == len(Workspace(old).ledger.all_keys()) == 9


def test_a_later_version_is_refused_and_stays(old: Path) -> None:
    with closing(sqlite3.connect(old / "ledger.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (old / "ledger.sqlite").read_bytes()
    with pytest.raises(StoreError, match=rf"got {len(MIGRATIONS) + 1}, which a later version of Seedbed wrote"):
        Workspace(old)
    assert (old / "ledger.sqlite").read_bytes() == before


def fails_at_once(connection: sqlite3.Connection) -> None:
    raise ValueError("no words of the first version")


def fails_half_way(connection: sqlite3.Connection) -> None:
    MIGRATIONS[1](connection)
    connection.execute("INSERT INTO nowhere VALUES (1)")


def is_killed(connection: sqlite3.Connection) -> None:
    MIGRATIONS[1](connection)
    raise KeyboardInterrupt


@pytest.mark.parametrize("migrate", [fails_at_once, fails_half_way, is_killed])
def test_a_migration_that_fails_leaves_the_old_ledger_whole(
    old: Path, migrate: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(old / "ledger.sqlite")) as connection:
        rows = connection.execute("SELECT * FROM runs").fetchall()
    with monkeypatch.context() as patched:
        patched.setattr("seedbed.store.ledger.MIGRATIONS", (MIGRATIONS[0], migrate))
        with pytest.raises((StoreError, KeyboardInterrupt)):
            Workspace(old)
    assert version(old / "ledger.sqlite") == 1
    with closing(sqlite3.connect(old / "ledger.sqlite")) as connection:
        assert connection.execute("SELECT * FROM runs").fetchall() == rows
    assert len(Workspace(old).ledger.all_keys()) == 9


def test_a_ledger_with_words_that_nobody_wrote_is_damaged(old: Path) -> None:
    with closing(sqlite3.connect(old / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET note = 'felt tired' WHERE status = 'diverged'")
    with pytest.raises(StoreError, match=r"is damaged: status 'diverged' with the note 'felt tired'"):
        Workspace(old)
    assert version(old / "ledger.sqlite") == 1


@pytest.mark.parametrize(
    ("status", "note", "outcome"),
    [
        ("running", "", None),
        ("running", "constant answer: class '6'", None),
        ("finished", "", FINISHED),
        ("finished", "constant answer: class 'it's\n'a'", Outcome(Kind.ONE_ANSWER, answer="it's\n'a")),
        ("diverged", "diverged: loss is not finite at step 812", Outcome(Kind.DIVERGED, step=812)),
    ],
)
def test_words_of_the_first_version(status: str, note: str, outcome: Outcome | None) -> None:
    assert outcome_of(status, note) == outcome


@pytest.mark.parametrize("words", [("done", ""), ("finished", "well"), ("diverged", ""), ("diverged", "at step -1")])
def test_other_words_are_refused(words: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="status"):
        outcome_of(*words)


def test_a_new_ledger_has_the_version_of_now(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger")
    assert version(tmp_path / "ledger") == len(MIGRATIONS) == 3
