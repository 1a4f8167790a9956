"""What went wrong in runs, in the language that is spoken: the ledger and the terminal have it in English."""

import re
from collections.abc import Callable

from seedbed.language import phrase

_CONSTANT = re.compile(r"constant answer: class '(.*)'", re.DOTALL)
_DIVERGED = re.compile(r"diverged: loss is not finite at step (\d+)")
_FAILURE = re.compile(r"(.*), seed (\d+) (failed|is left out): (.*)\.", re.DOTALL)
_WINNER = re.compile(r"winner \((.*)\)", re.DOTALL)


def note_text(note: str) -> str:
    """The note of a run."""
    if found := _CONSTANT.fullmatch(note):
        return phrase("constant answer: class '{name}'", name=found[1])
    if found := _DIVERGED.fullmatch(note):
        return phrase("diverged: loss is not finite at step {step}", step=found[1])
    return note


def failure_text(sentence: str) -> str:
    """A sentence of ``StudyResult.failures`` or ``SweepResult.failures``.

    What has no translation, such as the last words of a process, is quoted in one.
    """
    found = _FAILURE.fullmatch(sentence)
    if not found:
        return sentence
    title, seed, fate, reason = found.groups()
    if winner := _WINNER.fullmatch(title):
        title = phrase("winner ({point})", point=winner[1])
    if fate == "failed":
        return phrase("{title}, seed {seed} failed: {reason}.", title=title, seed=seed, reason=_reason(reason))
    return phrase("{title}, seed {seed} is left out: {reason}.", title=title, seed=seed, reason=_reason(reason))


def _reason(text: str) -> str:
    for pattern, told in _REASONS:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return told(*found.groups())
    return phrase("{message}", message=text)


_REASONS: tuple[tuple[str, Callable[..., str]], ...] = (
    (
        r"(.*), (\d+) times; given up",
        lambda reason, times: phrase("{reason}, {times} times; given up", reason=_reason(reason), times=times),
    ),
    (
        r"its process was killed \((\w+), perhaps because memory ran out\)",
        lambda name: phrase("its process was killed ({name}, perhaps because memory ran out)", name=name),
    ),
    (r"its process was killed \((\w+)\)", lambda name: phrase("its process was killed ({name})", name=name)),
    (r"its process ended with status (\d+)", lambda code: phrase("its process ended with status {code}", code=code)),
    (
        r"its process ended with status (\d+): (.*)",
        lambda code, words: phrase("its process ended with status {code}: {words}", code=code, words=words),
    ),
    (r"something else wrote to its file", lambda: phrase("something else wrote to its file")),
    (r"not enough memory", lambda: phrase("not enough memory")),
    (
        r"(run file '.*'.*); run the study again to replace it",
        lambda reason: phrase("{reason}; run the study again to replace it", reason=_reason(reason)),
    ),
    (r"run file '(.*)' is missing", lambda path: phrase("run file '{path}' is missing", path=path)),
    (
        r"run file '(.*)' cannot be read \((.*)\)",
        lambda path, words: phrase("run file '{path}' cannot be read ({words})", path=path, words=words),
    ),
    (
        r"run file '(.*)' is damaged: expected SHA-256 (\w+)…, got (\w+)…",
        lambda path, expected, got: phrase(
            "run file '{path}' is damaged: expected SHA-256 {expected}…, got {got}…",
            path=path,
            expected=expected,
            got=got,
        ),
    ),
    (
        r"run file '(.*)' belongs to another run",
        lambda path: phrase("run file '{path}' belongs to another run", path=path),
    ),
)
