"""A study as its author writes it: a TOML file with variants, sizes and claims."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from seedbed.errors import SeedbedError, StudyError
from seedbed.training.recipe import Recipe

_Text = Annotated[str, Field(min_length=1)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")]
_Count = Annotated[int, Field(ge=1)]
_Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
_Points = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RecipeSettings(_Table):
    """Parts of a recipe, as ``Recipe.make`` takes them; those of a variant win over the study's defaults."""

    network: _Text | None = None
    data: _Text | None = None
    loss: _Text | None = None
    optimizer: _Text | None = None
    input: _Text | None = None
    init: _Text | None = None
    batch_size: _Count | None = None

    def given(self) -> dict[str, Any]:
        """The settings that were written, by name."""
        return self.model_dump(include=set(RecipeSettings.model_fields), exclude_none=True)


class PublishedFigures(_Table):
    """``published = { error = 0.96, std = 0.06, runs = 5 }``: figures of the source in percent."""

    error: _Percent
    std: _Percent | None = None
    runs: _Count = 1
    remark: str = ""


class VariantDefinition(RecipeSettings):
    """One ``[[variants]]`` table."""

    name: _Name
    title: _Text
    published: PublishedFigures | None = None


class ClaimDefinition(_Table):
    """One ``[[claims]]`` table: ``better`` has a lower error than ``worse``."""

    text: _Text
    better: _Name
    worse: _Name
    published_difference: _Points | None = None


class Size(_Table):
    """``[full]`` or ``[quick]``: how many seeds and epochs."""

    seeds: _Count
    epochs: _Count


class Definition(_Table):
    """A whole study file.

    Attributes
    ----------
    name, title, question, source : str
    remarks : list of str
    defaults : RecipeSettings
        What all variants share unless they say otherwise.
    full, quick : Size
    variants, claims
    """

    name: _Name
    title: _Text
    question: _Text
    source: str = ""
    remarks: list[_Text] = []
    defaults: RecipeSettings = RecipeSettings()
    full: Size
    quick: Size
    variants: Annotated[list[VariantDefinition], Field(min_length=1)]
    claims: list[ClaimDefinition] = []

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [variant.name for variant in self.variants]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"variants: the name '{name}' occurs {names.count(name)} times; each needs its own")
        for place, claim in enumerate(self.claims, 1):
            for role, name in (("better", claim.better), ("worse", claim.worse)):
                if name not in names:
                    raise ValueError(f"claims[{place}].{role}: expected one of {', '.join(names)}; got '{name}'")
            if claim.better == claim.worse:
                raise ValueError(f"claims[{place}]: 'better' and 'worse' are both '{claim.better}'")
        return self

    def recipe(self, variant: VariantDefinition, epochs: int) -> Recipe:
        """The recipe of a variant.

        Raises
        ------
        SeedbedError
            A setting is wrong.
        """
        settings = self.defaults.given() | variant.given()
        if "network" not in settings:
            raise StudyError("'network' is missing, here and in [defaults]")
        return Recipe.make(settings.pop("network"), **settings, epochs=epochs)


def shipped_studies() -> list[str]:
    """Names of the studies that come with Seedbed."""
    folder = files("seedbed.study") / "studies"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_definition(name_or_path: str | Path) -> Definition:
    """Read a study.

    Parameters
    ----------
    name_or_path : str or Path
        A name of ``shipped_studies``, or the path of a file whose name ends in ``.toml``.

    Raises
    ------
    StudyError
        No such study, or it is wrong: names file, key, what was expected and what came.
    """
    if Path(name_or_path).suffix == ".toml":
        try:
            return parse_definition(Path(name_or_path).read_text("utf-8"), str(name_or_path))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StudyError(f"study file '{name_or_path}' cannot be read: {reason}.") from None
    known = shipped_studies()
    if str(name_or_path) not in known:
        raise StudyError(
            f"unknown study '{name_or_path}'. Known: {', '.join(known)}; "
            "for a file of your own give its path, ending in .toml."
        )
    text = (files("seedbed.study") / "studies" / f"{name_or_path}.toml").read_text("utf-8")
    return parse_definition(text, f"{name_or_path}.toml")


def parse_definition(text: str, origin: str) -> Definition:
    """Read the text of a study file and check all of it, its recipes too.

    Parameters
    ----------
    text : str
    origin : str
        Name of the file, for messages.
    """
    try:
        definition = Definition.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"study file '{origin}' is no TOML: {error}.") from None
    except ValidationError as error:
        lines = [_explain(detail) for detail in error.errors()]
        raise StudyError("\n".join(f"study file '{origin}': {line}." for line in lines)) from None
    for place, variant in enumerate(definition.variants, 1):
        try:
            definition.recipe(variant, definition.full.epochs)
        except SeedbedError as error:
            message = str(error).rstrip(".")
            raise StudyError(f"study file '{origin}': variants[{place}] '{variant.name}': {message}.") from None
    return definition


def _explain(detail: Any) -> str:
    """``full.seeds: expected a whole number of at least 1, got 0``."""
    place = ""
    for part in detail["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    kind, got = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return f"{place}: unknown key"
    if kind == "missing":
        return f"{place}: this key is missing"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    rule = detail["msg"].removeprefix("Input should be ").removeprefix("Input should ")
    rule = rule.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    rule = {"string_type": "text in quotes", "int_type": "a whole number", "float_type": "a number"}.get(kind, rule)
    if kind == "string_pattern_mismatch":
        rule = "a name of letters, digits and _.+- without spaces"
    if kind == "too_short" and not isinstance(got, str):
        rule = "at least one table"
    if kind == "string_too_short":
        rule = "some text"
    shown = "a table" if isinstance(got, dict) else "a list" if isinstance(got, list) else repr(got)
    return f"{place}: expected {rule}, got {shown}"
