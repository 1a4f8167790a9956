"""``--json``: the one writer of what commands answer to programs; docs/json.md has the keys of every shape."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from seedbed import __version__

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout: docs/json.md.")]


def print_json(shape: str, values: Mapping[str, Any], is_line: bool = False) -> None:
    """Print one object: the version of Seedbed, the name and version of its shape, and the values.

    What is not finite is null; only ASCII is written, so that no terminal or pipe loses a character.

    Parameters
    ----------
    shape : str
        ``"train/1"``; the number grows when a key goes or changes its meaning, not when one is added.
    values : mapping
    is_line : bool
        On one line, where a command prints several.
    """
    from seedbed.report.numbers import plain_dict

    content = {"seedbed": __version__, "shape": shape} | plain_dict(values)
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, indent=None if is_line else 1)
    sys.stdout.write(text + "\n")
