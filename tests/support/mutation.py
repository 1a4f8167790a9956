"""Inputs with something wrong: changed bytes, changed words, changed trees of JSON."""

import random
import re
from collections.abc import Sequence
from typing import Any

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
_DIGITS = ("0", "-1", "1e400", "nan", "9" * 25, "9" * 5000, "0.5", "1e-320", "3", "65536", "1_0", "0x10", "٣", "-0", "")
_TEXTS = (b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", "\u202e".encode(), b"((((", b"\n", b'"', b"'", b",", b"..", b"/")
_WIDTHS = (1, 2, 4, 8)
_DEEP = 3000


def changed_bytes(content: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Bytes changed, left out, doubled, cut off, or taken from another input; numbers at the ends of their ranges."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8, 40))):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(9):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 2:
                width = chance.choice(_WIDTHS)
                number = chance.choice(_NUMBERS) & ((1 << 8 * width) - 1)
                changed[at : at + width] = number.to_bytes(width, chance.choice(("little", "big")))
            case 3:
                del changed[at : at + chance.choice((1, 1, 2, 4, 9, 100))]
            case 4:
                changed[at:at] = changed[at : at + chance.choice((1, 4, 30, 500))]
            case 5:
                changed[at:at] = chance.choice(_TEXTS)
            case 6 if others:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                changed[at : at + chance.choice((0, 8, 64))] = other[start : start + chance.choice((4, 32, 256))]
            case 7:
                to = chance.randrange(len(changed) + 1)
                changed[to:to] = changed[at : at + chance.choice((2, 16, 64))]
            case 8 if chance.random() < 0.2:
                del changed[at:]
    return bytes(changed)


def changed_text(text: str, chance: random.Random, words: Sequence[str] = ()) -> str:
    """Numbers, words and characters of a text exchanged, left out or doubled."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        numbers = [match.span() for match in re.finditer(r"-?\d[\d.e+-]*", text)]
        tokens = [match.span() for match in re.finditer(r"[A-Za-z_][\w.]*", text)]
        match chance.randrange(6):
            case 0 | 1 if numbers:
                start, end = chance.choice(numbers)
                text = text[:start] + chance.choice(_DIGITS) + text[end:]
            case 2 if tokens and words:
                start, end = chance.choice(tokens)
                text = text[:start] + chance.choice(words) + text[end:]
            case 3 if tokens:
                start, end = chance.choice(tokens)
                text = text[:start] + text[end:] if chance.random() < 0.5 else text[:end] + text[start:]
            case 4 if chance.random() < 0.1:
                at = chance.randrange(len(text) + 1)
                text = text[:at] + chance.choice("([{=, \"'") * chance.choice((50, _DEEP)) + text[at:]
            case _:
                text = changed_bytes(text.encode("utf-8", "replace"), chance).decode("utf-8", "replace")
    return text


def hostile_value(chance: random.Random) -> Any:
    """A value of JSON that is rarely what was expected."""
    deep: Any = []
    if chance.random() < 0.02:
        for _ in range(_DEEP // 10):
            deep = [deep]
    return chance.choice(
        (
            *(None, True, False, 0, 1, -1, 2**31, 2**63, 2**64, -(2**63), 10**30, 0.5, -0.0, 1e308, 1e-320),
            *(float("nan"), float("inf"), "", "x", "\0", "\ud800", "\u202e", "9" * 400, "../x", "<script>", "=1+1"),
            *([], {}, [None], [[]], {"": None}, {"kind": "x"}, ["x"] * 50, deep),
        )
    )


def changed_tree(value: Any, chance: random.Random) -> Any:
    """A JSON tree in which a value or a name was exchanged, left out or added."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name, changed = chance.choice(sorted(value)), dict(value)
        match chance.randrange(8):
            case 0:
                del changed[name]
            case 1:
                changed[chance.choice((f"{name} ", "", "x", name.upper()))] = changed.pop(name)
            case 2:
                changed[chance.choice((f"{name}2", "extra"))] = hostile_value(chance)
            case _:
                changed[name] = changed_tree(value[name], chance)
        return changed
    if isinstance(value, list) and value and chance.random() < 0.85:
        at, listed = chance.randrange(len(value)), list(value)
        match chance.randrange(6):
            case 0:
                del listed[at]
            case 1:
                listed.insert(at, listed[at])
            case _:
                listed[at] = changed_tree(value[at], chance)
        return listed
    if isinstance(value, str) and chance.random() < 0.5:
        return changed_text(value, chance)
    if isinstance(value, int | float) and chance.random() < 0.3:
        return value + chance.choice((-1, 1, 0.5, 1000))
    return hostile_value(chance)
