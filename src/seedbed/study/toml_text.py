"""TOML that somebody else may have written: bounded before it is parsed."""

import re
import tomllib
from pathlib import Path
from typing import Any

from seedbed.errors import StudyError

MOST_BYTES = 1_000_000
"""Of a file; the longest study that comes with Seedbed has 15,000."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
# Python's parser takes memory for the square of the number of parts of a key.
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{32}}")


def read_toml_file(path: str | Path, what: str) -> str:
    """The text of a file.

    Parameters
    ----------
    path : str or Path
    what : str
        For messages: ``study file``.

    Raises
    ------
    StudyError
        It is no regular file, cannot be read, is no UTF-8, or is longer than `MOST_BYTES`.
    """
    where = f"{what} '{path}'"
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise StudyError(f"{where} cannot be read: it is no file.")
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise StudyError(f"{where}: expected at most {MOST_BYTES:,} bytes, got more.")
        return content.decode("utf-8").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"{where} cannot be read: {reason}.") from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Its values.

    Parameters
    ----------
    text : str
    where : str
        What it is, for messages: ``study file 'mine.toml'``.

    Raises
    ------
    StudyError
        It is no TOML, or nests too deep.
    """
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise StudyError(f"{where} is no study: a key of more than 32 parts (at line {line}).")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise StudyError(f"{where} is no TOML that can be read: its lists or tables nest too deep.") from None
    except ValueError as error:
        # Python reads no whole number of more than 4,300 digits, and says so in a ValueError of another kind.
        told = error if isinstance(error, tomllib.TOMLDecodeError) else "a number of thousands of digits"
        raise StudyError(f"{where} is no TOML: {told}.") from None
