"""What the keys of a study file may hold, and how a wrong one is told."""

import difflib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seedbed.errors import StudyError

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$")]
Count = Annotated[int, Field(ge=1)]
SEED_LIMIT = 100_000
"""Seeds of one arm; more were written by mistake."""
Seeds = Annotated[int, Field(ge=1, le=SEED_LIMIT)]
Number = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Points = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


class Table(BaseModel):
    """A table of a study file: unknown keys and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def explain(detail: Any, place: str = "", model: type[BaseModel] | None = None) -> StudyError:
    """``full.seeds: expected a whole number of at least 1, got 0.``

    Parameters
    ----------
    detail : ErrorDetails
        One of those of a ``ValidationError``.
    place : str
        What stands before the keys of ``detail``.
    model : type, optional
        The table that the keys of ``detail`` begin in: an unknown one is told which there are.
    """
    table = model and _table_at(model, detail["loc"][:-1])
    for part in detail["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    kind, got = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        hint = _known(str(detail["loc"][-1]), table) if table else ""
        message = f"{place}: unknown key. {hint}".rstrip()
        return StudyError(message, field=place, expected="a key that is known", got=repr(got), hint=hint)
    if kind == "missing":
        return StudyError(f"{place}: this key is missing.", field=place, expected="a value", got="none")
    if kind == "value_error":
        problem = str(detail["ctx"]["error"])
        return StudyError(f"{place}: {problem}." if place else f"{problem}.", field=place)
    rule = detail["msg"].removeprefix("Input should be ").removeprefix("Input should ")
    rule = rule.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    rule = {"string_type": "text in quotes", "int_type": "a whole number", "float_type": "a number"}.get(kind, rule)
    if kind == "string_pattern_mismatch":
        rule = "a name of letters, digits and _.+- without spaces"
    if kind == "too_short" and not isinstance(got, str):
        rule = "at least one table" if place.endswith("variants") else "at least one value"
    if kind == "string_too_short":
        rule = "some text"
    shown = "a table" if isinstance(got, dict) else "a list" if isinstance(got, list) else repr(got)
    return StudyError(field=place, expected=rule, got=shown)


def explained(
    error: ValidationError,
    origin: str,
    model: type[BaseModel],
    one: Callable[[Any], StudyError] | None = None,
) -> StudyError:
    """All that is wrong with a file, a line for each; the fields are those of the first.

    Parameters
    ----------
    origin : str
        What stands before each line: ``study file 'tiny.toml'``.
    model : type
        What was read.
    one : callable, optional
        Finds the place of a detail first; ``explain`` if left out.
    """
    found = [one(detail) if one else explain(detail, model=model) for detail in error.errors()]
    return StudyError("\n".join(f"{origin}: {problem}" for problem in found), **found[0].details())


def _table_at(model: type[BaseModel], keys: Sequence[str | int]) -> type[BaseModel] | None:
    """The table that some keys lead to."""
    table: type[BaseModel] | None = model
    for key in keys:
        if isinstance(key, str) and table is not None:
            found = table.model_fields.get(key)
            table = None if found is None else _table_in(found.annotation)
    return table


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _table_in(part))), None)


def _known(key: str, table: type[BaseModel]) -> str:
    names = list(table.model_fields)
    near = difflib.get_close_matches(key, names, n=1)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    return f"{meant}Known: {', '.join(names)}."
