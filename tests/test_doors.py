"""Paths and names that no system has end in an error of Seedbed, at every door."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from report_samples import make_study
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.errors import SeedbedError
from seedbed.report import write_study_report

TRAIN = ("softmax", "digits")


@cache
def _trained() -> sb.Model:
    return sb.train(*TRAIN, epochs=1, progress=False).model


DOORS: dict[str, Callable[[object], object]] = {
    "workspace of train": lambda path: sb.train(*TRAIN, epochs=1, workspace=path),  # type: ignore[arg-type]
    "record of train": lambda path: sb.train(*TRAIN, epochs=1, record=path),  # type: ignore[arg-type]
    "data of train": lambda path: sb.train("softmax", path, epochs=1),  # type: ignore[arg-type]
    "data": sb.load_data,  # type: ignore[dict-item]
    "import": sb.import_data,  # type: ignore[dict-item]
    "model": sb.Model.load,  # type: ignore[dict-item]
    "export": lambda path: _trained().export(path, "numpy"),  # type: ignore[arg-type]
    "weights": lambda path: sb.Model.from_state_dict("input(1, 8, 8) flatten linear(10)", path),  # type: ignore[arg-type]
    "study": sb.Study.load,  # type: ignore[dict-item]
    "workspace of a study": lambda path: sb.Study.load("linear-or-mlp").result(workspace=path),  # type: ignore[arg-type]
    "report": lambda path: write_study_report(make_study(), path),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("path", ["\0", "a\0b", "~nobody-at-all/x", "/" + "a" * 5_000], ids=["NUL", "in", "~", "long"])
@pytest.mark.parametrize("door", DOORS)
def test_paths_from_python(door: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SeedbedError):
        DOORS[door](path)


@pytest.mark.parametrize("door", DOORS)
def test_numbers_are_no_paths(door: str) -> None:
    with pytest.raises(SeedbedError):
        DOORS[door](5)


@pytest.mark.parametrize("path", ["\0", "a\0b", "~nobody-at-all/x", "/" + "a" * 5_000], ids=["NUL", "in", "~", "long"])
@pytest.mark.parametrize("option", ["--save", "--workspace", "--data"])
def test_paths_from_the_command_line(option: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = [] if option == "--data" else ["--data", "digits"]
    done = CliRunner().invoke(app, ["train", "softmax", *data, "--epochs", "1", option, path])
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.stderr
