"""Small tables for notebooks: what ``_repr_html_`` returns."""

from collections.abc import Iterable, Sequence
from html import escape

from seedbed.formatting import printable


def html_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; every text is escaped.

    Parameters
    ----------
    headings : sequence of str
    rows : iterable of sequence of str
        As many cells in each as there are headings.
    """
    head = "".join(f"<th>{escape(printable(text))}</th>" for text in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(printable(text))}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
