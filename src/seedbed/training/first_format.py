"""How the first version of Seedbed wrote down how a run ended: a status and, in English, what went wrong."""

import re

from seedbed.training.outcome import FINISHED, Kind, Outcome

_CONSTANT = re.compile(r"constant answer: class '(.*)'", re.DOTALL)
_DIVERGED = re.compile(r"diverged: loss is not finite at step (\d+)")


def outcome_of(status: str, note: str) -> Outcome | None:
    """The outcome that an old run file or ledger states; None for a run that had not ended.

    Raises
    ------
    ValueError
        These are not words of the first version.
    """
    if status == "running":
        return None
    if status == "diverged" and (found := _DIVERGED.fullmatch(note)):
        return Outcome(Kind.DIVERGED, step=int(found[1]))
    if status == "finished":
        if not note:
            return FINISHED
        if found := _CONSTANT.fullmatch(note):
            return Outcome(Kind.ONE_ANSWER, answer=found[1])
    raise ValueError(f"status '{status}' with the note '{note}'")
