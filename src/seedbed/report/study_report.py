"""The report of a study as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.language import LANGUAGES, speaking

if TYPE_CHECKING:
    from seedbed.report.document import Section
    from seedbed.store import Workspace
    from seedbed.study.study_result import StudyResult


def write_study_report(
    result: "StudyResult",
    path: str | Path,
    formats: Sequence[str] = ("html",),
    workspace: "Workspace | None" = None,
    lang: str = LANGUAGES[0],
    is_compact: bool = False,
) -> Path:
    """Write everything that a study found.

    The HTML file needs nothing else: style and figures are inside, and it contains no script. Markdown has its figures
    as SVG files in a folder ``NAME-figures`` beside it; PDF is the HTML printed by an installed browser. ``NAME.json``
    and ``NAME.csv`` hold the numbers, ``NAME-claims.csv`` and ``NAME-inside.csv`` those of the claims and of the
    figures of networks and mistakes. Equal results give equal bytes. A reader of an older report at ``path`` finds that
    one or the whole new one.

    Parameters
    ----------
    result : StudyResult
    path : str or Path
        The file to write or replace; each format puts its own suffix, in the place of another format's.
    formats : sequence of str
        ``html``, ``md``, ``pdf``.
    workspace : Workspace, optional
        Where its runs lie: with it the report looks into recordings and mistakes.
    lang : str
        Of ``LANGUAGES``: ``en`` or ``ko``. The numbers beside the report are the same in each.
    is_compact : bool
        Leave out the pictures of mistakes, and write one small file of numbers (see `compact_numbers`) in place of
        ``NAME.json`` with everything and the CSV files.

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
    # Drawing and templates take a good part of a second to import; whoever writes no report need not wait for them.
    from seedbed.report.compact import compact_numbers
    from seedbed.report.numbers import plain_dict, study_numbers
    from seedbed.report.page import build_page
    from seedbed.report.writing import write_document
    from seedbed.study.translation import translated

    numbers, rows = study_numbers(result), result.records()
    tables = {"claims": result.claim_records()}
    with speaking(lang):
        shown = translated(result)
        inside: Sequence[Section] = ()
        if workspace is not None:
            from seedbed.report.inspection import inside_numbers, inside_rows, study_sections
            from seedbed.study.inside import look_inside

            seen = look_inside(shown, workspace)
            inside = study_sections(seen, has_galleries=not is_compact)
            with speaking(LANGUAGES[0]):
                numbers["inside"] = inside_numbers(seen)
                tables["inside"] = inside_rows(seen)
        if is_compact:
            numbers = compact_numbers(plain_dict(numbers))
        page = build_page(shown, inside)
        return write_document(page, path, formats, numbers, rows, tables=tables, is_compact=is_compact)
