"""Packages that only some observers need."""

import importlib
import sys
from typing import Any

from seedbed.errors import EngineError


def imported(package: str, extra: str) -> Any:
    """A package of an extra.

    Raises
    ------
    EngineError
        It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        hint = f"Install it: {sys.executable} -m pip install 'seedbed[{extra}]'"
        raise EngineError(
            f"observer {extra} needs the package {package}, which is not installed. {hint}",
            field="observers",
            expected=package,
            got="none",
            hint=hint,
        ) from None
