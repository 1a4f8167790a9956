"""Sentences that stand in every report: how it was measured, how to get it again, what lies beside it."""

from typing import TYPE_CHECKING

from seedbed.study.wording import method_text

if TYPE_CHECKING:
    from seedbed.study.result import StudyResult

QUICK = "Published figures come from full runs; what differs here may not differ there."
AGAIN_STUDY = "The same command resumes an unfinished study and repeats a finished one; equal seeds give equal results."
AGAIN_SWEEP = "The same command resumes an unfinished sweep and repeats a finished one; equal seeds give equal results."
ROW_RUN, ROW_WRONG = "run", "wrong answer"


def methods(result: "StudyResult") -> tuple[str, ...]:
    """How the errors were measured and compared, and what is done with runs that went wrong."""
    return (
        "A run is one recipe with one random seed, which decides the first values of the parameters, the order of the "
        "images, and all else that is drawn. Its test error is the share of all test images that it answers wrongly "
        "after its last epoch; with early stopping, after the epoch with the lowest validation error. Seedbed chooses "
        "nothing by test images. Intervals of a mean are Student's t over the seeds, at 95%.",
        *method_text(result),
    )


def written_by(version: str) -> str:
    """The last line."""
    return f"Written by Seedbed{f' {version}' if version else ''}."


def beside(json_name: str, csv_name: str, row: str) -> str:
    """Which files hold the numbers; ``row`` is what a row of the second stands for."""
    return f"The numbers of this report lie beside it: all in {json_name}, and in {csv_name} a row for each {row}."
