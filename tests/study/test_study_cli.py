from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny_study import TINY
from typer.testing import CliRunner, Result

from seedbed.cli.live import live_watcher
from seedbed.cli.study import app
from seedbed.errors import StoreError, StudyError
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.plan import make_plan


def call(words: Sequence[str], workspace: Path | None = None) -> Result:
    place = ["--workspace", str(workspace)] if workspace else []
    return CliRunner().invoke(app, [*words, *place])


def test_run_ends_with_table_verdicts_and_report(tiny: Path, tmp_path: Path) -> None:
    result = call(["run", str(tiny), "--seeds", "4"], tmp_path / "w")
    assert result.exit_code == 0, result.output
    assert "8 runs to do, 0 of 8 already there" in result.stderr
    assert "8 of 8 done: " in result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split("  ")[0] == "test error in %"
    (low,) = [line for line in lines if line.startswith("Low rate")]
    assert "20.00 (1.50)" in low
    assert "±" in low
    assert "supported: A higher rate lowers the error." in lines
    assert any(line.startswith("  High rate errs ") for line in lines)
    report = tmp_path / "w" / "reports" / "tiny-full-4-seeds.html"
    assert lines[-1] == f"report: {report}"
    assert "A higher rate lowers the error." in report.read_text("utf-8")
    assert "for a first look" not in result.stdout


def test_fewer_epochs_than_the_study_asks_for_are_told(tiny: Path, tmp_path: Path) -> None:
    result = call(["run", str(tiny), "--epochs", "1"], tmp_path / "w")
    said = (
        "cut short: 3 seeds × 1 epoch (the study asks for 3 epochs); what is said above holds for so short a training"
    )
    assert said in " ".join(result.stdout.split())


def test_run_again_says_that_all_is_there_and_makes_the_report_again(tiny: Path, tmp_path: Path) -> None:
    call(["run", str(tiny), "--quick"], tmp_path / "w")
    report = tmp_path / "w" / "reports" / "tiny-quick.html"
    report.unlink()
    result = call(["run", str(tiny), "--quick"], tmp_path / "w")
    assert result.exit_code == 0
    assert "all 4 runs are already there; the report was made again" in result.stdout
    assert report.exists()
    assert not result.stderr
    assert "too short to say who is right; leave out --quick for that" in result.stdout.replace("\n", " ")
    told = result.stdout.index("a first look")
    assert all(told < result.stdout.index(word) for word in ("supported", "undecided") if word in result.stdout)


def test_no_report_writes_none(tiny: Path, tmp_path: Path) -> None:
    result = call(["run", str(tiny), "--quick", "--no-report"], tmp_path / "w")
    assert "report" not in result.output
    assert not list((tmp_path / "w" / "reports").iterdir())


def test_diverged_runs_are_counted_and_named(tmp_path: Path) -> None:
    path = tmp_path / "wild.toml"
    path.write_text(TINY.replace("sgd(lr=0.2)", "sgd(lr=1e38)"), "utf-8")
    result = call(["run", str(path), "--quick", "--no-report"], tmp_path / "w")
    assert result.exit_code == 0
    assert "diverged: loss is not finite at step" in result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("High rate")]
    assert "0, 2 diverged" in line
    assert "undecided: A higher rate lowers the error." in result.stdout


