"""SVG for a page: text stays text in the page's font, colours become CSS variables, identifiers are unique.

Nothing here touches pyplot or changes matplotlib's settings, so several threads may draw at once.
"""

import io
import re
import unicodedata
from typing import Literal, TextIO
from xml.etree import ElementTree

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from seedbed.formatting import printable, shortened
from seedbed.report.figures.compaction import compact_svg

_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure whose unit is the CSS pixel; it has no background."""
    return Figure(figsize=(width / 72, height / 72), dpi=72, frameon=False)


def to_svg(figure: Figure, prefix: str, colours: dict[str, str], alt: str) -> str:
    """Draw a figure as an ``<svg>`` element for HTML.

    Parameters
    ----------
    figure : Figure
        From `new_figure`.
    prefix : str
        Starts every identifier in the element; must be unique in the page.
    colours : dict
        CSS value for each colour drawn with, such as ``{"#0072b2": "var(--series-0)"}``.
    alt : str
        What the figure shows, for those who cannot see it; empty marks it as decoration.
    """
    width, height = figure.get_size_inches() * 72
    target = io.StringIO()
    renderer = _PageRenderer(width, height, target)
    figure.draw(renderer)
    renderer.finalize()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(target.getvalue())
    _strip(root)
    _rename(root, prefix)
    _recolour(root, colours)
    compact_svg(root)
    root.attrib = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    root.attrib |= {"role": "img", "aria-label": printable(alt)} if alt else {"aria-hidden": "true"}
    return ElementTree.tostring(root, encoding="unicode")


def text_width(text: str, size: float, is_bold: bool = False) -> float:
    """Estimate the width of a text in pixels, on the wide side: the font of the reader is not known here."""
    return size * (1.1 if is_bold else 1.0) * sum(_character_width(character) for character in text)


def fitted(text: str, size: float, room: float) -> str:
    """A text cut to a width in pixels, if it is wider."""
    return text if text_width(text, size) <= room else shortened(text, max(3, int(room / (0.66 * size))))


def _character_width(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in "iljtfrI.,:;'|!()[] ":
        return 0.38
    if character in "mwMW@%+−±×=<>→↑…":
        return 0.86
    return 0.7 if character.isupper() else 0.62


class _PageRenderer(RendererSVG):
    """Writes text as text in the font of the page and needs no font to measure it."""

    def __init__(self, width: float, height: float, target: TextIO) -> None:
        # Without a date, and with identifiers that are renamed later, equal figures give equal text.
        super().__init__(width, height, target, metadata={"Date": None})  # type: ignore[no-untyped-call]

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | Literal["TeX"] = False,
        mtext: Text | None = None,
    ) -> None:
        """Anchor the text where its author put it, so that a wider or narrower font stays aligned."""
        anchor = "start"
        if mtext is not None:
            x = float(mtext.get_transform().transform(mtext.get_unitless_position())[0])
            anchor = _ANCHORS[mtext.get_horizontalalignment()]
        style = f"fill: {_hex(gc.get_rgb())}; font-size: {prop.get_size():g}px; text-anchor: {anchor}"
        if prop.get_weight() not in ("normal", "regular", 400):
            style += "; font-weight: 600"
        place = {"x": f"{x:.2f}", "y": f"{y:.2f}", "style": style}
        self.writer.element("text", printable(s), attrib=place)  # type: ignore[no-untyped-call]

    def option_image_nocomposite(self) -> bool:
        """Small images stay apart, pixel by pixel, in place of one large one that is resampled."""
        return True

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        """Measures that do not depend on the fonts of this machine."""
        size = prop.get_size()
        return text_width(s, size), 0.95 * size, 0.22 * size


def _hex(rgb: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb[:3])


def _strip(root: ElementTree.Element) -> None:
    """Drop namespaces, metadata and the style that would reach out into the page."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
        element.tail = None
        if element.tag != "text":
            element.text = None
        for child in list(element):
            if child.tag.endswith(("metadata", "style")) or (child.tag.endswith("defs") and _holds_only_style(child)):
                element.remove(child)


def _holds_only_style(element: ElementTree.Element) -> bool:
    return all(child.tag.endswith("style") for child in element)


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Keep identifiers that are referred to, under short names; matplotlib's are random and repeat between figures."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in [*_REFERENCE.findall(value), *([value[1:]] if value.startswith("#") else [])]:
                used.setdefault(name, f"{prefix}-{len(used) + 1}")
    for element in root.iter():
        if "id" in element.attrib:
            identifier = element.attrib.pop("id")
            if identifier in used:
                element.attrib["id"] = used[identifier]
        for key, value in element.attrib.items():
            if key == "href" and value[1:] in used:
                element.attrib[key] = f"#{used[value[1:]]}"
            elif key in ("clip-path", "style"):
                element.attrib[key] = _REFERENCE.sub(lambda match: f"url(#{used[match[1]]})", value)


def _recolour(root: ElementTree.Element, colours: dict[str, str]) -> None:
    for element in root.iter():
        if "style" in element.attrib:
            element.attrib["style"] = _COLOUR.sub(lambda match: colours[match[0]], element.attrib["style"])
