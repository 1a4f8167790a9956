"""Whole numbers as settings."""

import operator
from typing import SupportsIndex

from seedbed.errors import RecipeError


def whole_number(what: str, value: SupportsIndex, least: int, most: int | None = None) -> int:
    """A setting as Python's own kind of whole number, which NumPy's are turned into.

    Raises
    ------
    RecipeError
        It is none, or out of its range.
    """
    try:
        number = operator.index(value)
        holds = not isinstance(value, bool) and number >= least and (most is None or number <= most)
    except TypeError:
        holds = False
    if not holds:
        rule = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise RecipeError(f"{what} must be a whole number {rule}, got {value}.")
    return number
