"""``seedbed inspect``: finding a run, and the page of it."""

from pathlib import Path

import pytest
from two_networks import STUDY, invoke

import seedbed as sb
from seedbed.cli.commands import train_command
from seedbed.store import Workspace
from seedbed.training import Recipe


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two seeds of two recipes; the first of each is recorded."""
    folder = tmp_path_factory.mktemp("inspect")
    (folder / "two.toml").write_text(STUDY, encoding="utf-8")
    sb.Study.load(folder / "two.toml").run(workspace=folder / "workspace", jobs=1)
    return folder / "workspace"


def identities(place: Path) -> dict[tuple[str, int], str]:
    """Each run's id by network and seed."""
    ledger = Workspace(place).ledger
    return {
        (ledger.find(key).recipe["network"].split()[1], key.seed): Path(key.file_name).stem for key in ledger.all_keys()
    }


def test_without_a_run_all_are_listed(place: Path) -> None:
    lines = invoke("inspect", "--workspace", place).stdout.splitlines()
    assert lines[0].split() == ["run", "network", "data", "epochs", "error", "recorded"]
    assert {line.split()[0] for line in lines[1:]} == set(identities(place).values())
    assert [line.split()[-1] == "yes" for line in lines[1:]] == [True, False] * 2
    assert all(len(line) <= 80 for line in lines)


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        words = ("flatten linear(10)", "--data", "digits", "--epochs", 1, "--seed", seed, "--workspace", tmp_path)
        assert invoke("train", *words).exit_code == 0
    names = sorted(Path(key.file_name).stem for key in Workspace(tmp_path).ledger.all_keys())
    damaged = tmp_path / "runs" / f"{names[1]}.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:100])
    result = invoke("inspect", "--workspace", tmp_path)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == names
    assert ["damaged" in line for line in lines] == [False, True, False]
    assert f"run file '{damaged}'" in result.stderr and "--seed 1 --engine native" in result.stderr
    # Nor does it keep another seed from being looked into.
    looked = invoke("inspect", names[0], "--workspace", tmp_path)
    assert looked.exit_code == 0 and "seed 1 is left out: run file" in looked.stderr
    page = (tmp_path / "reports" / f"inspect-{names[0]}.html").read_text(encoding="utf-8")
    assert "right for both seeds" in page


def test_a_folder_is_no_output(place: Path) -> None:
    result = invoke("inspect", identities(place)["linear(8)", 0], "--workspace", place, "--output", ".")
    assert (result.exit_code, "expected the name of a file, got a folder" in result.stderr) == (2, True)


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path) -> None:
    result = invoke("inspect", "--workspace", tmp_path)
    assert result.exit_code == 0 and result.stdout == ""
    assert "seedbed train lenet5+ --record" in result.stderr


def test_a_run_by_the_beginning_of_its_id(place: Path) -> None:
    name = identities(place)["linear(8)", 0]
    result = invoke("inspect", name[:-3], "--workspace", place)
    assert result.exit_code == 0, result.stderr
    path = place / "reports" / f"inspect-{name}.html"
    report, accuracy, lowest, *_ = result.stdout.splitlines()
    assert report == f"report: {path}"
    assert accuracy.startswith("accuracy ") and ", balanced accuracy " in accuracy
    assert lowest.startswith("lowest recall ") and " of '" in lowest
    assert not path.with_name(f"{path.stem}-mistakes.html").exists()
    again = invoke("inspect", name[:-3], "--mistakes", "--workspace", place)
    page = path.with_name(f"{path.stem}-mistakes.html")
    assert f"mistakes: {page}" in again.stdout and "<li>" in page.read_text(encoding="utf-8")
    page = path.read_text(encoding="utf-8")
    assert 'id="gradient-share"' in page and 'id="agreement"' in page
    assert "--surface" in page and "was not recorded" not in page


def test_other_seeds_without_recording_say_how_to_record(place: Path) -> None:
    name = identities(place)["linear(8)", 1]
    options = ("--workspace", place, "--output", place / "one", "--format", "md")
    assert invoke("inspect", name, *options).exit_code == 0
    page = (place / "one.md").read_text(encoding="utf-8")
    assert f"--data digits --epochs 2 --seed 1 --engine native --workspace {place} --record" in page
    assert "one-figures/gradient-share.svg" not in page and "one-figures/agreement.svg" in page


