"""The text form of small objects: ``name(argument, key=value)``.

Layers, losses, optimizers and initialisers are all written this way, so one grammar reads them all::

    items  = item { [","] item }
    item   = name [ "(" [ value { "," value } ] ")" ]     name = letter { letter | digit | "_" | "+" | "-" | "." | ":" }
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
from dataclasses import dataclass
from numbers import Real
from typing import Any

from seedbed.checks import as_whole
from seedbed.errors import NotationError, SeedbedError, compose
from seedbed.own_modules import import_module_of

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf\b|nan\b))"
    r"|(?P<word>[A-Za-z_][\w+]*(?:[-.][A-Za-z0-9_+]+)*(?::[A-Za-z_]\w*)?)"
    r"|(?P<mark>[(),=]))"
)
# Longer numbers are no sizes; Python refuses to read those of thousands of digits as int.
_WHOLE = re.compile(r"[-+]?\d{1,18}")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "none": None}

Span = tuple[int, int]


@dataclass(frozen=True)
class Call:
    """``name(value, key=value)`` as it was read.

    Attributes
    ----------
    name : str
    values : tuple
        The arguments without a name.
    named : mapping
        Those with one.
    text : str
        What all of it was read from; empty if it was not read.
    span : (int, int), optional
        Where the name stands in ``text``: its first character and the one behind its last.
    spans : mapping
        Where the arguments stand, by place or by name.
    """

    name: str
    values: tuple[Any, ...] = ()
    named: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    text: str = ""
    span: Span | None = None
    spans: Mapping[int | str, Span] = dataclasses.field(default_factory=dict)


def parse_calls(text: str) -> list[Call]:
    """Read ``a(1, k=2) b`` as two calls.

    Raises
    ------
    NotationError
        With the place of the first character that cannot be read.
    """
    return _Reader(text).calls()


def parse_all(kind: str, known: Mapping[str, type], text: object) -> tuple[Any, ...]:
    """Read a text that holds any number of objects."""
    return tuple(build(kind, known, call) for call in parse_calls(_text(kind, text)))


def parse_one(kind: str, known: Mapping[str, type], text: object) -> Any:
    """Read a text that holds exactly one object."""
    return build(kind, known, single_call(kind, text))


def single_call(kind: str, text: object) -> Call:
    """Read a text that holds exactly one call."""
    text = _text(kind, text)
    calls = parse_calls(text)
    if len(calls) != 1:
        raise NotationError(
            f"expected one {kind}, got {len(calls)} in '{text}'.",
            expected=f"one {kind}",
            got=str(len(calls)),
            text=text,
            span=calls[1].span if calls else None,
        )
    return calls[0]


def checked(kind: str, known: Mapping[str, type], item: Any) -> Any:
    """An object that was not read but made: as it is, if its kind is known and its arguments are of their types.

    Raises
    ------
    NotationError
    """
    made_of: Any = type(item)
    parent: Any = known.get(item.notation)
    if parent is not None and parent is not made_of and isinstance(item, parent):
        hint = f"Use {parent.__name__} itself; {kind}s of your own have a base class of their own: docs/extending.md."
        raise NotationError(
            f"{kind} '{item.notation}': {made_of.__name__} is a subclass of {parent.__name__}; no engine would run "
            f"what it adds. {hint}",
            field=str(item.notation),
            expected=parent.__name__,
            got=made_of.__name__,
            hint=hint,
        )
    if parent is not made_of:
        raise _unknown(kind, known, str(item.notation), Call(str(item.notation)))
    hints = _hints(made_of)
    values = {one.name: getattr(item, one.name) for one in dataclasses.fields(item)}
    own = {name: _convert(kind, item.notation, name, value, hints[name]) for name, value in values.items()}
    same = all(type(value) is type(own[name]) for name, value in values.items())
    return item if same else dataclasses.replace(item, **own)


def build(kind: str, known: Mapping[str, type], call: Call) -> Any:
    """Make the object that a call stands for.

    Parameters
    ----------
    kind : str
        What is being read, for messages: ``"layer"``, ``"optimizer"``.
    known : mapping of str to dataclass
        The names that may occur.

    Raises
    ------
    SeedbedError
        With the text and the place in it where the wrong argument, or else the name, stands.
    """
    try:
        return _build(kind, known, call)
    except SeedbedError as error:
        if not error.text:
            error.text, error.span = call.text, _span_of(call, known.get(call.name), error.field)
        raise


def _build(kind: str, known: Mapping[str, type], call: Call) -> Any:
    name = call.name
    if name not in known and ":" in name:
        import_module_of(name)
    if name not in known:
        raise _unknown(kind, known, name, call)
    made_of = known[name]
    fields = dataclasses.fields(made_of)
    signature = f"{name}({', '.join(_describe(f) for f in fields)})"
    what = f"{kind} '{name}'"
    if len(call.values) > len(fields):
        expected = f"at most {len(fields)} arguments"
        message = f"{what}: expected {expected}, got {len(call.values)}: {signature}."
        span = call.spans.get(len(fields))
        raise NotationError(message, expected=expected, got=str(len(call.values)), text=call.text, span=span)
    given = {field.name: value for field, value in zip(fields, call.values, strict=False)}
    for key, value in call.named.items():
        if key in given:
            raise NotationError(f"{what}: argument '{key}' is given twice: {signature}.", field=key)
        if key not in {f.name for f in fields}:
            expected = f"one of {', '.join(f.name for f in fields)}" if fields else "no argument"
            raise NotationError(f"{what}: unknown argument '{key}': {signature}.", field=key, expected=expected)
        given[key] = value
    missing = [f.name for f in fields if f.name not in given and f.default is dataclasses.MISSING]
    if missing:
        message = f"{what}: argument '{missing[0]}' is missing: {signature}."
        raise NotationError(message, field=missing[0], expected="a value", got="none")
    hints = _hints(made_of)
    return made_of(**{key: _convert(kind, name, key, value, hints[key]) for key, value in given.items()})


def _unknown(kind: str, known: Mapping[str, type], name: str, call: Call) -> NotationError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else ""
    names = ", ".join(sorted(known))
    return NotationError(
        f"unknown {kind} '{name}'.{f' {hint}' if hint else ''} Known: {names}.",
        expected=f"one of {names}",
        got=name,
        hint=hint,
        text=call.text,
        span=call.span,
    )


def _span_of(call: Call, made_of: type | None, key: str) -> Span | None:
    """Where the argument stands that a field names; the call's name if it was left out."""
    names = [one.name for one in dataclasses.fields(made_of)] if made_of is not None else []
    place = names.index(key) if key in names else -1
    return call.spans.get(key, call.spans.get(place, call.span))


