"""``seedbed runs``: what a workspace keeps; looking at it changes nothing."""

import errno
import json
import os
import sqlite3

import pytest
from two_networks import invoke

import seedbed as sb
from seedbed.errors import StoreError
from seedbed.store import Ledger, Workspace

MLP = "flatten linear(8) relu linear(10)"


class PowerCutError(Exception):
    pass


def interrupted(place, **settings):
    """A run that ends without a word after its first epoch."""

    def cut(progress):
        if progress.epoch > 1:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        sb.train(MLP, "digits", progress=cut, workspace=place, epochs=3, **settings)


@pytest.fixture
def place(tmp_path):
    """Two finished runs, and one that was interrupted."""
    for seed in (0, 1):
        sb.train("softmax", "digits", epochs=1, seed=seed, batch_size=64, progress=False, workspace=tmp_path / "w")
    interrupted(tmp_path / "w", seed=7)
    return tmp_path / "w"


def listed(place, *words):
    result = invoke("runs", "--json", *words, "--workspace", place)
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["shape"] == "runs/1"
    return told["runs"]


def everything(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


def test_all_are_listed(place):
    done, other, cut = listed(place)
    assert [one["state"] for one in (done, other, cut)] == ["done", "done", "interrupted"]
    assert (done["network"], done["data"], done["seed"], done["settings"]) == (
        "softmax",
        "digits",
        0,
        {"batch_size": 64, "epochs": 1},
    )
    assert 0 < done["test_error"] < 100 and done["date"].startswith("20")
    assert (cut["network"], cut["seed"], cut["epochs_done"], cut["epochs"]) == (MLP, 7, 1, 3)
    lines = invoke("runs", "--workspace", place).stdout.splitlines()
    assert lines[0].split() == ["run", "network", "data", "settings", "seed", "date", "error", "state"]
    assert len(lines) >= 4 and done["id"] in "".join(lines)


@pytest.mark.parametrize(("text", "count"), [("softmax", 2), ("interrupted", 1), ("softmax digits", 2), ("nothing", 0)])
def test_only_those_that_are_meant(place, text, count):
    assert len(listed(place, "--filter", text)) == count


def test_looking_changes_nothing(place, tmp_path):
    (one, *_) = listed(place)
    before = everything(place)
    for words in (("runs",), ("runs", "show", one["id"]), ("inspect",)):
        assert invoke(*words, "--workspace", place).exit_code == 0
        assert invoke(*words, "--workspace", tmp_path / "none").exit_code in (0, 2)
    assert sb.load_run(one["id"], workspace=place).test_error == one["test_error"]
    assert everything(place) == before
    assert not (tmp_path / "none").exists()


def test_a_run_by_the_beginning_of_its_id(place):
    one, *_ = listed(place)
    short = one["id"][:14]
    shown = json.loads(invoke("runs", "show", short, "--json", "--workspace", place).stdout)
    assert (shown["shape"], shown["id"], shown["recipe"]["batch_size"]) == ("runs show/1", one["id"], 64)
    run = sb.load_run(short, workspace=place)
    assert (run.id, run.seed, run.was_there) == (one["id"], 0, True)
    assert sb.load_run(shown["file"]).id == one["id"]
    with pytest.raises(StoreError, match="may be"):
        sb.load_run(one["id"][:12], workspace=place)
    with pytest.raises(StoreError, match=r"has no run whose id begins so\. 'seedbed runs' lists all"):
        sb.load_run("nothing", workspace=place)


def test_a_damaged_run_is_not_given(place):
    one, *_ = listed(place)
    file = place / "runs" / f"{one['id']}.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"is damaged: .* Train it again"):
        sb.load_run(one["id"], workspace=place)
    result = invoke("runs", "--workspace", place)
    assert result.exit_code == 1 and "damaged" in result.stdout and str(file) in result.stderr


def test_an_interrupted_run_goes_on(place, tmp_path):
    cut = listed(place)[-1]
    result = invoke("runs", "resume", cut["id"][:10], "--workspace", place)
    assert result.exit_code == 0, result.stderr
    assert "going on after epoch 1" in result.stderr
    whole = sb.train(MLP, "digits", epochs=3, seed=7, progress=False)
    again = sb.load_run(cut["id"], workspace=place)
    assert again.id == whole.id and again.test_error == whole.test_error
    assert all((again.state.state[name] == array).all() for name, array in whole.state.state.items())
    refused = invoke("runs", "resume", cut["id"], "--workspace", place)
    assert refused.exit_code == 2 and "is done: expected one that was interrupted" in refused.stderr


def test_runs_are_removed(place):
    one, _, cut = listed(place)
    wrong = invoke("runs", "remove", one["id"], "nothing", "--workspace", place)
    assert wrong.exit_code == 2 and len(listed(place)) == 3
    assert invoke("runs", "remove", one["id"], cut["id"], "--workspace", place).exit_code == 0
    assert [left["seed"] for left in listed(place)] == [1]
    assert [path.name for path in (place / "staging").iterdir()] == []


def test_what_no_run_needs_is_pruned(place):
    kept = listed(place)
    aside, other = place / "runs" / "x.safetensors.damaged", place / "staging" / "y.safetensors.damaged"
    half, young = place / "staging" / ".a.1.part", place / "staging" / ".b.2.part"
    lost = place / "recordings" / "0123456789ab-0-native"
    for path in (aside, other, half, young):
        path.write_bytes(b"abc")
    os.utime(half, (0, 0))
    lost.mkdir()
    told = invoke("runs", "prune", "--dry-run", "--workspace", place)
    assert told.stdout.count("would remove") == 4 and all(path.exists() for path in (aside, other, half, lost))
    assert invoke("runs", "prune", "--workspace", place).exit_code == 0
    assert [path.exists() for path in (aside, other, half, lost, young)] == [False] * 4 + [True]
    assert listed(place) == kept
    assert invoke("runs", "prune", "--interrupted", "--workspace", place).exit_code == 0
    assert [one["state"] for one in listed(place)] == ["done", "done"]


def test_a_damaged_checkpoint_hides_no_other(place):
    cut = listed(place)[-1]
    (place / "staging" / f"{cut['id']}.safetensors").write_bytes(b"no")
    result = invoke("runs", "--workspace", place)
    assert result.exit_code == 1 and result.stdout.count("done") == 2
    assert invoke("runs", "remove", cut["id"], "--workspace", place).exit_code == 0
    assert invoke("runs", "--workspace", place).exit_code == 0


def test_a_ledger_that_is_only_read_is_never_written(place):
    ledger = Workspace(place, create=False).ledger
    assert len(ledger.all_keys()) == 2
    with pytest.raises(StoreError, match="was opened to be read only"):
        ledger.remove(next(iter(ledger.all_keys())))
    assert Ledger(place / "none.sqlite", is_read_only=True).all_keys() == set()
    assert not (place / "none.sqlite").exists()


def test_a_ledger_of_an_earlier_version_is_read_without_being_changed(tmp_path):
    from seedbed.store.migrations import MIGRATIONS

    file = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(file)
    MIGRATIONS[0](connection)
    values = ("f" * 64, "3", "native", "{}", "finished", "", "a" * 64, "native", 1.0, 1.0, "here", "{}", "{}", "2026")
    connection.execute(f"INSERT INTO runs VALUES ({', '.join('?' * 14)})", values)
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    before = file.read_bytes()
    (key,) = Ledger(file, is_read_only=True).all_keys()
    assert (key.seed, key.engine, file.read_bytes() == before) == (3, "native", True)


def test_each_class_with_its_rates(place):
    one, *_ = listed(place)
    shown = invoke("runs", "show", one["id"], "--classes", "--workspace", place)
    assert shown.exit_code == 0, shown.stderr
    lines = shown.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:2] == ["class", "images"])
    assert [line.split()[0] for line in lines[start + 1 : start + 11]] == list("0123456789")
    assert f"accuracy {100 - one['test_error']:.2f} (" in shown.stdout


