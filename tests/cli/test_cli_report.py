"""``seedbed report``: what the workspace has, in every format, without training."""

import json
from pathlib import Path

import pytest
from two_networks import STUDY, invoke

import seedbed as sb
from seedbed.store import Workspace


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
    assert "2 runs in workspace" in result.stderr and "all of them" in result.stderr
    more = invoke("report", folder / "two.toml", "--quick", "--seeds", 2, "--workspace", folder / "workspace")
    assert "2 runs in workspace" in more.stderr and "--seeds 2" in more.stderr
    assert "adds what is missing" in more.stderr and "adds what is missing" not in result.stderr


def test_output_takes_the_suffix_of_the_format(folder: Path) -> None:
    options = ("--quick", "--workspace", folder / "workspace", "--format", "md", "--output", folder / "elsewhere.html")
    assert invoke("report", folder / "two.toml", *options).exit_code == 0
    assert {path.name for path in folder.glob("elsewhere*")} == {
        "elsewhere.md",
        "elsewhere.json",
        "elsewhere.csv",
        "elsewhere-inside.csv",
        "elsewhere-figures",
    }


def test_a_folder_is_no_output(folder: Path) -> None:
    for name in (".", ""):
        result = invoke("report", folder / "two.toml", "--quick", "--workspace", folder / "workspace", "--output", name)
        assert (result.exit_code, "expected the name of a file, got a folder" in result.stderr) == (2, True)


