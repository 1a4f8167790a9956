"""Engines by name. An engine's own libraries are imported when it is first asked for."""

from seedbed.engine.base import Engine
from seedbed.errors import EngineError

ENGINES = ("native", "reference")
"""Names of all engines; the first is the default."""


def load_engine(name: str) -> Engine:
    """Get an engine by name.

    Raises
    ------
    EngineError
        No such engine, or it cannot run on this machine.
    """
    if name == "native":
        from seedbed.engine.native import NativeEngine

        return NativeEngine()
    if name == "reference":
        from seedbed.engine.reference import ReferenceEngine

        return ReferenceEngine()
    raise EngineError(f"unknown engine '{name}'. Known: {', '.join(ENGINES)}.")
