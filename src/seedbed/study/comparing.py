"""``sb.compare_recipes``: a study of two recipes, whatever they are given as."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seedbed.checks import whole_number
from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.formatting import shortened, shortened_apart
from seedbed.language import phrase, speaking
from seedbed.network import Layer, Network, network_text
from seedbed.runner.watcher import Watcher
from seedbed.store import Workspace
from seedbed.study.claim_definition import ClaimDefinition
from seedbed.study.definition import (
    Definition,
    PublishedFigures,
    QuickSize,
    RecipeSettings,
    Size,
    VariantDefinition,
    load_definition,
)
from seedbed.study.fields import SEED_LIMIT, Count, explained
from seedbed.study.space import check_fields
from seedbed.study.study import Study
from seedbed.study.study_result import StudyResult
from seedbed.study.texts import StudyTexts
from seedbed.study.toml_text import parse_toml, read_toml_file
from seedbed.training.recipe import Recipe
from seedbed.training.settings import laid_over

SEEDS, FIRST_SEEDS = 10, 3
"""Of each recipe: fixed beforehand, and to begin with where seeds are added until it is decided."""

PREFIX = "compare-"
"""Of the names of comparisons."""

Given = str | Path | Network | Recipe | Sequence[Layer]
"""What a recipe may be given as."""

_RUN = re.compile(r"([0-9a-f]{6,64})(-\d*(-[a-z]*(\.\d*)?)?)?")
_LONGEST_TITLE = 60


class RecipeFile(RecipeSettings):
    """A TOML file that holds one recipe: the keys of a study's variant and ``epochs``."""

    epochs: Count | None = None


_NO_TEXTS = StudyTexts.model_validate({})


@dataclass(frozen=True)
class Named:
    """One of two recipes to compare.

    Attributes
    ----------
    title : str
    recipe : Recipe
    published, source
        Of a variant of a study.
    korean : StudyTexts
        Of a variant of a study: its title, its source, its remark on the published figure.
    """

    title: str
    recipe: Recipe
    published: PublishedFigures | None = None
    source: str = ""
    korean: StudyTexts = _NO_TEXTS


def compare_recipes(
    a: Given,
    b: Given,
    *,
    seeds: int | None = None,
    until_decided: bool = False,
    a_settings: Mapping[str, Any] | None = None,
    b_settings: Mapping[str, Any] | None = None,
    most_seeds: int | None = None,
    jobs: int | None = None,
    workspace: str | Path | None = None,
    engine: str = ENGINES[0],
    watch: Watcher | None = None,
    on: str | None = None,
    **settings: Any,
) -> StudyResult:
    """Train two recipes with several seeds each and tell whether b errs less than a, or more; see ``comparison``.

    Parameters
    ----------
    a, b, a_settings, b_settings, **settings
        See ``comparison``.
    seeds : int, optional
        Of each; 10 if left out, 3 to begin with if ``until_decided``.
    until_decided, most_seeds, jobs, workspace, engine, watch, on
        See ``Study.run``.

    Returns
    -------
    StudyResult
        Of two variants, ``a`` and ``b``, and one claim, that b errs less.

    Raises
    ------
    SeedbedError

    Examples
    --------
    >>> found = compare_recipes("lenet5", "lenet5+", epochs=3)  # doctest: +SKIP
    >>> found.claims[0].sentence  # doctest: +SKIP
    """
    study = comparison(
        a,
        b,
        workspace=workspace,
        until_decided=until_decided,
        seeds=seeds,
        a_settings=a_settings,
        b_settings=b_settings,
        **settings,
    )
    return study.run(
        seeds=seeds,
        until_decided=until_decided,
        most_seeds=most_seeds,
        jobs=jobs,
        workspace=workspace,
        engine=engine,
        watch=watch,
        on=on,
    )


