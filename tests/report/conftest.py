"""Writing a report and reading it back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from report_documents import Document

from seedbed.report import write_study_report
from seedbed.study.study_result import StudyResult


@pytest.fixture
def write(tmp_path: Path) -> Callable[[StudyResult], Document]:
    """Write a report and parse it."""

    def write_and_read(result: StudyResult) -> Document:
        path = write_study_report(result, tmp_path / "report.html")
        return Document(path.read_text(encoding="utf-8"))

    return write_and_read
