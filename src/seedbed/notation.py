"""The text form of small objects: ``name(argument, key=value)``.

Layers, losses, optimizers and initialisers are all written this way, so one grammar reads them all::

    items  = item { [","] item }
    item   = name [ "(" [ value { "," value } ] ")" ]          name = letter { letter | digit | "_" | "+" | "-" | "." }
    value  = [ key "=" ] ( number | true | false | none | word | "(" number { "," number } ")" )

Objects are frozen dataclasses; their fields are the arguments, in order. A printed object leaves out the fields
that keep their default value, so ``parse(print(x)) == x``.
"""

import dataclasses
import difflib
import functools
import math
import re
import types
import typing
from collections.abc import Mapping
from typing import Any

from seedbed.errors import NotationError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf\b|nan\b))"
    r"|(?P<word>[A-Za-z_][\w+]*(?:[-.][A-Za-z0-9_+]+)*)"
    r"|(?P<mark>[(),=]))"
)
# Longer numbers are no sizes; Python refuses to read those of thousands of digits as int.
_WHOLE = re.compile(r"[-+]?\d{1,18}")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "none": None}

Arguments = tuple[list[Any], dict[str, Any]]


def parse_calls(text: str) -> list[tuple[str, Arguments]]:
    """Read ``a(1, k=2) b`` as ``[("a", ([1], {"k": 2})), ("b", ([], {}))]``.

    Raises
    ------
    NotationError
        With the place of the first character that cannot be read.
    """
    return _Reader(text).calls()


def build(kind: str, known: Mapping[str, type], name: str, arguments: Arguments) -> Any:
    """Make the object that ``name(arguments)`` stands for.

    Parameters
    ----------
    kind : str
        What is being read, for messages: ``"layer"``, ``"optimizer"``.
    known : mapping of str to dataclass
        The names that may occur.
    """
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise NotationError(f"unknown {kind} '{name}'.{hint} Known: {', '.join(sorted(known))}.")
    made_of = known[name]
    fields = dataclasses.fields(made_of)
    values, named = arguments
    signature = f"{name}({', '.join(_describe(f) for f in fields)})"
    if len(values) > len(fields):
        count = f"expected at most {len(fields)} arguments, got {len(values)}"
        raise NotationError(f"{kind} '{name}': {count}: {signature}.")
    given = {field.name: value for field, value in zip(fields, values, strict=False)}
    for key, value in named.items():
        if key in given:
            raise NotationError(f"{kind} '{name}': argument '{key}' is given twice: {signature}.")
        if key not in {f.name for f in fields}:
            raise NotationError(f"{kind} '{name}': unknown argument '{key}': {signature}.")
        given[key] = value
    missing = [f.name for f in fields if f.name not in given and f.default is dataclasses.MISSING]
    if missing:
        raise NotationError(f"{kind} '{name}': argument '{missing[0]}' is missing: {signature}.")
    hints = _hints(made_of)
    return made_of(**{key: _convert(kind, name, key, value, hints[key]) for key, value in given.items()})


@functools.cache
def _hints(made_of: type) -> dict[str, Any]:
    return typing.get_type_hints(made_of)


def parse_one(kind: str, known: Mapping[str, type], text: str) -> Any:
    """Read a text that holds exactly one object."""
    calls = parse_calls(text)
    if len(calls) != 1:
        raise NotationError(f"expected one {kind}, got {len(calls)} in '{text}'.")
    return build(kind, known, *calls[0])


def write(name: str, item: Any) -> str:
    """Print a dataclass as ``name(arguments)``; arguments that keep their default are left out."""
    parts: list[str] = []
    positional = True
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.default is not dataclasses.MISSING:
            positional = False
            if value == field.default:
                continue
        text = _write_value(value)
        parts.append(text if positional else f"{field.name}={text}")
    return f"{name}({', '.join(parts)})" if parts else name


