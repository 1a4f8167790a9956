"""From a document to Markdown, as GitHub shows it, with the figures as SVG files beside it."""

import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from seedbed.formatting import printable, standing_text
from seedbed.language import phrase
from seedbed.report.document import pictures
from seedbed.report.html import source

if TYPE_CHECKING:
    from seedbed.report.document import Document

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$&])")
_MARGIN_PX = 16


def render_markdown(document: "Document", folder: str) -> str:
    """Fill in the template.

    Parameters
    ----------
    document : Document
    folder : str
        Where the files of `svg_files` will lie, relative to the text.
    """
    text = _environment().get_template("report.md").render(page=document, folder=folder)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def svg_files(document: "Document") -> dict[str, str]:
    """Each figure as a file of its own, by name: it brings its colours along, for light and for dark."""
    blocks = [block for section in document.sections for block in section.blocks]
    return {f"{figure.name}.svg": standalone(figure.picture.wide) for figure in pictures(blocks) if figure.picture}


def standalone(svg: str) -> str:
    """A figure of a page as a document of its own, on a ground of its own."""
    attributes, body = re.fullmatch(r"<svg([^>]*)>(.*)</svg>", svg, re.DOTALL).groups()  # type: ignore[union-attr]
    width, height = (float(re.search(rf' {name}="([\d.]+)"', attributes)[1]) for name in ("width", "height"))  # type: ignore[index]
    outer = (width + 2 * _MARGIN_PX, height + 2 * _MARGIN_PX)
    kept = re.sub(r' (?:viewBox|width|height)="[^"]*"', "", attributes)
    box = f"{-_MARGIN_PX} {-_MARGIN_PX} {outer[0]:g} {outer[1]:g}"
    ground = f'<rect x="{-_MARGIN_PX}" y="{-_MARGIN_PX}" width="100%" height="100%" fill="var(--surface)"/>'
    style = f"<style>{source('colours.css')}svg {{ font-family: var(--sans); }}</style>"
    size = f'viewBox="{box}" width="{outer[0]:g}" height="{outer[1]:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}{kept}>{style}{ground}{body}</svg>\n'


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("seedbed.report"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": _plain,
        "typed": _typed,
        "fenced": _fenced,
        "standing": standing_text,
        "printable": printable,
    }
    environment.globals["phrase"] = phrase
    return environment


def _plain(text: str) -> str:
    """Text that means itself, on one line; a line break inside a cell stays one."""
    lines = [" ".join(_SPECIAL.sub(r"\\\1", line).split()) for line in printable(text).split("\n")]
    joined = "<br>".join(line for line in lines if line)
    # A number with a dot, a plus or a dash would begin a list.
    return re.sub(r"^(\d+(?=[.)] )|(?=[+-] ))", r"\1\\", joined)


def _typed(text: str) -> str:
    """Code within a line or a cell."""
    return f"<code>{escape(' '.join(printable(text).split()))}</code>".replace("|", "&#124;")


def _fenced(text: str) -> str:
    """A block of code, with a fence that its text does not hold."""
    kept = printable(text)
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", kept)), default=0))
    return f"{fence}text\n{kept}\n{fence}"
