from pathlib import Path

from typer.testing import CliRunner, Result

from seedbed.cli.compare import app

SMALL = "flatten linear(10)"


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_two_networks_get_a_verdict_and_a_report(tmp_path: Path) -> None:
    words = [SMALL, "flatten linear(32) relu linear(10)", "--data", "digits", "--epochs", "2", "--seeds", "3"]
    result = call(*words, "--workspace", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "6 runs to do" in result.stderr
    assert f": flatten linear(32) relu linear(10) errs less than {SMALL}." in result.stdout
    (report,) = (tmp_path / "reports").glob("compare-*-full-3-seeds.html")
    assert f"report: {report}" in result.stdout.splitlines()
    again = call(*words, "--workspace", str(tmp_path), "--no-report")
    assert "all 6 runs are already there" in again.stdout


def test_a_default_does_not_take_the_place_of_what_a_recipe_says(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'network = "{SMALL}"\ndata = "digits"\nepochs = 1\n', "utf-8")
    other = tmp_path / "other.toml"
    other.write_text(f'network = "{SMALL}"\ndata = "digits"\nepochs = 1\nbatch_size = 8\n', "utf-8")
    words = [str(path), str(other), "--seeds", "1", "--no-report", "--jobs", "1"]
    result = call(*words, "--workspace", str(tmp_path / "w"))
    assert result.exit_code == 0, result.output
    assert "one run of each" in result.stdout
    again = call(*words, "--epochs", "1", "--workspace", str(tmp_path / "w"))
    assert "all 2 runs are already there" in again.stdout


def test_until_decided_begins_with_three_seeds(tmp_path: Path) -> None:
    words = [SMALL, "flatten linear(1) linear(10)", "--data", "digits", "--epochs", "2", "--until-decided"]
    result = call(*words, "--workspace", str(tmp_path), "--no-report")
    assert result.exit_code == 0, result.output
    assert "6 runs to do, 0 of 6 already there" in result.stderr
    assert "Against the claim" in result.stdout and "decided after" in result.stdout


def test_the_report_speaks_korean_and_the_terminal_english(tmp_path: Path) -> None:
    other = "flatten linear(4) relu linear(10)"
    words = [SMALL, other, "--data", "digits", "--epochs", "1", "--seeds", "2", "--jobs", "1", "--lang", "ko"]
    result = call(*words, "--workspace", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert f"{other} errs less than {SMALL}." in result.stdout
    (report,) = (tmp_path / "reports").glob("compare-*.html")
    text = report.read_text(encoding="utf-8")
    assert f"<h1>{SMALL} 대 {other}</h1>" in text
    assert f"{other}의 오차율은 {SMALL}보다 낮습니다." in text and "errs" not in text
