"""Sentences that stand in every report: how it was measured, how to get it again, what lies beside it."""

from typing import TYPE_CHECKING

from seedbed.formatting import listed
from seedbed.language import LANGUAGES, phrase, spoken
from seedbed.report.document import Answer
from seedbed.study.method_wording import method_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedbed.study.study_result import StudyResult


def quick() -> str:
    """What a small size does not tell."""
    return phrase("Published figures come from full runs; what differs here may not differ there.")


def first_look(size: str) -> Answer:
    """What stands in the place of verdicts where training was too short for them."""
    return Answer(
        "",
        phrase("A first look"),
        (
            phrase(
                "{size}: enough to see that everything runs and where the errors begin, too short to say who is right. "
                "The claims are judged by the study in full; what they look like so far stands further down.",
                size=size[:1].upper() + size[1:],
            ),
        ),
    )


def again_study() -> str:
    """What the command of a study does."""
    return phrase(
        "The same command resumes an unfinished study and repeats a finished one; equal seeds give equal results."
    )


def again_sweep() -> str:
    """What the command of a sweep does."""
    return phrase(
        "The same command resumes an unfinished sweep and repeats a finished one; equal seeds give equal results."
    )


def methods(result: "StudyResult") -> tuple[str, ...]:
    """How the errors were measured and compared, and what is done with runs that went wrong."""
    return (
        phrase(
            "A run is one recipe with one random seed, which decides the first values of the parameters, the order of "
            "the images, and all else that is drawn. Its test error is the share of all test images that it answers "
            "wrongly after its last epoch; with early stopping, after the epoch with the lowest validation error. "
            "Seedbed chooses nothing by test images. Intervals of a mean are Student's t over the seeds, at 95%, cut "
            "off at 0 and 100."
        ),
        *method_text(result.claims, result.most_seeds, result.looks),
        *_own_parts(result),
    )


def _own_parts(result: "StudyResult") -> list[str]:
    names = sorted({name for variant in result.variants for name in variant.recipe.own_parts})
    if not names:
        return []
    return [
        phrase(
            "Some runs use parts of the user's own, whose code Seedbed knows by its fingerprint alone: {names}.",
            names=listed(names),
        )
    ]


def command_text(command: str) -> str:
    """The command that made a page, with the language of the page."""
    return command if spoken() == LANGUAGES[0] else f"{command} --lang {spoken()}"


def written_by(version: str) -> str:
    """The last line."""
    if not version:
        return phrase("Written by Seedbed.")
    return phrase("Written by Seedbed {version}.", version=version)


def runs_beside(json_name: str, csv_name: str) -> str:
    """Which files hold the numbers, those of each run among them."""
    return phrase(
        "The numbers of this report lie beside it: all in {json_name}, and in {csv_name} a row for each run.",
        json_name=json_name,
        csv_name=csv_name,
    )


def compact_beside(json_name: str) -> str:
    """Which file holds the numbers of a compact report, and what there is without ``--compact``."""
    return phrase(
        "This report is compact: the numbers that its sentences rest on lie beside it in {json_name}. Without "
        "--compact it has pictures of the mistakes too, and beside it every epoch of every run "
        "and tables for a spreadsheet.",
        json_name=json_name,
    )


def tables_beside(names: "Sequence[str]") -> list[str]:
    """Which further tables there are, if any."""
    return [phrase("More tables: {names}.", names=listed(names))] if names else []


def wrong_answers_beside(json_name: str, csv_name: str) -> str:
    """Which files hold the numbers, and the wrong answers."""
    return phrase(
        "The numbers of this report lie beside it: all in {json_name}, and in {csv_name} a row for each wrong answer.",
        json_name=json_name,
        csv_name=csv_name,
    )
