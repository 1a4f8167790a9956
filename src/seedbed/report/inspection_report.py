"""What can be seen of one network, as files or inside a notebook."""

from collections.abc import Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.language import LANGUAGES, speaking

if TYPE_CHECKING:
    from seedbed.insight import Inspection
    from seedbed.report.document import Document
    from seedbed.report.inspection import Subject

_NOTEBOOK_PX = 640


class InspectionReport:
    """The figures of one network; a notebook shows them inline.

    Parameters
    ----------
    inspection : Inspection
    subject : Subject
        Its title, its history, and what else the inspection does not know; its texts in the same language.
    lang : str
        Of ``LANGUAGES``: ``en`` or ``ko``.
    """

    def __init__(self, inspection: "Inspection", subject: "Subject", lang: str = LANGUAGES[0]) -> None:
        self.inspection, self.subject, self.lang = inspection, subject, lang

    def write(self, path: str | Path, formats: Sequence[str] = ("html",)) -> Path:
        """Write the page in each format, its numbers as JSON and CSV, and all wrong answers as CSV.

        Parameters
        ----------
        path : str or Path
            Each format puts its own suffix, in the place of another format's.
        formats : sequence of str
            ``html``, ``md``, ``pdf``.

        Returns
        -------
        Path
            The file in the first format.

        Raises
        ------
        LanguageError
            There is no such language.
        StoreError
            A file cannot be written, or no browser is there to print a PDF.
        """
        from seedbed.report import boilerplate
        from seedbed.report.inspection import inspection_numbers, inspection_rows, wrong_rows
        from seedbed.report.writing import write_document

        with speaking(LANGUAGES[0]):
            numbers = inspection_numbers(self.inspection, self.subject)
            rows, tables = wrong_rows(self.inspection), {"inside": inspection_rows(self.inspection)}
        with speaking(self.lang):
            beside = boilerplate.wrong_answers_beside
            return write_document(self._document, path, formats, numbers, rows, beside, tables)

    def write_mistakes(self, path: str | Path) -> Path:
        """Write an HTML page with every misclassified test image, by label and answer.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        from seedbed.report.mistakes_page import write_mistakes_page

        with speaking(self.lang):
            return write_mistakes_page(self.inspection, Path(path), self.subject.title)

    def html(self) -> str:
        """The page as one HTML text that needs nothing else."""
        from seedbed.report.html import render_html

        with speaking(self.lang):
            return render_html(self._document)

    @cached_property
    def _document(self) -> "Document":
        from seedbed.report.inspection import build_inspection

        return build_inspection(self.inspection, self.subject)

    def _repr_html_(self) -> str:
        # A frame keeps the styles of page and notebook apart.
        style = f"width: 100%; height: {_NOTEBOOK_PX}px; border: 1px solid #8888"
        return f'<iframe srcdoc="{escape(self.html())}" style="{style}" title="{escape(self.subject.title)}"></iframe>'
