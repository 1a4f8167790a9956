"""What the keys of a study file may hold, and how a wrong one is told."""

from collections.abc import Callable
from typing import Annotated, Any

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


def explain(detail: Any, place: str = "") -> StudyError:
    """``full.seeds: expected a whole number of at least 1, got 0.``

    Parameters
    ----------
    detail : ErrorDetails
        One of those of a ``ValidationError``.
    place : str
        What stands before the keys of ``detail``.
    """
    for part in detail["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    kind, got = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return StudyError(f"{place}: unknown key.", field=place, got=repr(got))
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


def explained(error: ValidationError, origin: str, one: Callable[[Any], StudyError] = explain) -> StudyError:
    """All that is wrong with a file, a line for each; the fields are those of the first.

    Parameters
    ----------
    origin : str
        What stands before each line: ``study file 'tiny.toml'``.
    one : callable
        ``explain``, or what finds the place of a detail first.
    """
    found = [one(detail) for detail in error.errors()]
    return StudyError("\n".join(f"{origin}: {problem}" for problem in found), **found[0].details())
