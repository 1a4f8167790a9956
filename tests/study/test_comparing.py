"""Two recipes compared, whatever they are given as."""

from pathlib import Path
from typing import Any

import pytest
from tiny_study import TINY, written_out
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.errors import RecipeError, SeedbedError, StudyError
from seedbed.network import Network
from seedbed.store import Workspace
from seedbed.study.comparing import comparison
from seedbed.training import Recipe

DIGITS = {"data": "digits", "epochs": 1}
SMALL, OTHER = "flatten linear(10)", "flatten linear(8) relu linear(10)"
NETWORK = Network.parse(OTHER, (1, 8, 8))


def recipes(*given: Any, **settings: Any) -> list[Recipe]:
    definition = comparison(*given, **settings).definition
    return [definition.recipe(variant, variant.epochs or 0) for variant in definition.variants]


def test_networks_share_the_settings() -> None:
    assert recipes(SMALL, NETWORK, **DIGITS, lr=0.5) == [
        Recipe.make(text, "digits", epochs=1, optimizer="sgd(lr=0.5)") for text in (SMALL, str(NETWORK))
    ]


def test_layers_in_a_row_are_a_network(tmp_path: Path) -> None:
    layers = [sb.Flatten(), sb.Linear(8), sb.ReLU(), sb.Linear(10)]
    assert recipes(SMALL, layers, **DIGITS)[1] == Recipe.make(OTHER, "digits", epochs=1)
    assert f"softmax '{OTHER}'" in comparison("softmax", layers, **DIGITS).result(workspace=tmp_path).command


def test_data_without_a_name_is_refused() -> None:
    with pytest.raises(StudyError, match=r"take a data set by its name, .* got Dataset\. .* sb\.import_data"):
        comparison(SMALL, OTHER, data=sb.load_data("digits"))


def test_a_rate_is_enough_for_an_optimizer() -> None:
    assert recipes(SMALL, OTHER, **DIGITS, optimizer="sgd", lr=0.5)[0].optimizer == "sgd(0.5)"


def test_the_claim_is_that_the_second_errs_less() -> None:
    definition = comparison(OTHER, "softmax", **DIGITS).definition
    (claim,) = definition.claims
    assert (claim.better, claim.worse, claim.text) == ("b", "a", f"softmax errs less than {OTHER}.")


def test_variants_of_studies_keep_their_settings_and_published_figures(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, "utf-8")
    study = comparison(f"{path}/low", f"{path}/high")
    assert recipes(f"{path}/low", f"{path}/high") == [
        Recipe.make(SMALL, "digits", optimizer=f"sgd(lr={lr})", epochs=3) for lr in (0.005, 0.2)
    ]
    assert [variant.title for variant in study.definition.variants] == ["Low rate", "High rate"]
    assert study.definition.variants[0].published is not None
    assert study.definition.source == "nobody"
    assert [recipe.epochs for recipe in recipes(f"{path}/low", f"{path}/high", epochs=7)] == [7, 7]
    assert recipes("lenet5-improved/lenet5", "lenet5-improved/lenet5++")[1].network == Recipe.make("lenet5++").network


def test_a_file_holds_one_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('network = "softmax"\ndata = "digits"\nepochs = 2\nbatch_size = 16\n', "utf-8")
    first, second = recipes(str(path), OTHER, data="digits")
    assert first == Recipe.make("softmax", "digits", epochs=2, batch_size=16)
    assert second == Recipe.make(OTHER, "digits")


def test_runs_of_the_workspace_are_named_by_their_fingerprint(tmp_path: Path) -> None:
    result = sb.compare_recipes(SMALL, OTHER, seeds=1, workspace=tmp_path, jobs=1, **DIGITS)
    recipe = result.variants[0].recipe
    wanted = recipe.fingerprint[:12]
    for name in (wanted, f"{wanted}-0-native"):
        assert recipes(name, OTHER, workspace=tmp_path, data="digits")[0] == recipe
    with pytest.raises(StudyError, match=r"'000000' reads as a fingerprint, but workspace .* has no run with it"):
        comparison("000000", "softmax", workspace=tmp_path)


