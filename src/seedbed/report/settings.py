"""The settings of a study as terms and values: what all variants share, what each has of its own, where it ran."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedbed.formatting import DASH, listed, number, ranges
from seedbed.language import phrase
from seedbed.training import setting, settings

if TYPE_CHECKING:
    from seedbed.study.result import VariantResult
    from seedbed.study.study_result import StudyResult
    from seedbed.training.recipe import Recipe

_SHOWN = tuple(one for name, one in settings.RECIPE.items() if name != "network")
"""The network is shown by itself."""

_PROPER_NAMES = {"numpy": "NumPy", "python": "Python", "scipy": "SciPy", "seedbed": "Seedbed", "torch": "PyTorch"}

_CORES = re.compile(r"(\d+) usable of (\d+)")


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
    return tuple(_setting(first, one) for one in _SHOWN if not _differs(result, one) and _says(first.recipe, one))


def variant_settings(result: "StudyResult") -> tuple[VariantSettings, ...]:
    """For each variant what differs between variants, and what identifies its recipe."""
    return tuple(
        VariantSettings(
            variant.title,
            (
                *(_setting(variant, one) for one in _SHOWN if _differs(result, one)),
                Setting(phrase("Parameters"), number(variant.parameter_count, 0)),
                Setting(phrase("Seeds"), ranges(run.seed for run in variant.runs) or DASH),
                Setting(phrase("Fingerprint"), variant.recipe.fingerprint[:16], is_code=True),
            ),
            in_lines(variant.recipe.network),
        )
        for variant in result.variants
    )


def recipe_settings(recipe: "Recipe") -> tuple[Setting, ...]:
    """All parts of one recipe that say something, without its network."""
    return tuple(_row(recipe, one) for one in _SHOWN if _says(recipe, one))


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
    return place_settings(items)


def place_settings(items: Iterable[tuple[str, str]]) -> tuple[Setting, ...]:
    """Where something ran, from English terms and values as results have them, in the language that is spoken."""
    return tuple(_place_setting(term, value or DASH) for term, value in items)


def _place_setting(term: str, value: str) -> Setting:
    terms = {
        "Run": phrase("Run"),
        "Seeds": phrase("Seeds"),
        "Engine": phrase("Engine"),
        "Processor": phrase("Processor"),
        "Cores": phrase("Cores"),
        "Instruction set": phrase("Instruction set"),
        "Operating system": phrase("Operating system"),
        "Data source": phrase("Data source"),
    }
    if found := _CORES.fullmatch(value):
        value = phrase("{usable} usable of {all}", usable=found[1], all=found[2])
    return Setting(terms.get(term) or _PROPER_NAMES.get(term.lower(), term), value)


def _says(recipe: "Recipe", one: setting.Setting) -> bool:
    """Whether a setting is worth a line: a default of what goes beyond plain training is not."""
    return one.is_always_said or getattr(recipe, one.name) != one.default


def _differs(result: "StudyResult", one: setting.Setting) -> bool:
    return len({getattr(variant.recipe, one.name) for variant in result.variants}) > 1


def _setting(variant: "VariantResult", one: setting.Setting) -> Setting:
    return _row(variant.recipe, one)


def _row(recipe: "Recipe", one: setting.Setting) -> Setting:
    value = getattr(recipe, one.name)
    if value is None or value == "":
        return Setting(one.term(), DASH)
    return Setting(one.term(), str(value), is_code=isinstance(value, str))


def in_lines(network: str) -> str:
    """Start a line with each layer that has weights, as people write a network; leave one that has lines as it is."""
    text = re.sub(r"[ \t]+", " ", network.strip())
    return text if "\n" in text else re.sub(r" (?=(conv2d|flatten|linear)\b)", "\n", text)
