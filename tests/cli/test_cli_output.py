"""What reaches a terminal or a pipe: text that cannot steer it, in characters that it has; and calls from a thread."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table
from tiny_study import TINY
from typer.testing import CliRunner

from seedbed.cli.app import app
from seedbed.cli.console import note, say
from seedbed.formatting import printable
from seedbed.notebook import html_table
from seedbed.terminal import Terminal

PROGRAM = [sys.executable, "-B", "-m", "seedbed.cli.app"]
HOSTILE = "a\x1b]0;title\x07b\x1b[2Jc\x9b31md\u202egnp\u2066e\rf\x08g\x7f"
HARMLESS = "a]0;titleb[2Jc31mdgnpefg"


@pytest.mark.parametrize("print_line", [say, note], ids=["results", "notes"])
def test_lines_hold_no_controls(print_line, capsys):
    print_line(HOSTILE)
    print_line(HOSTILE, style="red")
    captured = capsys.readouterr()
    assert (captured.out or captured.err) == f"{HARMLESS}\n{HARMLESS}\n"


def test_colours_stay_and_hostile_codes_go(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    say(HOSTILE, style="red")
    assert capsys.readouterr().out == f"\x1b[31m{HARMLESS}\x1b[0m\n"


def test_tables_and_live_lines_hold_no_controls(capsys):
    table = Table(box=None)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    Terminal().print(table)
    with Progress(TextColumn("{task.description}", markup=False), console=Terminal()) as bars:
        bars.add_task(HOSTILE)
    shown = capsys.readouterr().out
    assert HARMLESS in shown and printable(shown) == shown


def test_tables_of_notebooks_hold_no_controls():
    assert html_table([HOSTILE], [[HOSTILE]]).count(HARMLESS) == 2


def test_writing_from_right_to_left_stays():
    assert printable("שלום مرحبا 안녕 한\tß\n") == "שלום مرحبا 안녕 한\tß\n"


def test_codes_in_an_error_and_in_a_study_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY.replace('title = "', 'title = "\\u001b[31m\\u202e', 1), "utf-8")
    done = CliRunner().invoke(app, ["study", "show", str(path)])
    assert done.exit_code == 0 and done.stdout
    assert "\x1b" not in done.stdout + done.stderr and "\u202e" not in done.stdout + done.stderr
    wrong = CliRunner().invoke(app, ["show", "conv2d(\x1b[31m)"])
    assert wrong.exit_code == 2
    assert "\x1b" not in wrong.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "cp1252", "latin-1"])
def test_what_the_terminal_lacks_is_replaced(encoding, tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY.replace('title = "', 'title = "안녕 ß − ± ', 1), "utf-8")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [*PROGRAM, "study", "show", "tiny.toml"], capture_output=True, cwd=tmp_path, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode(encoding)
    assert "?" in shown
    assert ("안녕" in shown) == (encoding == "cp949")


def test_a_report_is_written_though_the_terminal_lacks_characters(tmp_path):
    words = ["compare", "softmax", "mlp", "--data", "digits", "--epochs", "1", "--seeds", "2", "--workspace", "w"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*PROGRAM, *words], capture_output=True, cwd=tmp_path, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert b" ? " in done.stdout
    assert len(list((tmp_path / "w/reports").glob("*.html"))) == 1


def test_commands_run_outside_the_main_thread(tmp_path: Path) -> None:
    ended: dict[str, object] = {}

    def call(*words: str) -> None:
        try:
            ended[words[0]] = app([*words, "--workspace", str(tmp_path / "w")], standalone_mode=False)
        except BaseException as error:
            ended[words[0]] = error

    common = ("--data", "digits", "--epochs", "1")
    for words in (
        ("train", "softmax", *common),
        ("compare", "softmax", "mlp", *common, "--seeds", "2", "--jobs", "1", "--no-report"),
    ):
        thread = threading.Thread(target=call, args=words)
        thread.start()
        thread.join()
    assert list(ended.values()) == [None, None]
