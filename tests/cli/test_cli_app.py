"""``seedbed``: the overview, the version, and how errors end it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import seedbed
from seedbed.cli import app as app_module
from seedbed.cli.app import app, main

PROGRAM = [sys.executable, "-m", "seedbed.cli.app"]


def invoke(*arguments):
    return CliRunner().invoke(app, arguments)


def test_alone_it_greets_with_four_examples_the_lab_first():
    result = invoke()
    assert result.exit_code == 0
    assert result.stdout.count("\n  seedbed ") == 4
    assert result.stdout.index("seedbed lab") < result.stdout.index("seedbed train")
    assert result.stderr == ""


def test_version():
    result = invoke("--version")
    assert (result.exit_code, result.stdout) == (0, f"seedbed {seedbed.__version__}\n")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(option):
    result = invoke(option)
    assert result.exit_code == 0
    for name in ("train", "study", "show", "data"):
        assert f" {name} " in result.stdout


@pytest.mark.parametrize("command", [["train"], ["show"], ["data"], ["data", "fetch"], ["study"], ["study", "run"]])
def test_every_command_has_a_help(command):
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert f"Usage: root {' '.join(command)} " in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shwo"], "Did you mean 'show'?"),
        (["show"], "Missing argument"),
        (["show", "mlp", "--colour"], "No such option"),
    ],
)
def test_usage_errors_are_those_of_typer(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_wrong_input_is_one_line_and_status_2():
    result = invoke("data", "verify", "digit")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: unknown data set 'digit'. Did you mean 'digits'?")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_ctrl_c_gives_status_130(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(app_module.importlib, "import_module", interrupt)
    assert invoke("show", "mlp").exit_code == 130


def test_a_defect_keeps_its_traceback_and_asks_for_a_report(monkeypatch, capsys):
    def fail(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(app_module.importlib, "import_module", fail)
    monkeypatch.setattr(sys, "argv", ["seedbed", "show", "mlp"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "ZeroDivisionError: a defect" in printed
    assert "Please report it" in printed


def test_a_reader_that_leaves_is_no_error():
    program = subprocess.Popen([*PROGRAM, "show", "lenet5++"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program.stdout.close()
    stderr = program.stderr.read()
    program.stderr.close()
    assert program.wait() in (0, 1)
    assert stderr == b""


@pytest.mark.parametrize("command", ["train", "compare", "sweep", "predict", "inspect", "show", "report", "study run"])
def test_examples_stand_on_lines_of_their_own(command):
    """A bar between them read as a pipe."""
    told = invoke(*command.split(), "--help").output.split("Examples:")[1]
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    assert lines[0].startswith(f"seedbed {command}")
    assert "   |   " not in told
