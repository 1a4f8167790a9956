"""``seedbed sweep`` as a user runs it."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.app import app


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["sweep", *words])


def test_it_ends_with_the_best_one_test_error_and_a_report(tmp_path: Path) -> None:
    words = ["softmax", "--data", "digits", "--epochs", "1", "--seeds", "2", "--final-seeds", "2"]
    words += ["--grid", "lr=0.5,0.001", "--grid", "batch_size=16,64", "--workspace", str(tmp_path)]
    result = call(*words)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["lr", "batch_size", "validation", "error", "in", "%"]
    assert lines[1].startswith("0.5") and "best" in lines[1]
    assert sum("test error" in line.lower() for line in lines) == 1
    assert "Test error of the best with 2 fresh seeds: " in result.stdout
    assert "test error" not in result.stderr
    (report,) = (tmp_path / "reports").glob("*.html")
    assert f"report: {report}" in lines
    text = report.read_text("utf-8")
    assert text.count("<svg") == 2
    assert "Validation error, %" in text
    (command,) = [line.removeprefix("to go on: ") for line in lines if line.startswith("to go on: ")]
    again = call(*shlex.split(command)[2:])
    assert again.stdout == result.stdout
    assert "to do" not in again.stderr


@pytest.mark.parametrize("grid", ["network=softmax|flatten linear(10)", "epochs=1,2", "optimizer=adam|sgd(0.1)"])
def test_anything_can_be_varied(grid: str, tmp_path: Path) -> None:
    words = ["--data", "digits", "--seeds", "1", "--final-seeds", "1", "--no-report", "--workspace", str(tmp_path)]
    result = call("softmax", *words, "--grid", grid)
    assert result.exit_code == 0, result.stderr


def test_wrong_grids_are_told() -> None:
    for words, message in (
        (["--grid", "lr"], "--grid 'lr': expected key=values such as lr=0.1,0.01."),
        (["--grid", "lr=1", "--grid", "lr=2"], "--grid 'lr=2': 'lr' is given twice."),
        (["--grid", "speed=2"], "unknown key 'speed'"),
    ):
        result = call("softmax", "--data", "digits", *words)
        assert result.exit_code == 2
        assert message in result.stderr