def test_a_class_that_is_never_answered_is_named(tmp_path):
    import numpy as np

    from seedbed.cli.class_lines import class_rows, never_answered, summary_lines
    from seedbed.insight import report_classes

    images = np.zeros((8, 1, 4, 4), np.uint8)
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2], np.uint8)
    data = sb.Dataset("three", images, labels, images, labels, ("a", "b", "c"), "zeros")
    outputs = np.eye(3, dtype=np.float32)[[0, 0, 2, 2, 2, 2, 2, 2]]
    report = report_classes(outputs, data)
    assert never_answered(report) == "1 class never answered: 'b'"
    assert never_answered(report_classes(np.eye(3)[labels], data)) == ""
    # Recall 2/3, 0, 1: (66.67 + 0 + 100)/3. Wilson's interval of 0 of 2 ends at 65.76.
    first, second = summary_lines(report)
    assert first.startswith("accuracy 62.50 (30.6 to 86.3), balanced accuracy 55.56 (")
    assert second.startswith("lowest recall 0.00 (0.0 to 65.8) of 'b', precision 50.00 (")
    assert [row[:2] for row in class_rows(report)] == [("a", "3"), ("b", "2"), ("c", "3")]


def test_a_report_of_nothing_makes_no_workspace(tmp_path):
    for words in (("report", "lenet5-improved", "--quick"), ("report", "a", "b"), ("report", "nothing")):
        result = invoke(*words, "--workspace", tmp_path / "none")
        assert result.exit_code == 2, result.stderr
    assert not (tmp_path / "none").exists()


def test_a_finished_run_is_given_by_a_workspace_that_can_only_be_read(place, monkeypatch):
    def refuse(path):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("seedbed.store.lock._try", refuse)
    before = everything(place)
    settings = {"epochs": 1, "batch_size": 64, "progress": False, "workspace": place}
    run = sb.train("softmax", "digits", seed=0, **settings)
    assert run.was_there and everything(place) == before
    for other in ({"seed": 2}, {"seed": 0, "again": True}, {"seed": 0, "record": True}):
        with pytest.raises(StoreError, match="Read-only file system"):
            sb.train("softmax", "digits", **settings | other)
