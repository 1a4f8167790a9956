"""A row of the ledger of looks: a state in which a claim was judged."""

import json
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Test = Literal["fixed", "sequential", "none"]


@dataclass(frozen=True)
class LookEntry:
    """One state of one claim.

    Attributes
    ----------
    claim : str
        What identifies it: see ``seedbed.study.looks``.
    seeds : tuple of int
        How many runs each of its variants had.
    planned : tuple of int
        How many they were to have.
    test : str
        ``fixed``: with its number of seeds fixed beforehand; ``sequential``; ``none``: no verdict was given.
    study : str
        Name of the study that it was judged in.
    created : str
        When it was first judged in this state, ISO 8601, UTC.
    """

    claim: str
    seeds: tuple[int, ...]
    planned: tuple[int, ...]
    test: Test
    study: str
    created: str


LOOK = tuple(field.name for field in fields(LookEntry))


def look_row(entry: LookEntry) -> list[str]:
    """Values of the columns `LOOK`."""
    values = [getattr(entry, name) for name in LOOK]
    return [json.dumps(list(value)) if isinstance(value, tuple) else value for value in values]


def read_look(row: tuple[Any, ...]) -> LookEntry:
    """The entry that the columns `LOOK` hold.

    Raises
    ------
    ValueError
        They do not; it names the column.
    """
    values = dict(zip(LOOK, row, strict=True))
    for name, value in values.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}: expected text, got {value!r:.60}")
    if values["test"] not in get_args(Test):
        raise ValueError(f"test: expected one of {', '.join(get_args(Test))}, got {values['test']!r:.60}")
    return LookEntry(**values | {name: _counts(name, values[name]) for name in ("seeds", "planned")})


def _counts(name: str, text: str) -> tuple[int, ...]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, list) or not all(isinstance(one, int) and one >= 0 for one in read):
        raise ValueError(f"{name}: expected a list of whole numbers, got {text!r:.60}")
    return tuple(read)
