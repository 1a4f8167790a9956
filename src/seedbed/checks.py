"""Numbers as settings: one check of whole numbers and one of others, for all of them."""

import operator
from math import isfinite
from numbers import Real
from typing import Any

from seedbed.errors import RecipeError, SeedbedError, compose


def whole_number(
    field: str,
    value: Any,
    least: int = 0,
    most: int | None = None,
    *,
    error: type[SeedbedError] = RecipeError,
    place: str = "",
    hint: str = "",
) -> int:
    """A setting as Python's own kind of whole number, which NumPy's are turned into.

    Parameters
    ----------
    field : str
        Name of the setting.
    least, most : int
        Its range, both ends within.
    error : type of SeedbedError
        What to raise.
    place : str
        What the setting belongs to, for the message: ``sweep``.
    hint : str
        A sentence for who is refused.

    Raises
    ------
    SeedbedError
        It is none, or out of its range.
    """
    number = as_whole(value)
    if number is None or number < least or (most is not None and number > most):
        raise refusal(field, whole_rule(least, most), value, error=error, place=place, hint=hint)
    return number


def finite_number(
    field: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    error: type[SeedbedError] = RecipeError,
    place: str = "",
) -> float:
    """A setting as a float, which NumPy's numbers and whole ones are turned into.

    Parameters
    ----------
    least, above, most, below : float, optional
        Its range: with ``least`` and ``most`` within it, without ``above`` and ``below``.

    For the other parameters and what is raised see ``whole_number``.
    """
    number = as_finite(value)
    if number is None or not is_between(number, least, above, most, below):
        raise refusal(field, number_rule(least, above, most, below), value, error=error, place=place)
    return number


def as_whole(value: object) -> int | None:
    """A whole number of any kind as int; None if it is none. True and False are none."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def as_finite(value: object) -> float | None:
    """A finite number of any kind as float; None if it is none. True and False are none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def is_between(
    number: float, least: float | None, above: float | None, most: float | None, below: float | None
) -> bool:
    """Whether a number lies within a range, see ``finite_number``."""
    return (
        (least is None or number >= least)
        and (above is None or number > above)
        and (most is None or number <= most)
        and (below is None or number < below)
    )


def whole_rule(least: int, most: int | None = None) -> str:
    """What is expected of a whole number: ``a whole number from 1 to 4096``."""
    return f"a whole number of at least {_typed(least)}" if most is None else f"a whole number {span(least, most)}"


def number_rule(
    least: float | None = None, above: float | None = None, most: float | None = None, below: float | None = None
) -> str:
    """What is expected of a number: ``a finite number of at least 0 and less than 1``."""
    if least is not None and most is not None:
        return f"a finite number {span(least, most)}"
    low = f"of at least {least:g}" if least is not None else f"above {above:g}" if above is not None else ""
    high = f"at most {most:g}" if most is not None else f"less than {below:g}" if below is not None else ""
    return " ".join(part for part in ("a finite number", " and ".join(part for part in (low, high) if part)) if part)


def span(least: float, most: float) -> str:
    """``from 1 to 4096``."""
    return f"from {_typed(least)} to {_typed(most)}"


def refusal(
    field: str,
    expected: str,
    value: object,
    *,
    error: type[SeedbedError] = RecipeError,
    place: str = "",
    hint: str = "",
) -> SeedbedError:
    """An error with fields, to be raised; ``place`` stands before the field in the message alone."""
    got = shown(value)
    where = f"{place}: {field}" if place else field
    return error(compose(where, expected, got, hint), field=field, expected=expected, got=got, hint=hint)


def shown(value: object) -> str:
    """A value as a person wrote it; text in quotes, as it may hold spaces."""
    try:
        return "none" if value is None else repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"


def _typed(number: float) -> str:
    """A limit as people read it: ``4096``, ``1,000,000``, ``2**64 - 1``."""
    if isinstance(number, int) and number > 2**32 and (number + 1).bit_count() == 1:
        return f"2**{number.bit_length()} - 1"
    if isinstance(number, int):
        return str(number) if number < 10_000 else f"{number:,}"
    return f"{number:g}"
