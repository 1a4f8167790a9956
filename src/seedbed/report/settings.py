"""The settings of a study as terms and values: what all variants share, what each has of its own, where it ran."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedbed.report.words import DASH, listed, number, ranges

if TYPE_CHECKING:
    from seedbed.study.result import StudyResult, VariantResult
    from seedbed.training.recipe import Recipe

_TERMS = {
    "data": "Data set",
    "loss": "Loss",
    "optimizer": "Optimizer",
    "schedule": "Learning rate schedule",
    "weight_decay": "Weight decay by parameter",
    "average": "Moving average of parameters",
    "clip_norm": "Largest gradient norm",
    "input": "Input",
    "augment": "Augmentation",
    "init": "Initial weights",
    "batch_size": "Batch size",
    "epochs": "Epochs",
    "validation": "Validation images",
    "patience": "Early stopping, epochs without a better one",
}
_UNUSED = {
    "augment": "",
    "schedule": "constant",
    "weight_decay": "",
    "average": None,
    "clip_norm": None,
    "validation": 0,
    "patience": None,
}
"""What is not worth a line if no variant has anything else."""


@dataclass(frozen=True)
class Setting:
    """A term and its value; ``is_code`` marks text that can be typed into a study."""

    term: str
    value: str
    is_code: bool = False


@dataclass(frozen=True)
class VariantSettings:
    """What a variant does not share with all others, and its network."""

    title: str
    settings: tuple[Setting, ...]
    network: str


def shared_settings(result: "StudyResult") -> tuple[Setting, ...]:
    """The parts of the recipe that are the same in every variant."""
    if not result.variants:
        return ()
    first = result.variants[0]
    return tuple(
        _setting(first, key)
        for key in _TERMS
        if not _differs(result, key) and (key not in _UNUSED or getattr(first.recipe, key) != _UNUSED[key])
    )


def variant_settings(result: "StudyResult") -> tuple[VariantSettings, ...]:
    """For each variant what differs between variants, and what identifies its recipe."""
    return tuple(
        VariantSettings(
            variant.title,
            (
                *(_setting(variant, key) for key in _TERMS if _differs(result, key)),
                Setting("Parameters", number(variant.parameter_count, 0)),
                Setting("Seeds", ranges(run.seed for run in variant.runs) or DASH),
                Setting("Fingerprint", variant.recipe.fingerprint[:16], is_code=True),
            ),
            in_lines(variant.recipe.network),
        )
        for variant in result.variants
    )


def recipe_settings(recipe: "Recipe") -> tuple[Setting, ...]:
    """All parts of one recipe that say something, without its network."""
    return tuple(_term(recipe, key) for key in _TERMS if key not in _UNUSED or getattr(recipe, key) != _UNUSED[key])


def environment_settings(result: "StudyResult") -> tuple[Setting, ...]:
    """Seeds, machine, versions and data, for whoever wants to get the same."""
    seeds = {run.seed for variant in result.variants for run in variant.runs}
    engines = sorted({run.engine for variant in result.variants for run in variant.runs})
    items = [
        ("Seeds", ranges(seeds)),
        ("Engine", listed(engines)),
        *((term[:1].upper() + term[1:], value) for term, value in result.machine.items()),
        *((term, value) for term, value in result.versions.items()),
        ("Data source", result.data_source),
    ]
    return tuple(Setting(term, value or DASH) for term, value in items)


def _differs(result: "StudyResult", key: str) -> bool:
    return len({getattr(variant.recipe, key) for variant in result.variants}) > 1


def _setting(variant: "VariantResult", key: str) -> Setting:
    return _term(variant.recipe, key)


def _term(recipe: "Recipe", key: str) -> Setting:
    value = getattr(recipe, key)
    if value is None or value == "":
        return Setting(_TERMS[key], DASH)
    return Setting(_TERMS[key], str(value), is_code=isinstance(value, str))


def in_lines(network: str) -> str:
    """Start a line with each layer that has weights, as people write a network; leave one that has lines as it is."""
    text = re.sub(r"[ \t]+", " ", network.strip())
    return text if "\n" in text else re.sub(r" (?=(conv2d|flatten|linear)\b)", "\n", text)
