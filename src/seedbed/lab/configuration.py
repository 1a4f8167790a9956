"""What an experiment is made of, as a person can type it: in the page, an address, a command, Python or a study
file."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote, unquote

from seedbed.checks import whole_number
from seedbed.classifier.defaults import with_classes
from seedbed.data import CATALOGUE
from seedbed.errors import RecipeError, SeedbedError, inside
from seedbed.training.recipe import Recipe
from seedbed.training.settings import RECIPE

MOST_SEEDS = 30
_DATA = "mnist"
_SHARED = ("data", "seeds", "first_seed", "epochs", "validation")
"""What both sides have in common."""

_KINDS: dict[str, type] = {name: setting.kind for name, setting in RECIPE.items()}
_KINDS |= {"lr": float, "seeds": int, "first_seed": int}


@dataclass(frozen=True)
class Configuration:
    """One experiment: a recipe, its seeds, and what is different on side B, if there is one.

    Attributes
    ----------
    settings : dict of str to str or number
        As ``Recipe.make`` takes them, and ``lr``, which goes into the optimizer. MNIST and a fitting network if none
        are given.
    seeds : int
        Runs of each side, 1 to 30.
    first_seed : int
    other : dict or None
        The settings of side B that differ from those of side A; None without a side B.
    """

    settings: Mapping[str, Any]
    seeds: int = 3
    first_seed: int = 0
    other: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        data = self.settings.get("data", _DATA)
        network = self.settings.get("network") or default_network(data)
        object.__setattr__(self, "settings", {**self.settings, "data": data, "network": network})

    def recipes(self) -> tuple[Recipe, ...]:
        """The recipe of A, and that of B if there is one.

        Raises
        ------
        SeedbedError
            A setting is wrong; its ``field`` is the name of the setting, ``b.…`` on side B.
        """
        recipes = [_recipe(dict(self.settings))]
        if self.other is not None:
            with inside("b"):
                recipes.append(_recipe(dict(self.settings) | dict(self.other)))
        return tuple(recipes)

    @property
    def run_seeds(self) -> range:
        """The seed of each run."""
        return range(self.first_seed, self.first_seed + self.seeds)

    def to_fragment(self) -> str:
        """What stands behind ``#`` in an address: ``data=mnist&network=conv2d(6,5)+relu&lr=0.02&b.lr=0.1``."""
        parts = {**self.settings, "seeds": self.seeds}
        if self.first_seed:
            parts["first_seed"] = self.first_seed
        if self.other is not None:
            parts |= {f"b.{name}": value for name, value in self.other.items()} or {"b": ""}
        return "&".join(f"{name}={_quoted(value)}" for name, value in parts.items())

    @classmethod
    def from_fragment(cls, text: str) -> Self:
        """Read what ``to_fragment`` wrote, or a person typed.

        Raises
        ------
        RecipeError
            A name is unknown or a number is none; nothing is evaluated.
        """
        values: dict[str, str] = {}
        for part in text.lstrip("#").split("&"):
            if part:
                name, _, value = part.partition("=")
                values[unquote(name)] = unquote(value.replace("+", " "))
        return cls.from_values(values)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Make one of flat values, texts or numbers; ``b.NAME`` is a setting of side B, ``b`` alone a side B alike.

        Raises
        ------
        RecipeError
        """
        settings: dict[str, Any] = {}
        other: dict[str, Any] | None = None
        for name, value in values.items():
            is_other = name == "b" or name.startswith("b.")
            bare = name.removeprefix("b.")
            if is_other:
                other = other or {}
            if name == "b":
                continue
            if bare not in _NAMES or (is_other and bare in _SHARED):
                known = ", ".join(_NAMES)
                raise RecipeError(
                    f"'{name[:60]}': no such setting. Known: {known}; for side B, b. before it.",
                    field=name[:60],
                    expected=f"one of {known}",
                )
            (other if is_other and other is not None else settings)[bare] = _number(name, bare, value)
        seeds, first = settings.pop("seeds", 3), settings.pop("first_seed", 0)
        seeds = whole_number("seeds", seeds, 1, MOST_SEEDS)
        # Numbers of the page are exact up to 2**53.
        first = whole_number("first_seed", first, 0, 2**53 - 1 - MOST_SEEDS)
        return cls(settings, seeds, first, other)

    def with_data(self, name: str) -> Self:
        """The same on other data."""
        return replace(self, settings={**self.settings, "data": name})

    def with_seeds(self, seeds: int) -> Self:
        """The same with more or fewer runs."""
        return replace(self, seeds=seeds)


_NAMES = tuple(dict.fromkeys(["data", "network", "lr", *RECIPE, "seeds", "first_seed"]))


def default_network(data: str) -> str:
    """The text of a network that fits a data set: LeNet-5+ for digits as MNIST's, a small one for others."""
    entry = None
    # What is wrong with the data is told where they are loaded.
    with contextlib.suppress(SeedbedError):
        entry = CATALOGUE.get(data)
    if entry is None or (entry.image_shape == (1, 28, 28) and len(entry.classes) == 10):
        return "lenet5+"
    return str(with_classes(None, entry.image_shape, len(entry.classes)))


def _recipe(settings: dict[str, Any]) -> Recipe:
    return Recipe.make(settings.pop("network"), settings.pop("data"), **settings)


def _number(name: str, bare: str, value: Any) -> Any:
    kind = _KINDS[bare]
    if kind is str:
        if not isinstance(value, str):
            raise RecipeError(field=name, expected="a text", got=repr(value))
        return value
    if isinstance(value, str) and value in ("", "none"):
        return None
    try:
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        wanted = "a whole number" if kind is int else "a number"
        raise RecipeError(field=name, expected=wanted, got=f"'{str(value)[:60]}'") from None


def _quoted(value: Any) -> str:
    return quote(str(value), safe="(),.*:/|=").replace("%20", "+")
