"""What an experiment is made of, as a person can type it: in the page, an address, a command, Python or a study
file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import quote, unquote

from seedbed.engine.optimizers import SGD, load_optimizer
from seedbed.errors import RecipeError
from seedbed.training.recipe import Recipe

MOST_SEEDS = 30
_SHARED = ("data", "seeds", "first_seed", "epochs", "validation")
"""What both sides have in common."""

_WHOLE = ("seeds", "first_seed", "epochs", "validation", "batch_size", "patience")
_NUMBERS: dict[str, type[int] | type[float]] = dict.fromkeys(_WHOLE, int) | dict.fromkeys(
    ("average", "clip_norm", "lr"), float
)


@dataclass(frozen=True)
class Configuration:
    """One experiment: a recipe, its seeds, and what is different on side B, if there is one.

    Attributes
    ----------
    settings : dict of str to str or number
        As ``Recipe.make`` takes them, and ``lr``, which goes into the optimizer.
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

    def recipes(self) -> tuple[Recipe, ...]:
        """The recipe of A, and that of B if there is one.

        Raises
        ------
        SeedbedError
            A setting is wrong; its ``field`` is the name of the setting, ``b.…`` on side B.
        """
        sides = [dict(self.settings)]
        if self.other is not None:
            sides.append(dict(self.settings) | dict(self.other))
        return tuple(_recipe(side) for side in sides)

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
                raise RecipeError(f"'{name[:60]}': no such setting. Known: {known}; for side B, b. before it.")
            (other if is_other and other is not None else settings)[bare] = _number(name, bare, value)
        seeds, first = settings.pop("seeds", 3), settings.pop("first_seed", 0)
        if not 1 <= seeds <= MOST_SEEDS:
            raise RecipeError(f"seeds: expected a whole number from 1 to {MOST_SEEDS}, got {seeds}.")
        if not 0 <= first < 2**53 - MOST_SEEDS:
            raise RecipeError(f"first_seed: expected a whole number from 0 to 2**53, got {first}.")
        return cls(settings, seeds, first, other)

    def with_seeds(self, seeds: int) -> Self:
        """The same with more or fewer runs."""
        return replace(self, seeds=seeds)


_NAMES = tuple(dict.fromkeys(["data", "network", "lr", *(one.name for one in fields(Recipe)), "seeds", "first_seed"]))


def _recipe(settings: dict[str, Any]) -> Recipe:
    lr = settings.pop("lr", None)
    if lr is not None:
        settings["optimizer"] = load_optimizer(settings.get("optimizer") or SGD(lr=lr), lr)
    return Recipe.make(settings.pop("network", "lenet5+"), settings.pop("data", "mnist"), **settings)


def _number(name: str, bare: str, value: Any) -> Any:
    kind = _NUMBERS.get(bare)
    if kind is None:
        if not isinstance(value, str):
            raise RecipeError(f"{name}: expected a text, got {value!r}.")
        return value
    if isinstance(value, str) and value in ("", "none"):
        return None
    try:
        return kind(value)
    except (TypeError, ValueError):
        wanted = "a whole number" if kind is int else "a number"
        raise RecipeError(f"{name}: expected {wanted}, got '{str(value)[:60]}'.") from None


def _quoted(value: Any) -> str:
    return quote(str(value), safe="(),.*:/|=").replace("%20", "+")
