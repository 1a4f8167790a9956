"""Every setting is stated once: a made-up one appears wherever settings appear."""

import dataclasses
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

import seedbed as sb
from seedbed.errors import RecipeError
from seedbed.study.space import parse_axis
from seedbed.training import Recipe
from seedbed.training.settings import LR, PARTS, RECIPE, RUN, Settings, completed
from seedbed.training.settings_page import renewed
from seedbed.training.signatures import takes_settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "recipes.md"

MADE_UP = '''
import dataclasses, importlib.util, sys
from typing import Annotated
from pathlib import Path

# The statement of settings is loaded by itself, gets one more, and only then is the rest imported.
import seedbed
path = Path(seedbed.__file__).parent / "training" / "settings.py"
sys.modules["seedbed.training"] = type(sys)("seedbed.training")
sys.modules["seedbed.training"].__path__ = [str(path.parent)]
import seedbed.training.settings as stated
from seedbed.training.setting import Setting
del sys.modules["seedbed.training"]

@dataclasses.dataclass(frozen=True, kw_only=True)
class More(stated.RecipeValues):
    made_up: Annotated[
        float | None,
        Setting(lambda: "Made-up term", "Made-up help.", left_out="nothing", above=0, below=5),
    ] = None

stated.RecipeValues = More
stated.RECIPE.update(stated.settings_of(More))

import inspect
import seedbed as sb
from seedbed.errors import RecipeError
from seedbed.training.recipe import Recipe

recipe = Recipe.make("softmax", "digits", made_up=2)
assert recipe.made_up == 2.0 and type(recipe.made_up) is float
assert recipe.to_dict()["made_up"] == 2.0
assert recipe.fingerprint != Recipe.make("softmax", "digits").fingerprint
try:
    Recipe.make("softmax", "digits", made_up=5)
except RecipeError as error:
    assert (error.field, error.got) == ("made_up", "5")
    assert str(error) == "made_up: expected a finite number above 0 and less than 5, got 5."
else:
    raise AssertionError("out of range")

for function in (sb.train, Recipe.make):
    parameter = inspect.signature(function).parameters["made_up"]
    assert parameter.default is None and parameter.kind is parameter.KEYWORD_ONLY
    told = " ".join(function.__doc__.split())
    assert "made_up : float, optional Made-up help. A finite number above 0 and less than 5;" in told
    assert "if left out, nothing." in told

from typer.testing import CliRunner
import importlib
for command in ("train", "compare", "sweep"):
    app = importlib.import_module(f"seedbed.cli.{command}").app
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert "--made-up" in told and "Made-up help." in told and "nothing" in told, command
train = importlib.import_module("seedbed.cli.train").app
result = CliRunner().invoke(train, ["softmax", "--data", "digits", "--made-up", "7"])
assert isinstance(result.exception, RecipeError) and result.exception.field == "made_up"

from seedbed.study.definition import parse_definition
study = """
name = "tiny"
title = "Tiny"
question = "?"
full = { seeds = 2, epochs = 1 }
quick = { seeds = 1, epochs = 1 }
defaults = { network = "softmax", data = "digits" }
variants = [{ name = "a", title = "A", made_up = 1.5 }]
"""
definition = parse_definition(study, "tiny.toml")
assert definition.recipe(definition.variants[0], 1).made_up == 1.5
try:
    parse_definition(study.replace("1.5", "9"), "tiny.toml")
except sb.SeedbedError as error:
    assert error.field == "variants[1].made_up", error.field
else:
    raise AssertionError("out of range")

from seedbed.study.space import parse_axis, recipe_at
settings = {"network": "softmax", "data": "digits"}
axis = parse_axis("made_up", "1|2.5", settings)
assert recipe_at(settings, [axis], [2.5]).made_up == 2.5

from seedbed.report.settings import recipe_settings
assert [(row.term, row.value) for row in recipe_settings(recipe)][-1] == ("Made-up term", "2.0")
assert "Made-up term" not in [row.term for row in recipe_settings(Recipe.make("softmax", "digits"))]

from seedbed.training.settings_page import table
assert "| `made_up` | Made-up help. | a finite number above 0 and less than 5 | nothing |" in table()

assert sb.train("softmax", "digits", epochs=1, engine="reference", made_up=2, progress=False).recipe == Recipe.make(
    "softmax", "digits", epochs=1, made_up=2
)
print("found everywhere")
'''


