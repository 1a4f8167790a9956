"""A network with a name comes with a recipe that suits it and follows the data, the same wherever it is trained."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.cli.commands import shortest, train_words
from seedbed.errors import NetworkError, RecipeError
from seedbed.lab.configuration import Configuration
from seedbed.network import ZOO, name_of
from seedbed.store import Workspace
from seedbed.study.comparing import comparison
from seedbed.study.definition import parse_definition
from seedbed.training import Recipe
from seedbed.training.suited import SUITED, epochs_for, suited

STUDY = """
name = "tiny"
title = "Tiny"
question = "?"
full = { seeds = 2, epochs = 3 }
quick = { seeds = 1, epochs = 1 }
defaults = { data = "digits", lr = 0.5 }
variants = [{ name = "a", title = "A", network = "softmax" }, { name = "b", title = "B", network = "softmax", SETTING }]
"""


def letters(classes: int = 26, shape: tuple[int, int, int] = (3, 12, 12)) -> sb.Dataset:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (4 * classes, *shape), dtype=np.uint8)
    labels = np.arange(4 * classes) % classes
    return sb.Dataset.from_arrays(images, labels, name="letters", test=classes)


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_name_has_its_recipe(name: str) -> None:
    recipe = Recipe.make(name, "mnist")
    assert recipe.optimizer == Recipe.make("flatten linear(10)", optimizer=suited(name)["optimizer"]).optimizer
    assert (recipe.schedule, recipe.epochs, recipe.network) == ("cosine", 3, ZOO[name])
    assert recipe.remark.startswith(f"{name}: {recipe.optimizer}, cosine, 3 epochs")
    text = Recipe.make(ZOO[name], "mnist")
    assert (text.optimizer, text.schedule, text.epochs, text.remark) == ("sgd(0.02)", "constant", 3, "")


def test_what_is_given_wins() -> None:
    own: dict[str, Any] = {"optimizer": "sgd(0.02)", "schedule": "constant", "epochs": 3}
    assert Recipe.make("mlp", "digits", **own) == Recipe.make(ZOO["mlp"], "digits")
    assert Recipe.make("mlp", "digits", **own).remark == ""
    assert Recipe.make("mlp", "digits", epochs=2).remark == "mlp: adam(lr=0.003), cosine"


def test_few_images_are_seen_often() -> None:
    assert [epochs_for(count, 32) for count in (60_000, 1437, 300, 1)] == [3, 23, 100, 100]
    assert Recipe.make("mlp", "digits").epochs == 23
    assert Recipe.make("mlp", "digits", batch_size=16, validation=437).epochs == epochs_for(1000, 16)
    assert Recipe.make("mlp", "digits subset(0.5)").epochs == epochs_for(718, 32)


def test_program_python_lab_comparison_and_estimator_agree(tmp_path: Path) -> None:
    place = ["--workspace", str(tmp_path)]
    result = CliRunner().invoke(app, ["train", "softmax", "--data", "digits", "--batch-size", "64", *place])
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[0] == "softmax: adam(lr=0.003), cosine, 44 epochs."
    run = sb.train("softmax", "digits", batch_size=64, progress=False, workspace=tmp_path)
    assert run.was_there
    assert Configuration({"data": "digits", "network": "softmax", "batch_size": 64}).recipes() == (run.recipe,)
    sides = comparison("softmax", "mlp", data="digits", batch_size=64).definition
    assert sides.recipe(sides.variants[0], sides.size_of(sides.variants[0], "full").epochs) == run.recipe
    (axis,) = sb.Sweep("softmax", "digits", grid={"batch_size": [64]}, validation=1).axes
    swept = sb.Sweep("softmax", "digits", grid={"batch_size": [64]}).recipe_at((axis.choices[0],))
    assert (swept.optimizer, swept.schedule) == (run.recipe.optimizer, run.recipe.schedule)
    data = sb.load_data("digits")
    estimator = sb.Classifier("softmax", batch_size=64).fit(data.train_images, data.train_labels)
    for name in ("network", "optimizer", "schedule", "epochs"):
        assert getattr(estimator.recipe_, name) == getattr(run.recipe, name), name
    assert sb.Classifier("softmax", schedule="constant", epochs=1).fit(*small()).recipe_.schedule == "constant"


def small() -> tuple[Any, Any]:
    data = sb.load_data("digits")
    return data.train_images[:200], data.train_labels[:200]


def test_in_a_study_variants_differ_in_nothing_that_is_not_written() -> None:
    definition = parse_definition(STUDY.replace("SETTING", 'optimizer = "adam(0.002)"'), "tiny.toml")
    first, second = (definition.recipe(variant, 3) for variant in definition.variants)
    assert (first.optimizer, first.schedule, first.epochs) == ("sgd(0.5)", "constant", 3)
    assert second.optimizer == "adam(lr=0.002)"


def test_it_follows_the_data() -> None:
    data = letters()
    run = sb.train("lenet5", data, epochs=1, progress=False)
    assert run.recipe.network == ZOO["lenet5"].replace("linear(10)", "linear(26)")
    assert run.recipe.remark == "lenet5: adam(lr=0.003), cosine, linear(26) for 26 classes, 3 channels"
    assert name_of(run.recipe.network) == "lenet5"
    assert Recipe.make("lenet5", "digits").remark.endswith("23 epochs, padded convolutions for images of 1×8×8")
    assert "conv2d(16, 5, padding=2)" in Recipe.make("lenet5", "digits").network
    assert Recipe.make("mlp", "spiral(noise=0.1)").network.endswith("linear(2)")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (
            "lenet5",
            "spiral(noise=0)",
            "lenet5: images of 2×1×1 are too small for it. 'mlp' and 'softmax' take any size.",
        ),
        (
            "lenet5-1998",
            letters(),
            "lenet5-1998: its outputs are distances to pictures of the 10 digits, the data has 26",
        ),
    ],
)
def test_what_cannot_follow_says_so(name: str, data: Any, message: str) -> None:
    with pytest.raises(NetworkError) as caught:
        sb.train(name, data, epochs=1)
    assert str(caught.value).startswith(message)
    assert caught.value.field == "network"


def test_a_learning_rate_goes_into_the_optimizer() -> None:
    assert Recipe.make("flatten linear(10)", lr=0.1) == Recipe.make("flatten linear(10)", optimizer="sgd(0.1)")
    assert Recipe.make("mlp", lr=0.01).optimizer == "adam(lr=0.01)"
    assert Recipe.make("mlp", optimizer=sb.SGD(lr=1, momentum=0.9), lr=0.5).optimizer == "sgd(0.5, momentum=0.9)"
    assert sb.train("softmax", "digits", lr=0.01, epochs=1, progress=False).recipe.optimizer == "adam(lr=0.01)"
    assert sb.Sweep("mlp", "digits", grid={"batch_size": [16]}, lr=0.01).recipe_at((16,)).optimizer == "adam(lr=0.01)"
    swept = sb.Sweep("mlp", "digits", grid={"beta1": [0.8]}, lr=0.01).recipe_at((0.8,))
    assert swept.optimizer == "adam(lr=0.01, beta1=0.8)"
    assert sb.Classifier("softmax", lr=0.01, epochs=1).fit(*small()).recipe_.optimizer == "adam(lr=0.01)"
    with pytest.raises(RecipeError) as caught:
        Recipe.make("mlp", lr=-1)
    assert caught.value.field == "lr"


def test_a_recipe_is_typed_as_short_as_it_can_be(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    for recipe in (
        Recipe.make("lenet5", "digits"),
        Recipe.make("lenet5", "digits", optimizer="sgd(0.02)", schedule="constant", epochs=2),
        Recipe.make("flatten linear(10)", "digits", lr=0.1),
        Recipe.make("mlp", "spiral(noise=0.1)", augment=""),
    ):
        network, settings = shortest(recipe)
        assert Recipe.make(network, recipe.data, **settings) == recipe
        assert train_words(recipe, 0, "native", place)[0] == network
    assert shortest(Recipe.make("lenet5")) == ("lenet5", {})
    assert shortest(Recipe.make("lenet5", lr=0.1)) == ("lenet5", {"optimizer": "adam(lr=0.1)"})
    assert {"optimizer", "schedule"} == set(SUITED)
