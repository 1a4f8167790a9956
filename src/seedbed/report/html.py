"""From the content of a page to one HTML text: template and style are files beside this module."""

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from seedbed.report.words import printable

if TYPE_CHECKING:
    from seedbed.report.page import StudyPage
    from seedbed.report.sweep_page import SweepPage


def render(page: "StudyPage | SweepPage", template: str = "study.html") -> str:
    """Fill in a template; every text is escaped, and only figures of this package are taken as they are."""
    environment = _environment()
    style = Markup(environment.loader.get_source(environment, "study.css")[0])  # type: ignore[union-attr]
    return environment.get_template(template).render(page=page, style=style)


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
    environment.filters["drawing"] = Markup
    environment.filters["unbroken"] = _unbroken
    return environment


def _unbroken(text: str) -> Markup:
    """Keep names such as LeNet-5 on one line: a browser would break them after the hyphen."""
    words = [
        Markup('<span class="word">{}</span>').format(word) if "-" in word and len(word) <= 16 else escape(word)
        for word in printable(text).split(" ")
    ]
    return Markup(" ").join(words)


def _readable(value: object) -> object:
    return printable(value) if type(value) is str else value
