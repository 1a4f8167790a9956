"""Why a run has no result, as data; words are made of it where people read it."""

from dataclasses import dataclass
from typing import Literal

from seedbed.language import phrase
from seedbed.store import Damage


@dataclass(frozen=True)
class ErrorRaised:
    """Training refused to go on, with a message for people."""

    message: str
    kind: Literal["error"] = "error"

    @property
    def text(self) -> str:
        """What has no translation is quoted in one."""
        return phrase("{message}", message=self.message.rstrip("."))


@dataclass(frozen=True)
class OutOfMemory:
    """There was not enough memory for it."""

    kind: Literal["memory"] = "memory"

    @property
    def text(self) -> str:
        return phrase("not enough memory")


@dataclass(frozen=True)
class WorkerKilled:
    """A signal ended its process."""

    signal: str
    kind: Literal["killed"] = "killed"

    @property
    def text(self) -> str:
        if self.signal == "SIGKILL":
            return phrase("its process was killed ({name}, perhaps because memory ran out)", name=self.signal)
        return phrase("its process was killed ({name})", name=self.signal)


@dataclass(frozen=True)
class WorkerExited:
    """Its process ended by itself; ``words`` is the last line that it wrote to its standard error."""

    status: int
    words: str = ""
    kind: Literal["exited"] = "exited"

    @property
    def text(self) -> str:
        if self.words:
            return phrase("its process ended with status {code}: {words}", code=self.status, words=self.words)
        return phrase("its process ended with status {code}", code=self.status)


@dataclass(frozen=True)
class FileReplaced:
    """Its finished file is not the one that its worker wrote."""

    kind: Literal["replaced"] = "replaced"

    @property
    def text(self) -> str:
        return phrase("something else wrote to its file")


@dataclass(frozen=True)
class GivenUp:
    """It failed too often; the last time for ``reason``."""

    reason: "WorkerKilled | WorkerExited | FileReplaced"
    times: int
    kind: Literal["given_up"] = "given_up"

    @property
    def text(self) -> str:
        return phrase("{reason}, {times} times; given up", reason=self.reason.text, times=self.times)


@dataclass(frozen=True)
class FileDamaged:
    """It is done, but its file cannot be read."""

    damage: Damage
    kind: Literal["damaged"] = "damaged"

    @property
    def text(self) -> str:
        return phrase("{reason}; run the study again to replace it", reason=self.damage.text)


Death = WorkerKilled | WorkerExited | FileReplaced
Reason = ErrorRaised | OutOfMemory | GivenUp | FileDamaged


@dataclass(frozen=True)
class RunFailure:
    """A run that was given up, or that is left out of a result.

    Attributes
    ----------
    title : str
        What people call its recipe.
    seed : int
    reason : Reason
    is_winner : bool
        Whether it is one of the last runs of a sweep, of the point in the title.
    """

    title: str
    seed: int
    reason: Reason
    is_winner: bool = False

    @property
    def text(self) -> str:
        """A sentence in the language that is spoken."""
        title = phrase("winner ({point})", point=self.title) if self.is_winner else self.title
        reason = self.reason.text
        if isinstance(self.reason, FileDamaged):
            return phrase("{title}, seed {seed} is left out: {reason}.", title=title, seed=self.seed, reason=reason)
        return phrase("{title}, seed {seed} failed: {reason}.", title=title, seed=self.seed, reason=reason)