def test_a_setting_that_is_added_is_found_everywhere(tmp_path: Path) -> None:
    place = os.environ | {"SEEDBED_WORKSPACE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", MADE_UP], capture_output=True, text=True, env=place, cwd=tmp_path)
    assert done.stdout.strip() == "found everywhere", done.stderr


def test_what_may_be_given_has_the_names_of_what_is_stated() -> None:
    names = list(get_type_hints(Settings))
    assert names.index(LR.name) == names.index("optimizer") + 1
    assert [name for name in names if name != LR.name] == [name for name in RECIPE if name not in PARTS]
    assert [one.name for one in dataclasses.fields(Recipe)] == [*RECIPE, "data_version"]


def test_arguments_of_their_own_have_the_stated_defaults() -> None:
    for function in (sb.train, Recipe.make, sb.Sweep.__init__):
        assert inspect.signature(function).parameters["data"].default == RECIPE["data"].default
    for name, setting in RUN.items():
        assert inspect.signature(sb.train).parameters[name].default == setting.default


def test_docstrings_keep_what_is_no_setting() -> None:
    @takes_settings
    def plain(data: str, *, last: int = 0, **settings: object) -> None:
        """Do.

        Parameters
        ----------
        data : str
        **settings
            Of a recipe,
            all of them.
        last : int
            The last.
        """

    assert list(inspect.signature(plain).parameters)[:2] == ["data", "loss"]
    assert list(inspect.signature(plain).parameters)[-2:] == [list(RECIPE)[-1], "last"]
    assert plain.__doc__ is not None
    assert "all of them" not in plain.__doc__
    assert "**settings" not in plain.__doc__
    assert "        last : int\n            The last.\n" in plain.__doc__
    assert max(map(len, plain.__doc__.splitlines())) <= 120


def test_the_page_lists_the_settings() -> None:
    """If it fails: python -m seedbed.training.settings_page docs/recipes.md"""
    page = PAGE.read_text("utf-8")
    assert renewed(page) == page
    with pytest.raises(ValueError, match="settings: begin"):
        renewed("no marks")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epoch": 2}, "unknown setting 'epoch'. Did you mean 'epochs'?"),
        (
            {"epochs": 10**30},
            "epochs: expected a whole number from 1 to 1,000,000, got 1000000000000000000000000000000.",
        ),
        ({"epochs": 10**5000}, "got a number of thousands of digits."),
        ({"batch_size": 2**31}, "batch_size: expected a whole number from 1 to 16,777,216, got 2147483648."),
        ({"batch_size": True}, "batch_size: expected a whole number"),
        ({"average": "0.9"}, "average: expected a finite number above 0 and less than 1, got '0.9'."),
        ({"weight_decay": 5}, "weight_decay: expected a text that says of which parameters"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_done(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError if "weight_decay" not in settings else sb.SeedbedError) as caught:
        Recipe.make("softmax", "digits", **settings)
    assert message in str(caught.value)
    assert caught.value.field == next(iter(settings))


def test_numbers_of_numpy_are_taken() -> None:
    made = Recipe.make("softmax", "digits", average=np.float32(0.5), batch_size=np.int64(8), clip_norm=np.int8(1))
    assert made == Recipe.make("softmax", "digits", average=0.5, batch_size=8, clip_norm=1.0)
    assert [type(value) for value in (made.average, made.batch_size, made.clip_norm)] == [float, int, float]


def test_defaults_are_filled_in() -> None:
    assert completed({}) == {name: setting.default for name, setting in RECIPE.items() if name not in PARTS}
    assert parse_axis("epochs", "1..9", {"network": "softmax"}).is_whole
