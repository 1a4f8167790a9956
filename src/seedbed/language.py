"""The language of texts for people: English templates in the code, their translations beside it.

::

    with speaking("ko"):
        phrase("Each mean rests on {runs} with different random seeds.", runs="5개")

A translation may ask for a Korean particle that fits what stands before it: ``{title:은}`` gives 은 or 는 by the last
sound, ``{x:이}`` 이 or 가, ``{x:을}`` 을 or 를, ``{x:와}`` 과 or 와, ``{x:로}`` 으로 or 로. What is no Hangul counts as
Koreans read it:

- Digits by their names, and 10, 100, … end in a consonant as 0 does; ``%`` is 퍼센트, ``+`` 플러스.
- A Latin capital by its name: only L, M, N and R end in a consonant.
- A Latin word ends in a consonant with l, m, n or ng, l, m or n also before a silent e, and with b, c, g, k, p or t
  behind a vowel.
- What stands in brackets at the end is not read; quotes and stops are passed over.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from seedbed.errors import LanguageError

LANGUAGES = ("en", "ko")
"""English, the language of the templates, and Korean."""

_SPOKEN = ContextVar("seedbed_language", default=LANGUAGES[0])

_PARTICLES = {"은": ("은", "는"), "이": ("이", "가"), "을": ("을", "를"), "와": ("과", "와"), "로": ("으로", "로")}
"""After a consonant, and after a vowel."""

_PASSED_OVER = "'\"’”.,:;… "
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS, _RIEUL = ord("가"), ord("힣"), 28, 8
_CAPITALS = {letter: "" for letter in "ABCDEFGHIJKOPQSTUVWXYZ"} | {"L": "ㄹ", "M": "ㄴ", "N": "ㄴ", "R": "ㄹ"}
_WORD = re.compile(r"(?:[lmn]|ng|[aeiou][lmn]e|[aeiou][bcgkpt])$")


class _Korean(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec in _PARTICLES:
            return f"{value}{_particle(str(value), format_spec)}"
        formatted: str = super().format_field(value, format_spec)
        return formatted


_FORMATTERS = {"en": Formatter(), "ko": _Korean()}


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let ``phrase`` give one of ``LANGUAGES`` inside the block.

    Raises
    ------
    LanguageError
        It is none of them.
    """
    if language not in LANGUAGES:
        raise LanguageError(f"language '{language}': expected one of {', '.join(LANGUAGES)}.")
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> str:
    """The language of ``phrase`` here and now."""
    return _SPOKEN.get()


def phrase(template: str, /, **values: Any) -> str:
    """A text in the language that is spoken.

    Parameters
    ----------
    template : str
        English, with named places as ``str.format`` has them; a literal, so that tests find all of them.
    **values
        For the places.

    Raises
    ------
    LanguageError
        The language lacks the template.
    """
    language = _SPOKEN.get()
    if language != LANGUAGES[0]:
        try:
            template = translations(language)[template]
        except KeyError:
            raise LanguageError(
                f"language '{language}': expected a translation of '{template}' in languages/{language}.toml, found "
                "none; add it there."
            ) from None
    return _FORMATTERS[language].vformat(template, (), values)


@cache
def translations(language: str) -> dict[str, str]:
    """All templates of a language by their English ones."""
    text = (files("seedbed") / "languages" / f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _particle(text: str, kind: str) -> str:
    """The form of a particle that fits the last sound."""
    final = _final(text)
    # After ㄹ 로 stands as after a vowel.
    is_closed = bool(final) and not (kind == "로" and final == "ㄹ")
    return _PARTICLES[kind][0 if is_closed else 1]


def _final(text: str) -> str:
    """``ㄹ``, another consonant as ``ㄴ``, or nothing: how a text ends when it is read aloud."""
    text = _without_brackets(unicodedata.normalize("NFC", text))
    last = text[-1:]
    if last and _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        final = (ord(last) - _FIRST_SYLLABLE) % _FINALS
        return "" if final == 0 else "ㄹ" if final == _RIEUL else "ㄴ"
    if last.isdigit():
        return "ㄹ" if last in "178" else "ㄴ" if last in "036" else ""
    if last in _CAPITALS:
        return _CAPITALS[last]
    if found := _WORD.search(text.lower()):
        return "ㄹ" if "l" in found[0] else "ㄴ"
    return ""


def _without_brackets(text: str) -> str:
    """Without the brackets at the end, unless there is nothing else."""
    text = text.rstrip(_PASSED_OVER)
    depth = 0
    if text[-1:] in _BRACKETS:
        for place in range(len(text) - 1, -1, -1):
            depth += (text[place] in _BRACKETS) - (text[place] in _BRACKETS.values())
            if depth == 0:
                before = text[:place].rstrip(_PASSED_OVER)
                return _without_brackets(before) if before else _without_brackets(text[place + 1 : -1])
    return text