@pytest.mark.parametrize(("text", "seed"), [("two", 0), ("two#1", 1)])
def test_a_variant_of_a_study(place: Path, text: str, seed: int) -> None:
    study = place.parent / "two.toml"
    result = invoke("inspect", f"{study}/{text}", "--workspace", place, "--format", "md")
    assert result.exit_code == 0, result.stderr
    assert f"inspect-{identities(place)['linear(8)', seed]}.md" in result.stdout


def test_a_model_file(place: Path) -> None:
    model = place / "softmax.safetensors"
    sb.train("softmax", "digits", epochs=1, progress=False).model.save(model)
    result = invoke("inspect", model, "--data", "digits", "--workspace", place)
    assert result.exit_code == 0, result.stderr
    page = (place / "reports" / "inspect-softmax.html").read_text(encoding="utf-8")
    assert "softmax.safetensors on digits" in page and "has the last state alone" in page


def test_a_model_file_is_compared_with_the_data_first(place: Path) -> None:
    model = place / "softmax.safetensors"
    digits = sb.load_data("digits")
    sb.train("softmax", "digits", epochs=1, progress=False, validation=50).model.save(model)
    assert "other images" not in invoke("inspect", model, "--workspace", place).stderr
    result = invoke("inspect", model, "--data", "digits subset(0.5)", "--workspace", place)
    assert result.exit_code == 0 and "was trained on other images: 'digits'" in result.stderr
    named = sb.Dataset.from_arrays(digits.train_images, digits.train_labels, classes=list("abcdefghij"), name="abc")
    sb.train("softmax", named, epochs=1, progress=False).model.save(model)
    refused = invoke("inspect", model, "--data", "digits", "--workspace", place)
    assert refused.exit_code == 2 and "answers with the classes a, b, c" in refused.stderr
    larger = invoke("inspect", model, "--data", "gauss", "--workspace", place)
    assert larger.exit_code == 2 and "takes images of 1×8×8" in larger.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ffffffffffff",), "has no run whose id begins so"),
        (("",), "may be"),
        (("STUDY/three",), "has no variant 'three'. It has one, two."),
        (("STUDY/two#7",), "has no such run. Train it: seedbed study run"),
        (("no-such-study/two",), "no-such-study"),
        (("model.safetensors",), "no such file"),
        (("model.safetensors", "--data", "digits"), "no such file"),
        (("STUDY/two", "--data", "digits"), "--data is for model files"),
    ],
)
def test_what_cannot_be_found_is_explained(place: Path, arguments: tuple[str, ...], message: str) -> None:
    words = [word.replace("STUDY", str(place.parent / "two.toml")) for word in arguments]
    result = invoke("inspect", *words, "--workspace", place)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


def test_the_command_that_trains_a_recipe_makes_the_same_recipe(place: Path) -> None:
    recipe = Recipe.make(
        "lenet5+", epochs=2, optimizer="adam(0.001)", schedule="cosine", weight_decay="l2(0.01, of=conv1)", average=0.9
    )
    words = train_command(recipe, 3, "native", Workspace(place))
    assert words == (
        "seedbed train lenet5+ --optimizer adam "
        f"--weight-decay 'l2(0.01, of=conv1)' --average 0.9 --epochs 2 --seed 3 --engine native --workspace {place}"
    )


def test_a_page_in_korean(place: Path, tmp_path: Path) -> None:
    name = identities(place)["linear(8)", 0]
    options = ("--workspace", place, "--output", tmp_path / "inside", "--lang", "ko")
    result = invoke("inspect", name, *options)
    assert result.exit_code == 0, result.stderr
    text = (tmp_path / "inside.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in text and "이 신경망의 내부에서 일어나는 일" in text
    # What is left out is named in Korean too, with commands as they are typed; the page names its own language.
    assert "시간이 걸립니다. 얻으려면: seedbed inspect" in text
    assert "--lang ko</code>" in text