def _text(kind: str, text: object) -> str:
    if not isinstance(text, str):
        got = f"{text!r} of type {type(text).__name__}"
        raise NotationError(compose(kind, "a text", got), expected="a text", got=got)
    return text


@functools.cache
def _hints(made_of: type) -> dict[str, Any]:
    return typing.get_type_hints(made_of)


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
        if option is int and (whole := as_whole(value)) is not None:
            return whole
        if option is float and not isinstance(value, bool) and isinstance(value, Real):
            return float(value)
        if option is str and isinstance(value, str):
            return value
        if typing.get_origin(option) is tuple and isinstance(value, tuple):
            return tuple(_convert(kind, name, key, v, typing.get_args(option)[0]) for v in value)
    wanted, came = " or ".join(_type_name(o) for o in options), _write_value(value)
    message = f"{kind} '{name}': {key}: expected {wanted}, got {came}."
    raise NotationError(message, field=key, expected=wanted, got=came)


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
                raise NotationError(
                    f"cannot read '{text[place]}' at character {place + 1} of '{text}'.",
                    got=text[place],
                    text=text,
                    span=(place, place + 1),
                )
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind), match.start(kind)))
            place = match.end()
        self.next = 0

    def calls(self) -> list[Call]:
        found: list[Call] = []
        while self.next < len(self.tokens):
            begin = self.next
            name = self._take("word", "a name")
            values, named, spans = self._arguments(name)
            found.append(Call(name, tuple(values), named, self.text, self._span(begin, begin + 1), spans))
            self._skip(",")
        return found

    def _arguments(self, name: str) -> tuple[list[Any], dict[str, Any], dict[int | str, Span]]:
        values: list[Any] = []
        named: dict[str, Any] = {}
        spans: dict[int | str, Span] = {}
        if not self._skip("("):
            return values, named, spans
        while not self._skip(")"):
            begin = self.next
            if self._peek("word") and self._peek("mark", "=", ahead=1):
                key = self._take("word", "a name")
                self._skip("=")
                if key in named:
                    message = f"argument '{key}' of '{name}' is given twice in '{self.text}'."
                    raise NotationError(message, field=key, text=self.text, span=self._span(begin, begin + 1))
                named[key] = self._value()
                spans[key] = self._span(begin, self.next)
            elif named:
                raise self._unexpected("key=value after the first key=value")
            else:
                values.append(self._value())
                spans[len(values) - 1] = self._span(begin, self.next)
            if not self._skip(",") and not self._peek("mark", ")"):
                raise self._unexpected("',' or ')'")
        return values, named, spans

    def _span(self, begin: int, end: int) -> Span:
        """Where some tokens stand in the text."""
        _, last, place = self.tokens[end - 1]
        return self.tokens[begin][2], place + len(last)

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
            end = len(self.text)
            message = f"expected {wanted} at the end of '{self.text}'."
            return NotationError(message, expected=wanted, got="the end", text=self.text, span=(end, end))
        _, got, place = self.tokens[self.next]
        message = f"expected {wanted}, got '{got}' at character {place + 1} of '{self.text}'."
        return NotationError(message, expected=wanted, got=got, text=self.text, span=(place, place + len(got)))