def test_a_study_without_runs_names_the_command_that_makes_them(folder: Path) -> None:
    result = invoke("report", folder / "two.toml", "--workspace", folder / "workspace")
    assert result.exit_code == 2
    assert f"has no run of it. Train them: seedbed study run {folder / 'two.toml'} --workspace" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-study",), "no-such-study"),
        (("sweep-0123456789",), "no report that is called so"),
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

    refused = invoke("report", path.stem, "--compact", *workspace)
    assert refused.exit_code == 2 and "got a sweep" in refused.stderr

    path.with_suffix(".json").write_text("{}")
    damaged = invoke("report", path.stem, *workspace)
    assert damaged.exit_code == 2 and "expected the numbers of a study, a sweep or a comparison" in damaged.stderr


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


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a comparison of two networks over two seeds; its report was called ``full-2-seeds``."""
    workspace = tmp_path_factory.mktemp("compared")
    words = ("flatten linear(10)", "flatten linear(8) relu linear(10)", "--data", "digits", "--epochs", 1)
    made = invoke("compare", *words, "--seeds", 2, "--jobs", 1, "--workspace", workspace)
    assert made.exit_code == 0, made.stderr
    return workspace


def test_a_comparison_is_reported_again_by_the_name_of_its_report(compared: Path) -> None:
    (path,) = compared.glob("reports/compare-*-full-2-seeds.html")
    before = path.read_bytes()
    path.unlink()
    result = invoke("report", path.stem, "--format", "html", "--format", "md", "--workspace", compared)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"report: {path}\nreport: {path.with_suffix('.md')}\n"
    assert path.read_bytes() == before
    # The beginning of the name will do, and the page may go elsewhere and speak Korean.
    options = ("--lang", "ko", "--output", compared / "korean", "--workspace", compared)
    assert invoke("report", path.stem[:18], *options).exit_code == 0
    text = (compared / "korean.html").read_text(encoding="utf-8")
    assert "flatten linear(10) 대 flatten linear(8) relu linear(10)" in text and path.read_bytes() == before


def test_a_comparison_until_decided_is_reported_again(tmp_path: Path) -> None:
    words = ("flatten linear(10)", "flatten linear(1) linear(10)", "--data", "digits", "--epochs", 1, "--jobs", 1)
    made = invoke("compare", *words, "--until-decided", "--most-seeds", 3, "--workspace", tmp_path)
    assert made.exit_code == 0, made.stderr
    (path,) = tmp_path.glob("reports/compare-*.html")
    before = path.read_bytes()
    assert b"up to 3 of each" in before
    assert invoke("report", path.stem, "--workspace", tmp_path).exit_code == 0
    assert path.read_bytes() == before


def test_the_runs_of_a_comparison_are_not_chosen_again(compared: Path) -> None:
    result = invoke("report", "compare-", "--seeds", 3, "--epochs", 2, "--workspace", compared)
    assert (result.exit_code, "Leave out --seeds, --epochs" in result.stderr) == (2, True), result.stderr


def test_the_beginning_of_two_names_is_refused(compared: Path) -> None:
    (path,) = compared.glob("reports/compare-*-full-2-seeds.json")
    other = path.with_name("compare-another.json")
    other.write_bytes(path.read_bytes())
    result = invoke("report", "compare-", "--workspace", compared)
    other.unlink()
    assert (result.exit_code, "compare-another, compare-" in result.stderr) == (2, True), result.stderr


def identities(workspace: Path) -> list[str]:
    return sorted(Path(key.file_name).stem for key in Workspace(workspace).ledger.all_keys())


def test_two_runs_get_mcnemar_and_no_verdict(compared: Path) -> None:
    ids = identities(compared)
    one, other = ids[0], next(name for name in ids if name[:12] != ids[0][:12])
    result = invoke("report", one, other, "--format", "md", "--workspace", compared)
    assert result.exit_code == 0, result.stderr
    path = compared / "reports" / f"runs-{one}-{other}.md"
    assert result.stdout == f"report: {path}\n"
    text = path.read_text(encoding="utf-8")
    assert "What is undecided" in text and "there is one run of each" in text and "McNemar's p" in text
    assert f"seedbed report {one} {other}" in text
    assert one in text and other in text
    # By the name of its report too.
    options = ("--lang", "ko", "--output", compared / "two", "--workspace", compared)
    assert invoke("report", path.stem, *options).exit_code == 0
    assert "맥니마 검정 p" in (compared / "two.html").read_text(encoding="utf-8")


def test_two_runs_may_differ_in_their_seed_alone(compared: Path) -> None:
    ids = identities(compared)
    result = invoke("report", *ids[:2], "--format", "md", "--workspace", compared)
    assert result.exit_code == 0, result.stderr
    numbers = json.loads((compared / "reports" / f"runs-{ids[0]}-{ids[1]}.json").read_text(encoding="utf-8"))
    assert [[run["seed"] for run in variant["runs"]] for variant in numbers["variants"]] == [[0], [1]]
    errors = [variant["runs"][0]["test_error"] for variant in numbers["variants"]]
    assert numbers["claims"][0]["difference"] == pytest.approx(errors[0] - errors[1])


@pytest.mark.parametrize(
    ("second", "options", "message"),
    [(0, (), "both are the same run"), (1, ("--quick",), "two runs have no runs to choose from. Leave out --quick")],
)
def test_two_runs_that_cannot_be_compared(compared: Path, second: int, options: tuple[str], message: str) -> None:
    ids = identities(compared)
    result = invoke("report", ids[0], ids[second], *options, "--workspace", compared)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


def test_a_compact_report_has_one_file_of_numbers(folder: Path) -> None:
    options = ("--quick", "--format", "md", "--workspace", folder / "workspace")
    assert invoke("report", folder / "two.toml", *options, "--output", folder / "whole").exit_code == 0
    result = invoke("report", folder / "two.toml", *options, "--compact", "--output", folder / "small")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in folder.glob("small*")} == {"small.md", "small.json", "small-figures"}
    whole, small = ({path.name for path in folder.glob(f"{name}-figures/*.svg")} for name in ("whole", "small"))
    assert {name.split("-")[0] for name in whole - small} == {"confusion", "confident"} and small < whole
    assert "This report is compact" in (folder / "small.md").read_text(encoding="utf-8")
    kept, found = (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("whole", "small"))
    assert found["form"] == "compact"
    assert (found["command"], found["again"]) == (kept["command"], kept["again"])
    for variant, shown in zip(kept["variants"], found["variants"], strict=True):
        assert shown["recipe"] == variant["recipe"]
        assert shown["runs"]["test_error"] == pytest.approx([run["test_error"] for run in variant["runs"]], rel=1e-5)
    assert (folder / "small.json").stat().st_size < (folder / "whole.json").stat().st_size / 2