def test_failed_runs_are_told_and_change_the_exit_status(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.runner.local_pool._PROGRAM", "import sys; sys.exit(3)")
    result = call(["run", str(tiny), "--quick", "--seeds", "1", "--no-report"], tmp_path / "w")
    assert result.exit_code == 1
    assert "Low rate, seed 0 failed: its process ended with status 3, 3 times; given up." in result.stdout
    assert "it goes on from its last checkpoint" in result.stderr


def test_ctrl_c_has_its_own_exit_status(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seedbed.cli.live._Lines.started", interrupt)
    result = call(["run", str(tiny), "--quick"], tmp_path / "w")
    assert result.exit_code == 130
    assert "stopped: 0 of 4 runs done; run the same command again to go on" in result.stderr


def test_errors_of_users_are_those_of_seedbed(tiny: Path, tmp_path: Path) -> None:
    assert isinstance(call(["run", "lenet6"]).exception, StudyError)
    (tmp_path / "file").write_text("")
    assert isinstance(call(["run", str(tiny)], tmp_path / "file").exception, StoreError)


@pytest.mark.parametrize("option", ["--seeds", "--epochs", "--jobs"])
def test_numbers_below_one_are_refused(option: str) -> None:
    assert call(["run", "lenet5-improved", option, "0"]).exit_code == 2


def test_a_report_that_cannot_be_written_is_told(tiny: Path, tmp_path: Path) -> None:
    (Workspace(tmp_path / "w").reports / "tiny-quick.html").mkdir()
    error = call(["run", str(tiny), "--quick"], tmp_path / "w").exception
    assert isinstance(error, StoreError)
    assert "tiny-quick.html' cannot be written: Is a directory" in str(error)


def test_list_and_show_need_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    listed = call(["list"])
    assert "lenet5-improved" in listed.stdout
    assert "340 × 30 epochs" in listed.stdout
    shown = call(["show", "lenet5-improved"]).stdout
    for words in ("LeNet-5++ (lenet5++)", "published   0.78 (0.06)% over 5 runs", "drops the last 16 test images"):
        assert words in shown
    assert not list(tmp_path.iterdir())


def test_the_live_display_shows_each_core_and_the_whole(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.cli.live.stderr_is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    result = call(["run", str(tiny), "--epochs", "40"], tmp_path / "w")
    assert result.exit_code == 0
    assert "6 of 6 runs" in result.stderr
    assert "rate, seed " in result.stderr


def test_show_tells_grids_by_their_axes(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    grid = """
[[grids]]
grid = "rates"
caption = "Rates and batches"
name = "{lr}-{batch}"
title = "{lr}, {batch}"
optimizer = "sgd(lr={lr})"
batch_size = "{batch}"

[grids.axes]
lr = [0.1, 0.2]
batch = [16, 32]
"""
    path.write_text(TINY + grid, "utf-8")
    lines = call(["show", str(path)]).stdout.splitlines()
    assert "Rates and batches (rates)" in lines
    assert "  lr          0.1, 0.2" in lines
    assert "  variants    4 variants, 0.1-16 to 0.2-32" in lines
    assert "Low rate (low)" in lines
    assert "0.1, 16 (0.1-16)" not in lines


def test_a_grid_is_run_and_reported_like_other_variants(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    text = (
        TINY[: TINY.index("[[variants]]")]
        + """
[[grids]]
grid = "rates"
caption = "Rates"
name = "rate-{lr}"
title = "Rate {lr}"
optimizer = "sgd(lr={lr})"
published_notes = { single_run = true }

[grids.axes]
lr = [0.005, 0.2]

[grids.published]
"rate-0.2" = { accuracy = 90.0 }

[[claims]]
text = "A higher rate lowers the error."
better = "rate-0.2"
worse = "rate-0.005"
"""
    )
    path.write_text(text, "utf-8")
    result = call(["run", str(path), "--quick", "--jobs", "1"], tmp_path / "w")
    assert result.exit_code == 0, result.output
    assert "A higher rate lowers the error." in result.stdout
    report = (tmp_path / "w" / "reports" / "tiny-quick.html").read_text("utf-8")
    for part in ("Measured error, %", "Published error, %", "single run", "Across: lr."):
        assert part in report


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_run_that_another_process_did_counts_as_done(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    """It has no worker, and what it took says nothing of the speed here."""
    monkeypatch.setattr("seedbed.cli.live.stderr_is_terminal", lambda: is_terminal)
    jobs = make_plan(Study.load(tiny).definition, "quick").jobs
    result = Study.load(tiny).run(quick=True, workspace=tmp_path / "w")
    entry = Workspace(tmp_path / "w").ledger.find(jobs[0].key)
    assert entry is not None and len(result.variants) == 2
    with live_watcher() as watcher:
        watcher.planned(4, jobs)
        watcher.finished(None, jobs[0], entry, None)
        assert (watcher.done, watcher.time_left) == (1, "")
        watcher.started(0, jobs[1], 0)
        watcher.finished(0, jobs[1], entry, 3.5)
        assert watcher.done == 2 and watcher.time_left.endswith(" left")
