"""docs/recipes.md says of everything that a recipe can name which arguments and defaults it has, and nothing else."""

import dataclasses
import inspect
import re
import shlex
from pathlib import Path

import pytest

from seedbed.cli import options
from seedbed.cli.train import train
from seedbed.data.preparation import AUGMENTATIONS, INPUTS
from seedbed.engine.losses import LOSSES
from seedbed.engine.optimizers import OPTIMIZERS
from seedbed.network import INITIALIZERS, LAYERS
from seedbed.notation import parse_calls
from seedbed.training import Recipe
from seedbed.training.decay import L2
from seedbed.training.schedules import SCHEDULES

PAGE = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text(encoding="utf-8")
KNOWN = {
    "Layers": LAYERS,
    "Losses": LOSSES,
    "Optimizers": OPTIMIZERS,
    "Weight decay of some parameters": {L2.notation: L2},
    "Schedules": SCHEDULES,
    "First values": INITIALIZERS,
    "Input steps": INPUTS,
    "Augmentation": AUGMENTATIONS,
}


def signature(made_of):
    """What ``parse_calls`` reads of ``name(required, optional=default)``."""
    fields = dataclasses.fields(made_of)
    required = [field.name for field in fields if field.default is dataclasses.MISSING]
    return required, [(field.name, field.default) for field in fields[len(required) :]]


def test_the_page_has_these_sections_only():
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == ["Settings", "Networks with a name", *KNOWN]


@pytest.mark.parametrize("section", KNOWN)
def test_the_page_names_everything_with_its_arguments(section):
    part = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+) \|$", part, re.MULTILINE)
    assert len(rows) == sum(line.startswith("| ") for line in part.splitlines()) - 1
    written = {}
    for text, _ in rows:
        (call,) = parse_calls(text)
        assert call.name not in written
        written[call.name] = (list(call.values), list(call.named.items()))
    assert written == {name: signature(made_of) for name, made_of in KNOWN[section].items()}


def test_the_example_is_a_recipe():
    words = shlex.split(PAGE.split("\n    seedbed train ")[1].split("\n\n")[0].replace("\\\n", " "))
    options = dict(zip((word.lstrip("-") for word in words[1::2]), words[2::2], strict=True))
    Recipe.make(words[0], **options)


def test_the_help_names_the_page():
    assert "docs/recipes.md" in options.ARGUMENTS
    parameters = inspect.signature(train).parameters
    for name in ("network", "input", "augment", "loss", "optimizer", "schedule", "weight_decay", "init"):
        assert options.ARGUMENTS in parameters[name].annotation.__metadata__[0].help
