"""Packages that only some forms need."""

import sys
from importlib.util import find_spec

from seedbed.errors import EngineError

_NEEDS = {"onnx": (("onnx",),), "keras": (("keras",), ("torch", "tensorflow", "jax"))}
"""Of each form the packages that it needs, one of each group."""


def require(form: str) -> None:
    """Refuse a form whose packages are not installed.

    Raises
    ------
    EngineError
    """
    for group in _NEEDS.get(form, ()):
        if not any(find_spec(name) for name in group):
            hint = f"Install it: {sys.executable} -m pip install 'seedbed[{form}]'"
            message = f"export to {form} needs the package {group[0]}, which is not installed. {hint}"
            raise EngineError(message, field="to", expected=group[0], got="none", hint=hint)
