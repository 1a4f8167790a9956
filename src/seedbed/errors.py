"""Every exception that Seedbed raises on purpose.

    SeedbedError                a message for a person: which object, what was expected, what came, what to do next
    ├── NotationError           a text such as ``conv2d(6, 5)`` or ``sgd(lr=0.1)`` cannot be read
    ├── NetworkError            layers do not fit together or to the data
    ├── RecipeError             a setting of a recipe is out of its range
    ├── DataError               a data set is unknown, missing, damaged or cannot be fetched
    ├── EngineError             an engine lacks a layer, an instruction set or a device
    ├── StoreError              a workspace, ledger or run file cannot be read or written
    ├── StudyError              a study file is wrong or a study is unknown
    ├── LanguageError           a language is unknown or lacks a text
    ├── StatisticsError         numbers that a method of statistics does not take; also a ValueError
    └── EstimatorError          what an estimator does not take, or a run of it that failed; also a ValueError

The command line prints the message of a SeedbedError without a traceback and exits with status 2. Forms and JSON take
its fields (``to_dict``), so that the same error stands at the place where it belongs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class SeedbedError(Exception):
    """Base of all deliberate errors; catch it to catch them all.

    Parameters
    ----------
    message : str
        For a person. If left out it is composed from the rest: ``batch_size: expected a whole number of at least 1, got
        0.``, and the hint.
    field : str
        What it is about, as a path from the outermost setting: ``batch_size``, ``optimizer.lr``, ``network.conv2``.
    expected, got : str
        What would have been right, and what came.
    hint : str
        What to do next, a sentence.
    text : str
        What was read when it happened, such as ``flatten linear(ten)``.
    span : (int, int), optional
        The part of ``text`` that is wrong: its first character, from 0, and the one behind its last.
    """

    def __init__(
        self,
        message: str = "",
        *,
        field: str = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        text: str = "",
        span: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(message or compose(field, expected, got, hint))
        self.field, self.expected, self.got, self.hint, self.text, self.span = field, expected, got, hint, text, span

    def details(self) -> dict[str, Any]:
        """All but the message, by the names of the parameters: for an error that says more of the same."""
        return {name: getattr(self, name) for name in ("field", "expected", "got", "hint", "text", "span")}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and forms: ``kind``, ``message`` and the fields; ``span`` is a list or null."""
        span = None if self.span is None else list(self.span)
        return {"kind": type(self).__name__, "message": str(self)} | self.details() | {"span": span}


class NotationError(SeedbedError):
    """A text such as ``conv2d(6, 5)`` or ``sgd(lr=0.1)`` cannot be read."""


class NetworkError(SeedbedError):
    """Layers do not fit together or to the data."""


class RecipeError(SeedbedError):
    """A setting of a recipe is out of its range."""


class DataError(SeedbedError):
    """A data set is unknown, missing, damaged or cannot be fetched."""


class EngineError(SeedbedError):
    """An engine lacks a layer, an instruction set or a device."""


class StoreError(SeedbedError):
    """A workspace, ledger or run file cannot be read or written."""


class StudyError(SeedbedError):
    """A study file is wrong or a study is unknown."""


class LanguageError(SeedbedError):
    """A language is unknown or lacks a text."""


class StatisticsError(SeedbedError, ValueError):
    """Numbers that a method of statistics does not take."""


class EstimatorError(SeedbedError, ValueError):
    """What a scikit-learn estimator does not take, or a run of it that failed: scikit-learn expects a ValueError."""


def compose(field: str, expected: str, got: str = "", hint: str = "") -> str:
    """The one shape of all messages with fields: ``field: expected …, got …. Hint.``"""
    came = f", got {got}" if got else ""
    return " ".join(part for part in (f"{field}:" if field else "", f"expected {expected}{came}.", hint) if part)


@contextmanager
def inside(field: str) -> Iterator[None]:
    """Put a setting's name before the field of every SeedbedError of the block: ``lr`` becomes ``optimizer.lr``."""
    try:
        yield
    except SeedbedError as error:
        error.field = f"{field}.{error.field}" if error.field else field
        raise