def test_it_is_a_study_that_finds_its_runs_again(tmp_path: Path) -> None:
    settings: dict[str, Any] = DIGITS | {"workspace": tmp_path, "jobs": 1}
    result = sb.compare_recipes(SMALL, OTHER, seeds=2, **settings)
    assert [len(variant.errors) for variant in result.variants] == [2, 2]
    assert len(result.claims) == 1
    assert result.command.startswith(f"seedbed compare '{SMALL}' '{OTHER}' --data digits")
    before = {path: path.stat().st_mtime_ns for path in Workspace(tmp_path).runs.iterdir()}
    again = sb.compare_recipes(SMALL, OTHER, seeds=2, **settings)
    assert written_out(again) == written_out(result)
    assert {path: path.stat().st_mtime_ns for path in Workspace(tmp_path).runs.iterdir()} == before


@pytest.mark.parametrize(
    ("a", "b", "settings", "kind", "message"),
    [
        (SMALL, "flatten  linear(10)", {}, StudyError, "both are the same recipe"),
        ("lenet5-improved/lenet5", SMALL, DIGITS | {"data": "mnist", "rate": 1}, RecipeError, "unknown setting 'rate'"),
        ("lenet5-improved/lenet6", SMALL, {}, StudyError, "has no variant 'lenet6'. It has: lenet5"),
        ("lenet6/lenet5", SMALL, {}, StudyError, "unknown study .lenet6.. Known: "),
        ("gone.toml", SMALL, {}, StudyError, "recipe file 'gone.toml' cannot be read: No such file"),
        ("lenet9", "lenet5", {}, SeedbedError, "lenet9"),
    ],
)
def test_what_does_not_fit_is_told(a: str, b: str, settings: dict[str, Any], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        comparison(a, b, **settings)


def test_a_study_file_in_place_of_a_recipe_is_told_how_to_name_a_variant(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, "utf-8")
    with pytest.raises(
        StudyError, match=r"unknown key(.|\n)*For a variant of a study file write '.*tiny.toml/VARIANT'"
    ):
        comparison(str(path), SMALL)


def test_different_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('network = "softmax"\ndata = "digits"\n', "utf-8")
    with pytest.raises(StudyError, match="expected the same data, got 'digits' and 'mnist'"):
        comparison(str(path), "lenet5")


def test_long_networks_that_differ_in_the_middle_have_titles_that_differ() -> None:
    start = "conv2d(4, 3, padding=1) relu maxpool2d(2) conv2d(8, 3, padding=1) relu maxpool2d(2) flatten "
    first, second = (f"{start}linear({width}) relu linear(32) relu linear(10)" for width in (40, 48))
    titles = [variant.title for variant in comparison(first, second, **DIGITS).definition.variants]
    assert titles[0] != titles[1] and max(map(len, titles)) <= 60
    assert "40" in titles[0] and "48" in titles[1]


def test_each_side_may_have_settings_of_its_own(tmp_path: Path) -> None:
    own = {"a_settings": {"optimizer": "adam(0.002)"}, "b_settings": {"lr": 0.5, "batch_size": 16}}
    study = comparison("softmax", "softmax", **DIGITS, lr=0.1, **own)
    a, b = study.definition.variants
    assert (a.optimizer, b.optimizer, b.batch_size) == ("adam(lr=0.002)", "adam(lr=0.5)", 16)
    assert [a.title, b.title] == ["softmax, optimizer=adam(0.002)", "softmax, lr=0.5, batch_size=16"]
    both = ["softmax", "softmax", "--data", "digits", "--epochs", "1", "--seeds", "1", "--lr", "0.1"]
    alone = ["--a", "optimizer=adam(0.002)", "--b", "lr=0.5", "--b", "batch-size=16"]
    place = ["--workspace", str(tmp_path), "--jobs", "1", "--no-report"]
    again = CliRunner().invoke(app, ["compare", *both, *alone, *place])
    assert again.exit_code == 0, again.output
    assert "softmax, lr=0.5, batch_size=16" in again.stdout.replace("\n", " ")
    for words, message in (
        (["--a", "speed=2"], "unknown setting 'speed'"),
        (["--b", "epochs=many"], "epochs: expected a whole number, got 'many'"),
        (["--b", "epochs"], "--b 'epochs': expected key=value"),
    ):
        result = CliRunner().invoke(app, ["compare", "softmax", "mlp", "--data", "digits", *words])
        assert result.exit_code == 2 and message in result.output
