"""From a document to one HTML text: templates and styles are files beside this module."""

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from seedbed.formatting import printable, standing_text
from seedbed.language import phrase, spoken

if TYPE_CHECKING:
    from seedbed.report.document import Document
    from seedbed.report.tables import Cell


def render_html(document: "Document", is_open: bool = False) -> str:
    """Fill in the template; every text is escaped, and only figures of this package are taken as they are.

    Parameters
    ----------
    document : Document
    is_open : bool
        Unfold what a reader would unfold by a click: for paper.
    """
    environment = _environment()
    style = Markup("\n").join(Markup(source(name)) for name in ("colours.css", "report.css"))
    return environment.get_template("report.html").render(
        page=document, style=style, is_open=is_open, language=spoken()
    )


def source(name: str) -> str:
    """The text of a file among the templates."""
    environment = _environment()
    return environment.loader.get_source(environment, name)[0]  # type: ignore[union-attr]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("seedbed.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_readable,
    )
    environment.filters |= {"drawing": Markup, "standing": standing_text, "unbroken": _unbroken, "heading": _heading}
    environment.globals["phrase"] = phrase
    return environment


def _unbroken(text: str) -> Markup:
    """Keep names such as LeNet-5 on one line: a browser would break them after the hyphen."""
    words = [
        Markup('<span class="word">{}</span>').format(word) if "-" in word and len(word) <= 16 else escape(word)
        for word in printable(text).split(" ")
    ]
    return Markup(" ").join(words)


def _heading(cell: "Cell") -> str:
    """The head of a column on one line, for a row that is shown as a card."""
    return ", ".join(text for text in (cell.text, " ".join(cell.note.split())) if text)


def _readable(value: object) -> object:
    return printable(value) if type(value) is str else value
