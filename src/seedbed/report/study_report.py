"""The report of a study as one file."""

from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.files import replacing

if TYPE_CHECKING:
    from seedbed.study.result import StudyResult


def write_study_report(result: "StudyResult", path: Path) -> Path:
    """Write everything that a study found into one HTML file.

    The file needs nothing else: style and figures are inside, and it contains no script. Equal results give equal
    bytes. A reader of an older report at ``path`` finds that one or the whole new one.

    Parameters
    ----------
    result : StudyResult
    path : Path
        The file to write or replace; its folder must exist.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    # Drawing and templates take a good part of a second to import; whoever writes no report need not wait for them.
    from seedbed.report.html import render
    from seedbed.report.page import build_page

    text = render(build_page(result))
    with replacing(path) as file:
        file.write(text.encode("utf-8", errors="replace"))
    return path
