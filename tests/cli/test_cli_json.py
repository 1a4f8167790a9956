"""``--json`` of every command: stdout is JSON alone, with the keys that docs/json.md lists."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_study import TINY
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
ROWS = {
    shape: cells[3]
    for cells in (line.split(" | ") for line in ("| " + row for row in PAGE.splitlines() if row.startswith("| `")))
    for shape in re.findall(r"`([a-z ]+/\d+)`", cells[1])
}
OPTIONAL = {"top", "votes", "agreeing", "file", "sha256", "seconds", "machine", "classes", "damaged"}


def documented(shape: str) -> list[str]:
    """Keys of the top, in order: what stands in parentheses and behind a colon is of what is inside."""
    row = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "", ROWS[shape]).rstrip(" |")
    if re.match(r"`[a-z_]+`: of each", row):
        row = row.partition(":")[0]
    return re.findall(r"`([a-z_0-9]+)`", re.sub(r"`--[a-z]+`", "", row))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json")


def ask(place: Path, *words: object, exit_code: int = 0, lines: bool = False) -> Any:
    env = {"SEEDBED_WORKSPACE": str(place / "workspace"), "SEEDBED_CACHE": str(place / "cache")}
    found = CliRunner().invoke(app, [*map(str, words), "--json"], env=env)
    assert found.exit_code == exit_code, (found.stderr, found.exception)
    assert found.stdout.isascii()
    told = [json.loads(line) for line in found.stdout.splitlines()] if lines else [json.loads(found.stdout)]
    for one in told:
        assert list(one)[:2] == ["seedbed", "shape"] and one["seedbed"] == sb.__version__
    return told if lines else told[0]


def has_documented_keys(answer: dict[str, Any], shape: str, *more: str) -> None:
    assert answer["shape"] == shape
    keys = [key for key in documented(shape) if key not in OPTIONAL or key in more or key in answer]
    assert list(answer)[2:] == keys


def train(place: Path, *words: object, **more: Any) -> Any:
    return ask(place, "train", "softmax", "--data", "digits", "--epochs", 1, *words, **more)


def test_every_shape_is_on_the_page_and_tried_here() -> None:
    source = "".join(path.read_text("utf-8") for path in (Path(sb.__file__).parent / "cli").glob("*.py"))
    written = set(re.findall(r'"([a-z ]+/\d+)"', source))
    assert written == set(ROWS)
    assert written <= set(re.findall(r'"([a-z ]+/\d+)"', Path(__file__).read_text("utf-8")))


def test_train(place: Path) -> None:
    told = train(place, "--save", place / "model.safetensors")
    has_documented_keys(told, "train/1", "file", "classes")
    assert not told["was_there"] and told["outcome"]["kind"] == "finished"
    assert told["test_error"] == told["history"]["test_error"][-1]
    assert told["classes"]["accuracy"]["percent"] == pytest.approx(100 - told["test_error"])
    assert Path(told["file"]).is_file() and Path(told["model"]).is_file()
    assert train(place)["was_there"]


def test_a_run_that_diverges_is_told_too(place: Path) -> None:
    told = train(place, "--lr", "1e38", "--optimizer", "sgd(1, momentum=0.99)", exit_code=1)
    assert told["outcome"]["kind"] == "diverged" and told["outcome"]["step"] > 0
    assert told["test_error"] is None and told["classes"] is None and told["model"] is None


def test_runs_and_inspect(place: Path) -> None:
    run = train(place)["run"]
    listed = ask(place, "runs")
    has_documented_keys(listed, "runs/1")
    assert run in [one["id"] for one in listed["runs"]]
    known = ask(place, "runs", "show", run, "--classes")
    has_documented_keys(known, "runs show/1", "file", "sha256", "seconds", "machine", "classes")
    seen = ask(place, "inspect", run, "--mistakes")
    has_documented_keys(seen, "inspect/1", "classes")
    assert all(Path(path).is_file() for path in (*seen["reports"], seen["numbers"], seen["mistakes"]))
    assert seen["classes"] == known["classes"] == train(place)["classes"]
    has_documented_keys(ask(place, "inspect"), "inspect list/1", "damaged")


def test_predict(place: Path) -> None:
    train(place, "--save", place / "model.safetensors")
    np.save(place / "two.npy", sb.load_data("digits").test_images[:1, 0])
    from PIL import Image

    for number, image in enumerate(sb.load_data("digits").test_images[:2, 0]):
        Image.fromarray((image * 15).astype(np.uint8)).save(place / f"{number}.png")
    answers = ask(place, "predict", place / "model.safetensors", place / "0.png", place / "1.png", lines=True)
    assert len(answers) == 2
    for one in answers:
        has_documented_keys(one, "predict/1")


def test_studies_comparisons_sweeps_and_reports(place: Path) -> None:
    (place / "tiny.toml").write_text(TINY, encoding="utf-8")
    study = ask(place, "study", "run", place / "tiny.toml", "--quick", "--jobs", 1)
    has_documented_keys(study, "study run/1", "machine")
    assert len(study["variants"]) == 2 and Path(study["report"]).is_file()
    has_documented_keys(ask(place, "study", "show", place / "tiny.toml"), "study show/1")
    has_documented_keys(ask(place, "study", "list"), "study list/1")
    settings = ("--data", "digits", "--epochs", 1, "--seeds", 2, "--jobs", 1)
    compared = ask(place, "compare", "softmax", "flatten linear(8) tanh linear(10)", *settings, "--no-report")
    has_documented_keys(compared, "compare/1", "machine")
    assert compared["report"] is None and len(compared["claims"]) == 1
    swept = ask(place, "sweep", "softmax", "--grid", "lr=0.1,0.01", *settings, "--final-seeds", 2, "--no-report")
    has_documented_keys(swept, "sweep/1", "machine")
    written = ask(place, "report", place / "tiny.toml", "--quick")
    has_documented_keys(written, "report/1")
    assert Path(written["numbers"]).is_file()


def test_what_needs_no_run(place: Path) -> None:
    shown = ask(place, "show", "lenet5")
    has_documented_keys(shown, "show/1")
    assert sum(layer["parameters"] for layer in shown["layers"]) == shown["parameters"]
    has_documented_keys(ask(place, "version"), "version/1", "machine")


def test_data(place: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    np.savez(place / "mine.npz", images=images, labels=np.arange(40) % 2)
    imported = ask(place, "data", "import", place / "mine.npz")
    has_documented_keys(imported, "data import/1", "classes")
    has_documented_keys(ask(place, "data", "show", "mine"), "data show/1", "classes")
    has_documented_keys(ask(place, "data", "list"), "data list/1")
    has_documented_keys(ask(place, "data", "verify", "mine"), "data verify/1", "damaged")
    has_documented_keys(ask(place, "data", "fetch", "digits"), "data fetch/1")


def test_errors_leave_stdout_empty(place: Path) -> None:
    found = CliRunner().invoke(app, ["train", "nothing", "--json"])
    assert found.exit_code == 2 and found.stdout == "" and "error:" in found.stderr
