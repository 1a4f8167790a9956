"""How a run ended, as data; words are made of it where people read it."""

from dataclasses import dataclass
from enum import StrEnum

from seedbed.language import phrase


class Kind(StrEnum):
    """The ways in which a run ends."""

    FINISHED = "finished"
    ONE_ANSWER = "one_answer"
    DIVERGED = "diverged"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    kind : Kind
        ``finished``; ``one_answer``: finished, but all test images get the same answer, though they are of several
        classes; ``diverged``: the loss was not finite; ``stopped``: a person ended it before its last epoch.
    step : int
        Of a run that diverged or was stopped: the step that did, or the last one taken, from 1; else 0.
    answer : str
        Of a run with one answer: the class; else empty.
    """

    kind: Kind
    step: int = 0
    answer: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether all of the run was done, so that its errors count."""
        return self.kind in (Kind.FINISHED, Kind.ONE_ANSWER)

    @property
    def text(self) -> str:
        """What went wrong, in the language that is spoken; empty if nothing did."""
        match self.kind:
            case Kind.ONE_ANSWER:
                return phrase("constant answer: class '{name}'", name=self.answer)
            case Kind.DIVERGED:
                return phrase("diverged: loss is not finite at step {step}", step=self.step)
            case Kind.STOPPED:
                return phrase("stopped after step {step}", step=self.step)
        return ""


FINISHED = Outcome(Kind.FINISHED)
