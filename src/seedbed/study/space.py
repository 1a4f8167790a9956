"""What a sweep varies: axes with values or ranges, and the recipe at each point."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from seedbed.checks import refusal
from seedbed.engine.losses import LOSSES, default_loss, load_loss
from seedbed.engine.optimizers import OPTIMIZERS, load_optimizer
from seedbed.errors import SeedbedError, StudyError
from seedbed.network import read_network, zoo_name
from seedbed.notation import Call, build
from seedbed.training.recipe import Recipe
from seedbed.training.settings import LR, RECIPE, unknown
from seedbed.training.suited import suited

Value = str | int | float | bool | None

_PARTS: dict[str, Mapping[str, type]] = {"optimizer": OPTIMIZERS, "loss": LOSSES}
_FIXED = ("data", "validation")
_FIELDS = {name: setting for name, setting in RECIPE.items() if name not in _FIXED}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(:log)?")
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Axis:
    """One thing that a sweep varies: a few values, or a range.

    Attributes
    ----------
    key : str
        As it was given: ``lr``.
    target : str
        A field of the recipe, or an argument of its optimizer or loss: ``optimizer.lr``.
    choices : tuple
        Empty for a range.
    low, high : float
        Ends of a range, both within it.
    is_log : bool
        Whether equal ratios count as equal distances.
    is_whole : bool
        Whether a range has whole numbers only.
    """

    key: str
    target: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_log: bool = False
    is_whole: bool = False

    def at(self, share: float) -> Value:
        """The value at a share of the axis, 0 up to 1; a range is even in itself or in its logarithm."""
        if self.choices:
            return self.choices[int(share * len(self.choices))]
        low, high = (self.low, self.high + 1) if self.is_whole else (self.low, self.high)
        value = low * (high / low) ** share if self.is_log else low + (high - low) * share
        return int(value) if self.is_whole else rounded(value)


def rounded(value: float) -> float:
    """Four significant digits: what a person can type again."""
    return float(f"{value:.4g}")


def parse_axis(key: str, values: "str | Sequence[Value]", settings: Mapping[str, Any]) -> Axis:
    """Read one axis.

    Parameters
    ----------
    key : str
        A field of the recipe, ``optimizer.lr``, ``loss.C``, or such an argument by its short name.
    values : str or sequence
        ``"0.1, 0.01"``, ``"16|32|64"`` (needed where values hold commas of their own), ``"1e-4..1e-1:log"``, or the
        values themselves.
    settings : mapping
        What all points share, as ``Recipe.make`` takes it, with the network.

    Raises
    ------
    SeedbedError
    """
    if isinstance(values, str) and (ends := _RANGE.fullmatch(values.strip())):
        low, high, log = ends.groups()
        target = _target(key, (0.0,), settings)
        axis = Axis(key, target, low=float(low), high=float(high), is_log=log is not None, is_whole=_is_whole(target))
        if not (axis.low < axis.high and math.isfinite(axis.high)) or (axis.is_log and axis.low <= 0):
            rule = "two numbers above 0, the smaller first" if axis.is_log else "two numbers, the smaller first"
            raise _refused(key, rule, values)
        return axis
    given = _split(values) if isinstance(values, str) else [_plain(value) for value in values]
    choices = tuple(dict.fromkeys(given))
    if not choices:
        raise _refused(key, "values such as '0.1,0.01' or a range '0.001..0.1:log'", None)
    return Axis(key, _target(key, choices, settings), choices)


def recipe_at(settings: Mapping[str, Any], axes: Sequence[Axis], point: Sequence[Value]) -> Recipe:
    """The recipe with the values of a point in place of what all share.

    Raises
    ------
    SeedbedError
    """
    chosen = dict(settings)
    arguments: dict[str, dict[str, Value]] = {part: {} for part in _PARTS}
    for axis, value in zip(axes, point, strict=True):
        part, dot, name = axis.target.partition(".")
        if dot:
            arguments[part][name] = value
        else:
            chosen[axis.target] = label(value) if _FIELDS[axis.target].kind is str else value
    for part, given in arguments.items():
        if given:
            item = _current(part, chosen, given.get("lr"))
            values = {field.name: getattr(item, field.name) for field in fields(item)} | given
            chosen[part] = build(part, _PARTS[part], Call(item.notation, named=values))
            if part == "optimizer":
                chosen.pop(LR.name, None)
    return Recipe.make(chosen.pop("network"), **chosen)


def label(value: Value) -> str:
    """A value as a person types it."""
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _target(key: str, values: Sequence[Value], settings: Mapping[str, Any]) -> str:
    are_numbers = all(isinstance(value, int | float) for value in values)
    if key in _FIELDS and not (key == "weight_decay" and are_numbers):
        return key
    # Of the optimizer's arguments, lr alone has no default.
    names = {part: [field.name for field in fields(_current(part, settings, lr=1.0))] for part in _PARTS}
    part, dot, name = key.partition(".")
    if dot and name in names.get(part, ()):
        return key
    found = [f"{part}.{key}" for part, own in names.items() if key in own]
    if not found:
        known = [*_FIELDS, *(f"{part}.{name}" for part, own in names.items() for name in own)]
        reason = " The images that judge are the same at all points." if key in _FIXED else ""
        raise StudyError(
            f"sweep: unknown key '{key}'.{reason} Known: {', '.join(known)}.",
            field=f"grid.{key}",
            expected=f"one of {', '.join(known)}",
            got=key,
        )
    return found[0]


def _refused(key: str, expected: str, values: object) -> SeedbedError:
    error = refusal(key, expected, values, error=StudyError, place="sweep")
    error.field = f"grid.{key}"
    return error


def _current(part: str, settings: Mapping[str, Any], lr: Any = None) -> Any:
    given = settings.get(part)
    if part == "optimizer":
        if given is None:
            name = zoo_name(settings["network"])
            given = suited(name)[part] if name else RECIPE[part].default
        return load_optimizer(given, settings.get(LR.name) if lr is None else lr)
    # Whether a loss is squared error by default is told by the last layer, whatever the images.
    return load_loss(given) if given is not None else default_loss(read_network(settings["network"]))


def _is_whole(target: str) -> bool:
    return target in _FIELDS and _FIELDS[target].kind is int


def _split(text: str) -> list[Value]:
    """At ``|`` if there is one, else at the commas outside parentheses."""
    parts = text.split("|") if "|" in text else re.split(r",(?![^(]*\))", text)
    return [_parsed(part.strip()) for part in parts if part.strip()]


def _parsed(text: str) -> Value:
    if re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    if re.fullmatch(_NUMBER, text):
        return float(text)
    return _WORDS.get(text.lower(), text)


def _plain(value: Any) -> Value:
    """Losses, networks and their like by their text."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def check_data(data: object) -> None:
    """Refuse data without a name: what a workspace keeps must be found again.

    Raises
    ------
    StudyError
    """
    if not isinstance(data, str):
        got = type(data).__name__
        hint = (
            "Write the arrays with numpy.savez and keep them with sb.import_data('arrays.npz', name='mine') or "
            "'seedbed data import'; then data='mine'."
        )
        raise StudyError(
            f"data: studies, comparisons and sweeps take a data set by its name, such as 'mnist', got {got}. {hint}",
            field="data",
            expected="the name of a data set, such as 'mnist'",
            got=got,
            hint=hint,
        )


def check_fields(settings: Mapping[str, Any]) -> None:
    """Refuse settings that ``Recipe.make`` does not know, and data without a name."""
    check_data(settings.get("data", ""))
    known = [*RECIPE, LR.name]
    for name in settings:
        if name not in known:
            raise unknown(name, known)
