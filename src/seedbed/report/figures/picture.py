"""One figure in the two widths that a page needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from seedbed.report.figures.style import COLOURS
from seedbed.report.figures.svg import to_svg

WIDE_PX = 920.0
NARROW_PX = 360.0


@dataclass(frozen=True)
class Picture:
    """A figure for wide screens and paper, and again for phones: shrinking one to fit would make its text unreadable.

    Attributes
    ----------
    wide, narrow : str
        ``<svg>`` elements; the page shows one of them.
    alt : str
        What the figure shows, in words and numbers.
    """

    wide: str
    narrow: str
    alt: str


def picture(name: str, alt: str, draw: Callable[[float], Figure], colours: Mapping[str, str] = COLOURS) -> Picture:
    """Draw a figure in both widths.

    Parameters
    ----------
    name : str
        Unique in the page.
    alt : str
        What the figure shows, in words and numbers.
    draw : callable
        Takes the width in pixels.
    colours : mapping
        CSS value for each colour drawn with.
    """
    return Picture(
        wide=to_svg(draw(WIDE_PX), f"{name}-wide", dict(colours), alt),
        narrow=to_svg(draw(NARROW_PX), f"{name}-narrow", dict(colours), alt),
        alt=alt,
    )
