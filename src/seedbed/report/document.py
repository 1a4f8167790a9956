"""What a report is made of: sections of blocks. `html` and `markdown` give them their form.

Every block has a ``kind`` by which the templates choose its form.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedbed.report.figures import Picture
    from seedbed.report.settings import Setting
    from seedbed.report.tables import Table


@dataclass(frozen=True)
class Paragraphs:
    """Running text."""

    kind: ClassVar[str] = "paragraphs"
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Sentences under a word at their side; ``verdict`` gives that word its colour."""

    verdict: str
    head: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """What comes first: the short answer."""

    kind: ClassVar[str] = "answers"
    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Remarks:
    """A list of sentences."""

    kind: ClassVar[str] = "remarks"
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Text to be typed."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class Settings:
    """Terms and values."""

    kind: ClassVar[str] = "settings"
    items: "tuple[Setting, ...]"


@dataclass(frozen=True)
class Figure:
    """A figure with its caption, or the reason why there is nothing to draw.

    ``name`` is unique in the document; ``number`` is given by `numbered`.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: str
    picture: "Picture | None"
    number: int = 0


@dataclass(frozen=True)
class Group:
    """Blocks under a head of their own; ``is_folded`` shows them only to who asks for them."""

    kind: ClassVar[str] = "group"
    head: str
    blocks: "tuple[Block, ...]"
    is_folded: bool = False


Block: TypeAlias = "Paragraphs | Answers | Remarks | Code | Settings | Figure | Group | Table"


@dataclass(frozen=True)
class Section:
    """A part of the document; ``style`` is a class of its own in HTML."""

    title: str
    blocks: "tuple[Block, ...]"
    style: str = ""


@dataclass(frozen=True)
class Note:
    """A line under the title; ``style`` is ``question``, ``source``, ``size`` or ``size quick``."""

    style: str
    text: str
    strong: str = ""


@dataclass(frozen=True)
class Document:
    """A report, ready to be given a form."""

    label: str
    title: str
    notes: tuple[Note, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]


def numbered(sections: "Iterable[Section]") -> tuple[Section, ...]:
    """Count the figures that are there, in the order of the document."""
    numbers = count(1)
    return tuple(replace(section, blocks=_numbered(section.blocks, numbers)) for section in sections)


def pictures(blocks: "Iterable[Block]") -> "Iterator[Figure]":
    """Every figure with something drawn, in order."""
    for block in blocks:
        if isinstance(block, Group):
            yield from pictures(block.blocks)
        elif isinstance(block, Figure) and block.picture is not None:
            yield block


def _numbered(blocks: "tuple[Block, ...]", numbers: "Iterator[int]") -> "tuple[Block, ...]":
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Group):
            kept.append(replace(block, blocks=_numbered(block.blocks, numbers)))
        elif isinstance(block, Figure) and block.picture is not None:
            kept.append(replace(block, number=next(numbers)))
        else:
            kept.append(block)
    return tuple(kept)
