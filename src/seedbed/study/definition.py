"""A study as its author writes it: a TOML file with variants, sizes and claims."""

from collections import Counter
from importlib.resources import files
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError, create_model, model_validator

from seedbed.errors import SeedbedError, StudyError
from seedbed.files import given_path
from seedbed.study.chains import ChainDefinition, check_chains
from seedbed.study.claim_definition import ClaimDefinition, check_claims
from seedbed.study.fields import Count, Name, Percent, Seeds, Table, Text, explain, explained
from seedbed.study.grids import MOST_VARIANTS, Grid, WrittenGrids
from seedbed.study.published import Published
from seedbed.study.texts import StudyTexts, check_texts
from seedbed.study.toml_text import parse_toml, read_toml_file
from seedbed.training.recipe import Recipe
from seedbed.training.setting import Setting
from seedbed.training.settings import LR, RECIPE, laid_over
from seedbed.training.suited import SUITED


def _key(setting: Setting) -> Any:
    """What a study file may hold for a setting."""
    if setting.kind is str:
        return str if setting.default == "" else Text
    finite = False if setting.kind is float else None
    limits = Field(ge=setting.least, gt=setting.above, le=setting.most, lt=setting.below, allow_inf_nan=finite)
    return Annotated[setting.kind, limits]


_KEYS = {name: (_key(setting) | None, None) for name, setting in (RECIPE | {LR.name: LR}).items() if name != "epochs"}

_PLAIN = {name: RECIPE[name].default for name in SUITED}
"""What holds where a study says nothing, whatever its networks are called: variants differ in nothing unwritten."""

if TYPE_CHECKING:
    _Keys = Table
else:
    _Keys = create_model("_Keys", __base__=Table, **_KEYS)


class RecipeSettings(_Keys):
    """Parts of a recipe, as ``Recipe.make`` takes them; those of a variant win over the study's defaults.

    Its keys are the settings of ``seedbed.training.settings`` but the epochs, which belong to the size of a study.
    """

    def given(self) -> dict[str, Any]:
        """The settings that were written, by name."""
        return self.model_dump(include=set(_KEYS), exclude_none=True)


class PublishedFigures(Table):
    """``published = { error = 0.96, std = 0.06, runs = 5 }``: figures of the source in percent.

    Either ``error`` or ``accuracy``; ``single_run``, ``best_epoch`` and ``chosen_on_test`` mark what weakens a figure.
    """

    error: Percent | None = None
    accuracy: Percent | None = None
    std: Percent | None = None
    runs: Count = 1
    remark: str = ""
    single_run: bool = False
    best_epoch: bool = False
    chosen_on_test: bool = False

    @model_validator(mode="after")
    def _check_figure(self) -> Self:
        if (self.error is None) == (self.accuracy is None):
            raise ValueError("expected either 'error' or 'accuracy'")
        if self.single_run and self.runs > 1:
            raise ValueError(f"'single_run' contradicts runs = {self.runs}")
        return self

    def figures(self) -> Published:
        """The figures as a result has them."""
        values = self.model_dump(exclude={"accuracy"})
        if self.accuracy is not None:
            # Published accuracies have few decimals; so has the error then.
            values["error"] = round(100 - self.accuracy, 6)
        return Published(**values)


class VariantDefinition(RecipeSettings):
    """One ``[[variants]]`` table; ``seeds`` and ``epochs`` are those of this variant at full size."""

    name: Name
    title: Text
    published: PublishedFigures | None = None
    seeds: Seeds | None = None
    epochs: Count | None = None


class Size(Table):
    """``[full]`` or ``[quick]``: how many seeds and epochs."""

    seeds: Seeds
    epochs: Count


class QuickSize(Size):
    """``[quick]``; ``without`` names grids and variants that only the full size has."""

    without: Annotated[list[Name], Field(default_factory=list)]


