"""What a runner and its workers say to each other: typed, with a version, one JSON object a line."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Literal

from seedbed.errors import StoreError
from seedbed.runner.failures import ErrorRaised, OutOfMemory
from seedbed.training.events import EpochEnded, Progress
from seedbed.training.outcome import Outcome

VERSION = 1
"""Raised with every change of what is said."""

MESSAGE_START = '{"version": '
"""Of every message, of any version."""


@dataclass(frozen=True)
class Task:
    """What a worker is to do: one run. Files and data go by names, so that a worker need not share a disk.

    Attributes
    ----------
    run : str
        Identity of the run: its file is ``RUN.safetensors``, where to go on if it exists; its recording ``RUN/``.
    recipe : dict
        Plain values of a Recipe.
    seed : int
    engine, data : str
        ``data`` is the name under which the runner published it.
    checkpoint_s : float
        Seconds between two checkpoints.
    is_recorded : bool
    threads : int
        Cores that the run may use, where they do not change its bits.
    """

    run: str
    recipe: dict[str, Any]
    seed: int
    engine: str
    data: str
    checkpoint_s: float
    is_recorded: bool = False
    threads: int = 1
    kind: Literal["task"] = "task"


@dataclass(frozen=True)
class Started:
    """A run begins, or goes on in ``epoch``; 0 for a new one."""

    run: str
    epoch: int
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class Noted:
    """Something worth a line."""

    run: str
    text: str
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True)
class Advanced:
    """Steps were taken; about five times a second."""

    run: str
    progress: Progress
    kind: Literal["advanced"] = "advanced"


@dataclass(frozen=True)
class EpochDone:
    """An epoch was trained and evaluated."""

    run: str
    event: EpochEnded
    kind: Literal["epoch"] = "epoch"


@dataclass(frozen=True)
class Failed:
    """The run cannot be done; if that is fatal, nor can any other."""

    run: str
    reason: ErrorRaised | OutOfMemory
    is_fatal: bool
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Finished:
    """The run has ended and its file is written.

    Attributes
    ----------
    run : str
    outcome : Outcome
    sha256 : str
        Of its file.
    test_error : float or None
        Percent; None if there is none.
    executed_by : str
        Description of the engine.
    seconds, images_per_second : float
    data_source : str
    """

    run: str
    outcome: Outcome
    sha256: str
    test_error: float | None
    executed_by: str
    seconds: float
    images_per_second: float
    data_source: str
    kind: Literal["finished"] = "finished"


Answer = Started | Noted | Advanced | EpochDone | Failed | Finished
Message = Task | Answer


def encode(message: Message) -> str:
    """One line without its end, in ASCII; NaN and infinity stay what they are, half a character becomes ``?``."""
    return json.dumps({"version": VERSION, "message": _sendable(asdict(message))})


def decode(line: str) -> Message:
    """Read what ``encode`` wrote.

    Raises
    ------
    StoreError
        It is no message, or one of another version.
    """
    try:
        values = json.loads(line)
        if not isinstance(values, dict) or values.get("version") != VERSION:
            raise ValueError(f"version {VERSION} was expected")
        message: Message = _adapter().validate_python(values["message"])
    except (ValueError, KeyError, RecursionError) as error:
        raise StoreError(
            f"message of a worker: {_reason(error)}. Let all workers have the same version of Seedbed."
        ) from None
    return message


def _sendable(value: Any) -> Any:
    """Without lone surrogates, which stand in names of files that are no text and which no reader takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sendable(key): _sendable(item) for key, item in value.items()}
    return [_sendable(item) for item in value] if isinstance(value, list | tuple) else value


def _reason(error: Exception) -> str:
    """In one line."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return ": ".join([".".join(map(str, first["loc"])) or "message", first["msg"]])
    return str(error)


@cache
def _adapter() -> Any:
    # pydantic takes a moment to import, and only who reads messages needs it.
    from pydantic import Field, TypeAdapter

    return TypeAdapter(Annotated[Message, Field(discriminator="kind")])
