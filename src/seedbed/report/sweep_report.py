"""The report of a sweep as one file."""

from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.files import replacing

if TYPE_CHECKING:
    from seedbed.study.sweep_result import SweepResult


def write_sweep_report(result: "SweepResult", path: Path) -> Path:
    """Write everything that a sweep found into one HTML file; like ``write_study_report``.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    from seedbed.report.html import render
    from seedbed.report.sweep_page import build_sweep_page

    text = render(build_sweep_page(result), "sweep.html")
    with replacing(path) as file:
        file.write(text.encode("utf-8", errors="replace"))
    return path
