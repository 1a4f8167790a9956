"""Command lines that do something again."""

import shlex
from functools import lru_cache
from typing import Any

from seedbed.errors import SeedbedError
from seedbed.network import name_of
from seedbed.store import Workspace
from seedbed.training import Recipe
from seedbed.training.settings import PARTS, RECIPE


def train_command(recipe: Recipe, seed: int, engine: str, workspace: Workspace) -> str:
    """The command line that trains a recipe with a seed."""
    return shlex.join(["seedbed", "train", *train_words(recipe, seed, engine, workspace)])


def train_words(recipe: Recipe, seed: int, engine: str, workspace: Workspace) -> list[str]:
    """Its arguments."""
    network, settings = shortest(recipe)
    words = [network]
    if recipe.data != RECIPE["data"].default:
        words += [RECIPE["data"].option, recipe.data]
    for name, value in settings.items():
        words += [RECIPE[name].option, str(value)]
    words += ["--seed", str(seed)] if seed else []
    return [*words, "--engine", engine, "--workspace", str(workspace.path)]


def shortest(recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """What is typed for a recipe beside its data: the network, by name if it has one, and the settings that differ
    from what holds where they are left out."""
    name = name_of(recipe.network)
    usual = _usual(name, recipe.data) if name else None
    if usual is None or usual.network != recipe.network:
        name, usual = None, _usual("flatten linear(10)", RECIPE["data"].default)
    values = {key: getattr(recipe, key) for key in RECIPE if key not in PARTS}
    differing = {key: value for key, value in values.items() if value is not None and value != getattr(usual, key)}
    return name or recipe.network, differing


@lru_cache(maxsize=256)
def _usual(network: str, data: str) -> Recipe | None:
    """A recipe of which nothing but network and data is said; None if it cannot be made any more."""
    try:
        return Recipe.make(network, data)
    except SeedbedError:
        return None