def _write_value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"({', '.join(_write_value(v) for v in value)})"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _describe(field: "dataclasses.Field[Any]") -> str:
    return field.name if field.default is dataclasses.MISSING else f"{field.name}={_write_value(field.default)}"


def _convert(kind: str, name: str, key: str, value: Any, hint: Any) -> Any:
    """Check a value against the field's type; whole numbers pass as float, nothing else is bent."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if option is type(None) and value is None:
            return None
        if option is bool and isinstance(value, bool):
            return value
        if option is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if option is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if option is str and isinstance(value, str):
            return value
        if typing.get_origin(option) is tuple and isinstance(value, tuple):
            return tuple(_convert(kind, name, key, v, typing.get_args(option)[0]) for v in value)
    wanted = " or ".join(_type_name(o) for o in options)
    raise NotationError(f"{kind} '{name}': {key} must be {wanted}, got {_write_value(value)}.")


def _type_name(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return "numbers in parentheses"
    return {int: "a whole number", float: "a number", bool: "true or false", str: "a word", type(None): "none"}[hint]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        place, end = 0, len(text.rstrip())
        while place < end:
            match = _TOKEN.match(text, place)
            if match is None:
                place += len(text[place:]) - len(text[place:].lstrip())
                raise NotationError(f"cannot read '{text[place]}' at character {place + 1} of '{text}'.")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind), match.start(kind)))
            place = match.end()
        self.next = 0

    def calls(self) -> list[tuple[str, Arguments]]:
        found: list[tuple[str, Arguments]] = []
        while self.next < len(self.tokens):
            name = self._take("word", "a name")
            found.append((name, self._arguments(name)))
            self._skip(",")
        return found

    def _arguments(self, name: str) -> Arguments:
        values: list[Any] = []
        named: dict[str, Any] = {}
        if not self._skip("("):
            return values, named
        while not self._skip(")"):
            if self._peek("word") and self._peek("mark", "=", ahead=1):
                key = self._take("word", "a name")
                self._skip("=")
                if key in named:
                    raise NotationError(f"argument '{key}' of '{name}' is given twice in '{self.text}'.")
                named[key] = self._value()
            elif named:
                raise self._unexpected("key=value after the first key=value")
            else:
                values.append(self._value())
            if not self._skip(",") and not self._peek("mark", ")"):
                raise self._unexpected("',' or ')'")
        return values, named

    def _value(self) -> Any:
        if not self._skip("("):
            return self._single()
        items: list[Any] = []
        while not self._skip(")"):
            items.append(self._single())
            if not self._skip(",") and not self._peek("mark", ")"):
                raise self._unexpected("',' or ')'")
        return tuple(items)

    def _single(self) -> Any:
        if self._peek("number"):
            text = self._take("number", "a number")
            return int(text) if _WHOLE.fullmatch(text) else float(text)
        word = self._take("word", "a value")
        if word.lower() in ("nan", "inf"):
            return math.nan if word.lower() == "nan" else math.inf
        return _WORDS.get(word.lower(), word)

    def _peek(self, kind: str, text: str | None = None, ahead: int = 0) -> bool:
        if self.next + ahead >= len(self.tokens):
            return False
        found = self.tokens[self.next + ahead]
        return found[0] == kind and (text is None or found[1] == text)

    def _skip(self, mark: str) -> bool:
        if self._peek("mark", mark):
            self.next += 1
            return True
        return False

    def _take(self, kind: str, wanted: str) -> str:
        if not self._peek(kind):
            raise self._unexpected(wanted)
        self.next += 1
        return self.tokens[self.next - 1][1]

    def _unexpected(self, wanted: str) -> NotationError:
        if self.next >= len(self.tokens):
            return NotationError(f"expected {wanted} at the end of '{self.text}'.")
        _, got, place = self.tokens[self.next]
        return NotationError(f"expected {wanted}, got '{got}' at character {place + 1} of '{self.text}'.")