class Definition(Table):
    """A whole study file.

    Attributes
    ----------
    name, title, question, source : str
    remarks : list of str
    defaults : RecipeSettings
        What all variants share unless they say otherwise.
    full, quick : Size
    variants, claims
        Those of the grids stand behind the variants that are written one by one.
    chains : list of ChainDefinition
        From recipes as published to those as meant.
    grids : tuple of Grid
    ko : StudyTexts or None
        In Korean.
    """

    name: Name
    title: Text
    question: Text
    source: str = ""
    remarks: Annotated[list[Text], Field(default_factory=list)]
    defaults: RecipeSettings = RecipeSettings()
    full: Size
    quick: QuickSize
    variants: Annotated[list[VariantDefinition], Field(min_length=1)]
    claims: Annotated[list[ClaimDefinition], Field(default_factory=list)]
    chains: Annotated[list[ChainDefinition], Field(default_factory=list)]
    grids: tuple[Grid, ...] = ()
    ko: StudyTexts | None = None

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        grids = Counter(grid.name for grid in self.grids)
        names = Counter(variant.name for variant in self.variants)
        for what, counts in (("grids", grids), ("variants", names)):
            for name, count in counts.items():
                if count > 1:
                    raise ValueError(f"{what}: the name '{name}' occurs {count} times; each needs its own")
        for name in self.quick.without:
            if name not in grids and name not in names:
                raise ValueError(f"quick.without: expected a grid or a variant, got '{name}'")
        if all(self._only_full(variant) for variant in self.variants):
            raise ValueError("quick.without: nothing is left")
        check_claims(self.claims, names)
        check_chains(self.chains, names)
        if self.ko is not None:
            steps = [len(chain.steps) for chain in self.chains]
            check_texts(self.ko, "ko", len(self.remarks), len(self.claims), list(names), self.grids, steps)
        return self

    def size_of(self, variant: VariantDefinition, size: str) -> Size:
        """Seeds and epochs of a variant in ``full`` or ``quick`` size; its own count at most as those of ``quick``."""
        if size == "full":
            return Size(seeds=variant.seeds or self.full.seeds, epochs=variant.epochs or self.full.epochs)
        return Size(
            seeds=min(variant.seeds or self.quick.seeds, self.quick.seeds),
            epochs=min(variant.epochs or self.quick.epochs, self.quick.epochs),
        )

    def in_size(self, size: str) -> "Definition":
        """What ``full`` or ``quick`` has of the study: all, or all but what ``quick`` leaves out.

        Claims and chains stay if all their variants do.
        """
        if size == "full":
            return self
        variants = [variant for variant in self.variants if not self._only_full(variant)]
        names = {variant.name for variant in variants}
        kept = [names.issuperset(claim.names) for claim in self.claims]
        whole = [names.issuperset(chain.names) for chain in self.chains]
        texts = self.ko and self.ko.model_copy(
            update={
                "claims": list(compress(self.ko.claims, kept)),
                "chains": list(compress(self.ko.chains, whole)),
            }
        )
        return self.model_copy(
            update={
                "variants": variants,
                "claims": list(compress(self.claims, kept)),
                "chains": list(compress(self.chains, whole)),
                "ko": texts,
                "grids": tuple(grid for grid in self.grids if grid.name not in self.quick.without),
            }
        )

    def _only_full(self, variant: VariantDefinition) -> bool:
        return variant.name in self.quick.without or self.grid_of(variant)[0] in self.quick.without

    def grid_of(self, variant: VariantDefinition) -> tuple[str, dict[str, str]]:
        """The grid that a variant belongs to and its coordinates there; an empty name if it belongs to none."""
        return next(
            ((grid.name, grid.cells[variant.name]) for grid in self.grids if variant.name in grid.cells), ("", {})
        )

    def recipe(self, variant: VariantDefinition, epochs: int) -> Recipe:
        """The recipe of a variant.

        Raises
        ------
        SeedbedError
            A setting is wrong.
        """
        settings = laid_over(_PLAIN | self.defaults.given(), variant.given())
        if "network" not in settings:
            message = "'network' is missing, here and in [defaults]"
            raise StudyError(message, field="network", expected="a network", got="none")
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
    if given_path("study", name_or_path, StudyError).suffix == ".toml":
        return parse_definition(read_toml_file(name_or_path, "study file"), str(name_or_path))
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
    raw = parse_toml(text, f"study file '{origin}'")
    places = _places(raw, _expand_grids(raw, origin) if "grids" in raw else [])
    try:
        definition = Definition.model_validate(raw)
    except ValidationError as error:
        raise explained(error, f"study file '{origin}'", Definition, lambda detail: _explain(detail, places)) from None
    for place, variant in zip(places, definition.variants, strict=True):
        try:
            recipe = definition.recipe(variant, definition.size_of(variant, "full").epochs)
            # Of all settings only the schedule depends on the epochs.
            recipe.parts.schedule.check(definition.size_of(variant, "quick").epochs)
        except SeedbedError as error:
            field = f"{place}.{error.field}" if error.field else place
            message = f"study file '{origin}': {place} '{variant.name}': {str(error).rstrip('.')}."
            raise StudyError(message, **error.details() | {"field": field}) from None
    return definition


def _expand_grids(raw: dict[str, Any], origin: str) -> list[str]:
    """Put the grids' variants behind the others; gives the place in the file of each."""
    try:
        written = WrittenGrids.model_validate({"grids": raw.pop("grids")})
    except ValidationError as error:
        raise explained(error, f"study file '{origin}'", WrittenGrids) from None
    grids, tables, places = [], [], []
    count = sum(definition.count for definition in written.grids)
    if count > MOST_VARIANTS:
        expected = f"at most {MOST_VARIANTS:,} variants"
        raise StudyError(
            f"study file '{origin}': grids: expected {expected}, got {count:,}.",
            field="grids",
            expected=expected,
            got=f"{count:,}",
        )
    for number, definition in enumerate(written.grids, 1):
        try:
            grid, own = definition.expand()
        except ValueError as error:
            place = f"grids[{number}]"
            raise StudyError(f"study file '{origin}': {place} '{definition.grid}': {error}.", field=place) from None
        grids.append(grid)
        tables += own
        places += [f"grids[{number}]"] * len(own)
    others = raw.get("variants", [])
    if isinstance(others, list):
        raw["variants"] = [*others, *tables]
    raw["grids"] = tuple(grids)
    return places


def _places(raw: dict[str, Any], of_grids: list[str]) -> list[str]:
    """Where each variant stands in the file."""
    variants = raw.get("variants", [])
    count = len(variants) - len(of_grids) if isinstance(variants, list) else 0
    return [*(f"variants[{place}]" for place in range(1, count + 1)), *of_grids]


def _explain(detail: Any, places: list[str]) -> StudyError:
    match detail["loc"]:
        case ("variants", int(index), *rest) if not places[index].startswith("variants"):
            return explain(detail | {"loc": rest}, places[index], VariantDefinition)
    return explain(detail, model=Definition)
