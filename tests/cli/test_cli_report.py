"""``seedbed report``: what the workspace has, in every format, without training."""

import json
from pathlib import Path

import pytest
from two_networks import STUDY, invoke

import seedbed as sb


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file and a workspace with its quick runs."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "two.toml").write_text(STUDY, encoding="utf-8")
    sb.Study.load(folder / "two.toml").run(quick=True, workspace=folder / "workspace", jobs=1)
    return folder


def test_a_study_in_two_formats(folder: Path) -> None:
    reports = folder / "workspace" / "reports"
    options = ("--quick", "--format", "md", "--format", "html", "--workspace", folder / "workspace")
    result = invoke("report", folder / "two.toml", *options)
    assert result.exit_code == 0, result.stderr
    paths = [reports / f"two-quick.{suffix}" for suffix in ("md", "html")]
    assert result.stdout == "".join(f"report: {path}\n" for path in paths)
    assert all("Two layers" in path.read_text(encoding="utf-8") for path in paths)
    assert "2 runs in workspace" in result.stderr


def test_output_takes_the_suffix_of_the_format(folder: Path) -> None:
    options = ("--quick", "--workspace", folder / "workspace", "--format", "md", "--output", folder / "elsewhere.txt")
    assert invoke("report", folder / "two.toml", *options).exit_code == 0
    assert {path.name for path in folder.glob("elsewhere*")} == {
        "elsewhere.md",
        "elsewhere.json",
        "elsewhere.csv",
        "elsewhere-inside.csv",
        "elsewhere-figures",
    }


def test_a_study_without_runs_names_the_command_that_makes_them(folder: Path) -> None:
    result = invoke("report", folder / "two.toml", "--workspace", folder / "workspace")
    assert result.exit_code == 2
    assert f"has no run of it. Train them: seedbed study run {folder / 'two.toml'} --workspace" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-study",), "no-such-study"),
        (("sweep-0123456789",), "no such sweep. It has none"),
    ],
)
def test_unknown_names_are_refused(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = invoke("report", *arguments, "--workspace", folder / "workspace")
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


def test_unknown_formats_are_refused(folder: Path) -> None:
    options = ("--quick", "--workspace", folder / "workspace", "--format", "docx")
    result = invoke("report", folder / "two.toml", *options)
    assert result.exit_code == 2
    assert "expected formats of html, md, pdf, got 'docx'" in result.stderr


def test_a_sweep_is_reported_again_from_its_numbers(tmp_path: Path) -> None:
    workspace = ("--workspace", tmp_path)
    options = ("--data", "digits", "--grid", "lr=0.1,0.01", "--epochs", 1, "--seeds", 1, "--final-seeds", 2)
    made = invoke("sweep", "softmax", *options, "--jobs", 1, *workspace)
    assert made.exit_code == 0, made.stderr
    (path,) = tmp_path.glob("reports/sweep-*.html")
    before = path.read_bytes()
    path.unlink()
    result = invoke("report", path.stem, *workspace)
    assert result.exit_code == 0, result.stderr
    assert path.read_bytes() == before
    numbers = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert [point["is_best"] for point in numbers["points"]].count(True) == 1
    assert (
        sb.Sweep(**numbers["definition"]).command()
        == sb.Sweep("softmax", "digits", grid={"lr": "0.1,0.01"}, epochs=1, seeds=1, final_seeds=2).command()
    )
    assert path.with_suffix(".csv").read_text(encoding="utf-8").count("\n") == 1 + 2 + 2

    path.with_suffix(".json").write_text("{}")
    damaged = invoke("report", path.stem, *workspace)
    assert damaged.exit_code == 2 and "expected the numbers of a sweep" in damaged.stderr


def test_a_report_in_korean(folder: Path) -> None:
    options = ("--quick", "--workspace", folder / "workspace", "--output", folder / "korean")
    result = invoke("report", folder / "two.toml", *options, "--lang", "ko")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"report: {folder / 'korean.html'}\n" and "2 runs in workspace" in result.stderr
    text = (folder / "korean.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in text and "Seedbed 실험 보고서" in text


def test_an_unknown_language_is_refused_before_anything_is_trained(folder: Path) -> None:
    options = ("--workspace", folder / "untouched", "--lang", "kr")
    result = invoke("study", "run", folder / "two.toml", *options)
    assert (result.exit_code, (folder / "untouched").exists()) == (2, False)
    assert "language 'kr': expected one of en, ko" in result.stderr
