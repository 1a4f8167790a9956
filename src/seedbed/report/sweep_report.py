"""The report of a sweep as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.language import LANGUAGES, speaking

if TYPE_CHECKING:
    from seedbed.study.sweep_result import SweepResult


def write_sweep_report(
    result: "SweepResult", path: str | Path, formats: Sequence[str] = ("html",), lang: str = LANGUAGES[0]
) -> Path:
    """Write everything that a sweep found; like ``write_study_report``.

    Raises
    ------
    LanguageError
        There is no such language.
    StoreError
        A file cannot be written, or no browser is there to print a PDF.
    """
    from seedbed.report.numbers import sweep_numbers
    from seedbed.report.sweep_page import build_sweep_page
    from seedbed.report.writing import write_document

    numbers, rows = sweep_numbers(result), result.records()
    with speaking(lang):
        return write_document(build_sweep_page(result), path, formats, numbers, rows)
