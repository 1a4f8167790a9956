import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seedbed.errors import StoreError
from seedbed.store import Ledger, RunEntry, RunKey, Workspace
from seedbed.training.checkpoint import load_run

Stage = Callable[..., RunEntry]


def test_its_place_is_given_or_from_the_environment_or_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEEDBED_WORKSPACE", raising=False)
    assert Workspace().path == Path("seedbed-workspace")
    monkeypatch.setenv("SEEDBED_WORKSPACE", str(tmp_path / "elsewhere"))
    assert Workspace().path == tmp_path / "elsewhere"
    assert Workspace(tmp_path / "given").path == tmp_path / "given"
    assert {path.name for path in tmp_path.iterdir()} == {"seedbed-workspace", "elsewhere", "given"}


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=r"expected a folder, but '.*file' is a file\. Give another with --workspace"):
        Workspace(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be made: Not a directory"):
        Workspace(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody may write")
def test_an_unwritable_place_is_refused() -> None:
    with pytest.raises(StoreError, match="workspace '/proc/seedbed': folder '/proc/seedbed' cannot be made"):
        Workspace("/proc/seedbed")


def test_a_run_moves_from_staging_to_its_place(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    with workspace.hold(entry.key):
        assert workspace.enter(entry)
    assert workspace.ledger.find(entry.key) == entry
    assert workspace.damage(entry) is None
    assert not list(workspace.staging.iterdir())
    assert workspace.run_file(entry.key).name == f"{entry.key.fingerprint[:12]}-0-native.safetensors"
    assert load_run(workspace.run_file(entry.key))[2] == 0


def test_a_staged_file_that_changed_is_not_entered(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    workspace.staging_file(entry.key).write_bytes(b"other")
    assert not workspace.enter(entry)
    workspace.staging_file(entry.key).unlink()
    assert not workspace.enter(entry)
    assert workspace.ledger.find(entry.key) is None


def test_a_damaged_or_missing_run_file_is_noticed_and_kept_aside(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    workspace.enter(entry)
    path = workspace.run_file(entry.key)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    damage = workspace.damage(entry)
    assert damage is not None and damage.kind == "changed" and "is damaged: expected SHA-256" in damage.text
    workspace.set_aside(entry.key, damage)
    assert workspace.ledger.find(entry.key) is None
    assert [file.name for file in workspace.runs.iterdir()] == [f"{path.name}.damaged"]
    damage = workspace.damage(entry)
    assert damage is not None and damage.kind == "missing" and damage.text == f"run file '{path}' is missing"
    workspace.set_aside(entry.key, damage)


def test_a_lost_ledger_leaves_runs_that_are_taken_up_again(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    workspace.enter(entry)
    (tmp_path / "ledger.sqlite").unlink()
    workspace = Workspace(tmp_path)
    with workspace.hold(entry.key):
        assert workspace.staging_file(entry.key).exists()
        assert workspace.enter(entry)


def test_what_a_killed_process_was_writing_is_swept_up(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    for folder in (workspace.staging, workspace.runs):
        (folder / f".{entry.key.file_name}.abc.part").write_bytes(b"half")
    with workspace.hold(entry.key):
        assert [path.name for path in workspace.staging.glob("*[!k]")] == [entry.key.file_name]
        assert list(workspace.runs.iterdir()) == []


def test_what_another_process_is_writing_stays(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    keys = [stage(workspace, seed).key for seed in (1, 11)]
    others = workspace.staging / f".{keys[1].file_name}.abc.part"
    others.write_bytes(b"half")
    with workspace.hold(keys[0]):
        assert others.exists()


def test_a_full_disk_is_told_and_leaves_the_run_in_staging(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(StoreError, match="cannot be written: No space left on device"):
            workspace.enter(entry)
    assert workspace.ledger.find(entry.key) is None
    assert workspace.enter(entry)


@pytest.mark.parametrize("column", ["outcome = 'diverged'", "outcome_step = 7", "outcome_answer = '3'"])
def test_an_outcome_that_was_changed_by_hand_is_told_and_put_right(tmp_path: Path, stage: Stage, column: str) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    workspace.enter(entry)
    content = workspace.run_file(entry.key).read_bytes()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection, connection:
        connection.execute(f"UPDATE runs SET {column}")
    changed = workspace.ledger.find(entry.key)
    assert changed is not None
    damage = workspace.damage(changed)
    assert damage is not None and damage.kind == "disagrees"
    assert damage.text.startswith("the ledger says that a run ended as ")
    with workspace.hold(entry.key):
        workspace.set_aside(entry.key, damage)
        # It is taken up from its file, without training.
        assert workspace.staging_file(entry.key).read_bytes() == content
        assert workspace.enter(entry)
    assert workspace.damage(entry) is None


@pytest.mark.parametrize("state", ["whole", "damaged", "missing"])
def test_a_copy_that_was_left_in_staging_goes_when_the_run_is_whole(tmp_path: Path, stage: Stage, state: str) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    content = workspace.staging_file(entry.key).read_bytes()
    workspace.enter(entry)
    workspace.staging_file(entry.key).write_bytes(content)
    if state == "damaged":
        workspace.run_file(entry.key).write_bytes(content[:-1])
    elif state == "missing":
        workspace.run_file(entry.key).unlink()
    with workspace.hold(entry.key):
        assert workspace.staging_file(entry.key).exists() == (state != "whole")


def test_half_written_figures_of_reports_are_swept(tmp_path: Path, stage: Stage) -> None:
    workspace = Workspace(tmp_path)
    left = [workspace.reports / ".a.html.x.part", workspace.reports / "a-figures/.b.svg.x.part"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, (1e9, 1e9))
    with workspace.hold(stage(workspace).key):
        assert list(workspace.reports.iterdir()) == []


def test_a_run_whose_removal_was_cut_off_can_be_removed_again(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    workspace.enter(entry)

    def no(ledger: Ledger, key: RunKey) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Ledger, "remove", no)
        workspace.forget(entry.key)
    # Whatever is left is known: nothing lies there that no command names.
    assert workspace.ledger.all_keys() == {entry.key}
    workspace.forget(entry.key)
    assert not workspace.ledger.all_keys() and not workspace.run_file(entry.key).exists()


def test_what_a_process_left_right_after_the_end_of_a_run_is_swept(tmp_path: Path, stage: Stage) -> None:
    """Nobody holds a run again that is done: its copy in staging and the dead lock would stay for ever."""
    workspace = Workspace(tmp_path)
    entry = stage(workspace)
    content = workspace.staging_file(entry.key).read_bytes()
    workspace.enter(entry)
    workspace.staging_file(entry.key).write_bytes(content)
    lock = workspace.staging / f"{entry.key.file_name}.lock"
    lock.write_text("process 1 on x")
    workspace.sweep(entry.key)
    assert not list(workspace.staging.iterdir())
    workspace.staging_file(entry.key).write_bytes(content)
    with workspace.hold(entry.key):
        workspace.staging_file(entry.key).write_bytes(content)
        workspace.sweep(entry.key)
        assert workspace.staging_file(entry.key).exists()
