"""A document in the forms that were asked for, and its numbers beside it."""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.errors import StoreError
from seedbed.files import PART_FILES, remove_leftovers, write_file
from seedbed.report import boilerplate
from seedbed.report.compact import compact_text
from seedbed.report.html import render_html
from seedbed.report.markdown import render_markdown, svg_files
from seedbed.report.numbers import Rows, csv_text, json_text
from seedbed.report.paths import FORMATS, report_file, report_place

if TYPE_CHECKING:
    from seedbed.report.document import Document


def write_document(
    document: "Document",
    path: str | Path,
    formats: Sequence[str],
    numbers: Mapping[str, Any],
    rows: Rows,
    beside: Callable[[str, str], str] = boilerplate.runs_beside,
    tables: Mapping[str, Rows] | None = None,
    is_compact: bool = False,
) -> Path:
    """Write ``path`` with each suffix of ``formats``, and its numbers as ``.json`` and ``.csv``.

    A format that cannot be made does not keep back the others; without any nothing is written.

    Parameters
    ----------
    document : Document
    path : str or Path
        With the suffix of a format, which is taken off, or without; its folder is made if it is missing.
    formats : sequence of str
        Of ``FORMATS``.
    numbers : mapping
        Plain values for the JSON file.
    rows : sequence of mappings
        Lines of the CSV file.
    beside : callable
        Takes the names of both files and says what they hold.
    tables : mapping of str to sequence of mappings, optional
        Lines of further CSV files, by what stands after the name of the report in theirs; empty ones are not written.
    is_compact : bool
        One file of numbers, as `compact_numbers` has them, and no CSV.

    Returns
    -------
    Path
        The file in the first format.

    Raises
    ------
    StoreError
        The path is a folder, a format is unknown, no browser prints the PDF, or a file cannot be written.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise StoreError(f"report '{path}': expected formats of {', '.join(FORMATS)}, got '{', '.join(unknown)}'.")
    place = report_place(path)
    data = report_file(place, "json")
    if is_compact:
        told, content = [boilerplate.compact_beside(data.name)], {data: _encoded(compact_text(numbers))}
    else:
        table = report_file(place, "csv")
        more = {place.with_name(f"{place.name}-{name}.csv"): rows for name, rows in (tables or {}).items() if rows}
        told = [beside(data.name, table.name), *boilerplate.tables_beside([file.name for file in more])]
        content = {data: _encoded(json_text(numbers)), table: _encoded(csv_text(rows))}
        content |= {file: _encoded(csv_text(lines)) for file, lines in more.items()}
    document = replace(document, footer=(" ".join(told), *document.footer))
    made, failure = [], None
    for name in formats:
        try:
            content |= _in_format(document, place, name)
            made.append(str(report_file(place, name)))
        except StoreError as error:
            failure = error
    if failure is not None and not made:
        raise failure
    for file, encoded in content.items():
        try:
            write_file(file, encoded)
        except OSError as error:
            raise StoreError(f"report '{file}' cannot be written: {error.strerror or error}.") from None
    if failure is not None:
        raise StoreError(f"{failure} Written are {', '.join(made)}.")
    # What earlier processes left that were killed here.
    for file in content:
        remove_leftovers(file.parent, f".{glob.escape(file.name)}{PART_FILES[1:]}")
    return report_file(place, formats[0])


def _in_format(document: "Document", place: Path, name: str) -> dict[Path, bytes]:
    path = report_file(place, name)
    if name == "html":
        return {path: _encoded(render_html(document))}
    if name == "pdf":
        from seedbed.report.pdf import pdf_of

        return {path: pdf_of(render_html(document, is_open=True))}
    folder = f"{place.name}-figures"
    figures = {place.parent / folder / file: _encoded(svg) for file, svg in svg_files(document).items()}
    return {path: _encoded(render_markdown(document, folder)), **figures}


def _encoded(text: str) -> bytes:
    # A lone surrogate, as file names may hold, has no UTF-8.
    return text.encode("utf-8", errors="replace")
