"""Command lines that do something again."""

import shlex

from seedbed.network import ZOO
from seedbed.store import Workspace
from seedbed.training import Recipe
from seedbed.training.settings import RECIPE


def train_command(recipe: Recipe, seed: int, engine: str, workspace: Workspace) -> str:
    """The command line that trains a recipe with a seed."""
    return shlex.join(["seedbed", "train", *train_words(recipe, seed, engine, workspace)])


def train_words(recipe: Recipe, seed: int, engine: str, workspace: Workspace) -> list[str]:
    """Its arguments."""
    words = [{text: name for name, text in ZOO.items()}.get(recipe.network, recipe.network)]
    for name, setting in RECIPE.items():
        value = getattr(recipe, name)
        if name != "network" and value not in (None, setting.default):
            words += [setting.option, str(value)]
    words += ["--seed", str(seed)] if seed else []
    return [*words, "--engine", engine, "--workspace", str(workspace.path)]