def comparison(
    a: Given,
    b: Given,
    *,
    workspace: str | Path | None = None,
    until_decided: bool = False,
    seeds: int | None = None,
    a_settings: Mapping[str, Any] | None = None,
    b_settings: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Study:
    """The study that compares two recipes; its claim is that b errs less than a.

    Parameters
    ----------
    a, b : str, Path, Network, list of layers or Recipe
        A network by its name or text; a TOML file with one recipe; ``STUDY/VARIANT`` with a shipped study or a file;
        the id of a run in the workspace, or the beginning of its fingerprint; or an object.
    workspace : str or Path, optional
        Where runs are looked up.
    until_decided : bool
        Begin with few seeds.
    seeds : int, optional
        How many of each are planned.
    a_settings, b_settings : dict, optional
        Of one side alone, in place of those of both: ``{"optimizer": "adam(0.001)"}``.
    **settings
        Of both recipes, in place of their own: ``data``, ``epochs`` and so on, as ``Recipe.make`` takes them, and
        ``lr``, which goes into the optimizer of each.

    Raises
    ------
    SeedbedError
        There is no such recipe, a setting is wrong, or both are the same recipe or differ in their data.
    """
    own = [dict(each or {}) for each in (a_settings, b_settings)]
    for each in (settings, *own):
        check_fields(each)
    sides = [_find(given, laid_over(settings, each), workspace) for given, each in zip((a, b), own, strict=True)]
    sides = _told_by_settings(sides, own)
    first, second = (side.recipe for side in sides)
    written_out = [replace(recipe, network=str(recipe.build_network())) for recipe in (first, second)]
    if written_out[0] == written_out[1]:
        raise StudyError("compare: both are the same recipe; every seed would give both the same run.")
    if first.data != second.data:
        raise StudyError(
            f"compare: expected the same data, got '{first.data}' and '{second.data}'. Give one for both with --data."
        )
    usual = FIRST_SEEDS if until_decided else SEEDS
    planned = usual if seeds is None else whole_number("seeds", seeds, 1, SEED_LIMIT, error=StudyError)
    size = Size(seeds=planned, epochs=max(first.epochs, second.epochs))
    identity = hashlib.sha256(f"{first.fingerprint} {second.fingerprint}".encode()).hexdigest()[:10]
    definition = comparing_definition(f"{PREFIX}{identity}", sides, size)
    words = ["compare", *(_typed(given) for given in (a, b))]
    for name, value in settings.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    for side, each in zip("ab", own, strict=True):
        for name, value in each.items():
            words += [f"--{side}", f"{name}={value}"]
    return Study(definition, words)


def comparing_definition(name: str, sides: Sequence[Named], size: Size) -> Definition:
    """A study of two variants, ``a`` and ``b``, that claims that b errs less."""
    titles = distinct([side.title for side in sides])
    return Definition(
        name=name,
        title=phrase("{a} against {b}", a=titles[0], b=titles[1]),
        question=phrase("Does {b} err less than {a}?", a=titles[0], b=titles[1]),
        source=sides[0].source if sides[0].source == sides[1].source else "",
        remarks=[],
        full=size,
        quick=QuickSize(seeds=size.seeds, epochs=size.epochs, without=[]),
        variants=[
            VariantDefinition(name=name, title=title, published=side.published, **side.recipe.to_dict())
            for name, title, side in zip(("a", "b"), titles, sides, strict=True)
        ],
        claims=[
            ClaimDefinition(text=phrase("{b} errs less than {a}.", a=titles[0], b=titles[1]), better="b", worse="a")
        ],
        chains=[],
        ko=_korean(sides),
    )


def _told_by_settings(sides: list[Named], own: Sequence[Mapping[str, Any]]) -> list[Named]:
    """The sides, called by what is theirs alone where their titles are the same: ``lenet5, optimizer=adam(0.001)``."""
    if sides[0].title != sides[1].title or not any(own):
        return sides
    told = [
        ", ".join([side.title, *(f"{name}={value}" for name, value in each.items())])
        for side, each in zip(sides, own, strict=True)
    ]
    return [replace(side, title=title) for side, title in zip(sides, told, strict=True)]


def distinct(titles: list[str]) -> list[str]:
    """Short titles, cut so that different ones do not look alike."""
    if titles[0] == titles[1]:
        titles = [f"A ({titles[0]})", f"B ({titles[1]})"]
    return shortened_apart(titles, _LONGEST_TITLE)


def _korean(sides: Sequence[Named]) -> StudyTexts:
    titles = distinct([side.korean.title or side.title for side in sides])
    with speaking("ko"):
        return StudyTexts(
            title=phrase("{a} against {b}", a=titles[0], b=titles[1]),
            question=phrase("Does {b} err less than {a}?", a=titles[0], b=titles[1]),
            source=sides[0].korean.source if sides[0].source == sides[1].source else None,
            remarks=[],
            claims=[phrase("{b} errs less than {a}.", a=titles[0], b=titles[1])],
            chains=[],
            variants={"a": titles[0], "b": titles[1]},
            published={
                name: remark
                for name, side in zip(("a", "b"), sides, strict=True)
                for remark in side.korean.published.values()
            },
            grids={},
        )


def _find(given: Given, settings: Mapping[str, Any], workspace: str | Path | None) -> Named:
    if isinstance(given, Recipe):
        return Named(given.network, _changed(given, settings))
    if not isinstance(given, str | Path):
        network = network_text(given)
        return Named(network, made({"network": network}, settings))
    text = str(given).strip()
    if text.endswith(".toml"):
        return Named(Path(text).stem, _from_file(text, settings))
    study, slash, variant = text.rpartition("/")
    if slash:
        return _of_study(study, variant, settings)
    if found := _RUN.fullmatch(text):
        recipe = _of_run(found[1], Workspace(workspace, create=False))
        return Named(f"{shortened(recipe.network, _LONGEST_TITLE - 15)} ({found[1][:12]})", _changed(recipe, settings))
    return Named(text, made({"network": text}, settings))


def _from_file(path: str, settings: Mapping[str, Any]) -> Recipe:
    try:
        raw = parse_toml(read_toml_file(path, "recipe file"), f"recipe file '{path}'")
        values = RecipeFile.model_validate(raw).model_dump(exclude_none=True)
    except ValidationError as error:
        found = explained(error, f"recipe file '{path}'", RecipeFile)
        hint = f"For a variant of a study file write '{path}/VARIANT'."
        raise StudyError(f"{found}\n{hint}", **found.details() | {"hint": hint}) from None
    if "network" not in values:
        message = f"recipe file '{path}': network: this key is missing."
        raise StudyError(message, field="network", expected="a network", got="none")
    return made(values, settings)


def _of_study(study: str, name: str, settings: Mapping[str, Any]) -> Named:
    definition = load_definition(study)
    variants = {variant.name: variant for variant in definition.variants}
    if name not in variants:
        raise StudyError(f"study '{study}' has no variant '{name}'. It has: {', '.join(variants)}.")
    variant = variants[name]
    recipe = definition.recipe(variant, definition.size_of(variant, "full").epochs)
    return Named(
        variant.title, _changed(recipe, settings), variant.published, definition.source, _korean_of(definition, name)
    )


def _korean_of(definition: Definition, name: str) -> StudyTexts:
    """What a study says of one of its variants."""
    texts = definition.ko or _NO_TEXTS
    remark = {name: texts.published[name]} if name in texts.published else {}
    own = {"title": texts.variants.get(name), "source": texts.source, "published": remark}
    return texts.model_copy(update=own)


def _of_run(prefix: str, workspace: Workspace) -> Recipe:
    keys = [key for key in workspace.ledger.all_keys() if key.fingerprint.startswith(prefix)]
    fingerprints = {key.fingerprint for key in keys}
    if len(fingerprints) != 1:
        what = f"{len(fingerprints)} recipes" if fingerprints else "no run"
        raise StudyError(
            f"compare: '{prefix}' reads as a fingerprint, but workspace '{workspace.path}' has {what} with it. "
            + ("Give more of its digits." if fingerprints else "'seedbed runs' lists them.")
        )
    entry = workspace.ledger.find(keys[0])
    assert entry is not None
    # It may be trained again, on what the name of its data stands for now.
    return Recipe.load({name: value for name, value in entry.recipe.items() if name != "data_version"})


def _changed(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    return made(recipe.to_dict(), settings) if settings else recipe


def made(values: Mapping[str, Any], settings: Mapping[str, Any]) -> Recipe:
    chosen = laid_over(values, settings)
    chosen.pop("data_version", None)
    return Recipe.make(**chosen)


def find_recipe(given: str, settings: Mapping[str, Any], workspace: str | Path | None = None) -> Recipe:
    """The recipe that a text means, with some settings in place of its own: see ``comparison``.

    Raises
    ------
    SeedbedError
    """
    return _find(given, settings, workspace).recipe


def _typed(given: Given) -> str:
    if isinstance(given, Recipe):
        return given.fingerprint
    return str(given) if isinstance(given, str | Path) else network_text(given)
