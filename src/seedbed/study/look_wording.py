"""Looks at a study in plain words."""

from typing import TYPE_CHECKING

from seedbed.formatting import listed, number
from seedbed.language import phrase

if TYPE_CHECKING:
    from seedbed.study.looks import Looks


def look_text(looks: "Looks") -> str:
    """Which look this is and what follows from it; empty for the first one, with all that was planned."""
    if not looks.are_many:
        return "" if looks.is_recorded else _unrecorded()
    parts = [_which(looks)]
    parts.append(
        phrase(
            "Claims that one variant errs less are judged by a test that allows for looks; claims of other kinds have "
            "a verdict only once all planned seeds are there."
        )
    )
    if any(looks.tested_before):
        parts.append(
            phrase(
                "At an earlier look a test of a fixed number of seeds was made at 5%. So a false verdict at any of the "
                "looks has a chance of at most {chance}%.",
                chance=number(100 * looks.chance, 1),
            )
        )
    else:
        parts.append(
            phrase(
                "A false verdict at any look so far has a chance of at most {chance}%.",
                chance=number(100 * looks.chance, 1),
            )
        )
    if not looks.is_recorded:
        parts.append(_unrecorded())
    return " ".join(parts)


def _which(looks: "Looks") -> str:
    if looks.is_early:
        text = phrase(
            "Look {number}: the verdicts were computed before all planned seeds were there, with {seeds} of {planned} "
            "runs of each variant.",
            number=looks.number,
            seeds=_range(looks.seeds),
            planned=_range(looks.planned),
        )
    else:
        text = phrase(
            "Look {number}, with {seeds} runs of each variant.", number=looks.number, seeds=_range(looks.seeds)
        )
    if looks.before:
        seeds = listed([str(count) for count in looks.before])
        text += " " + phrase("Before, it was looked at with up to {seeds} runs of a variant.", seeds=seeds)
    return text


def _range(counts: tuple[int, int]) -> str:
    if counts[0] == counts[1]:
        return str(counts[0])
    return phrase("{low} to {high}", low=counts[0], high=counts[1])


def _unrecorded() -> str:
    return phrase("The workspace could not be written, so later looks do not know of this one.")
