"""Where text leaves for a terminal: nothing that it shows can steer it."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from seedbed.formatting import printable


class Terminal(Console):
    """A console of rich that takes text as it is, without the control characters that may stand in it.

    Titles, paths and class names come from files of others; an escape code among them would move the cursor, set the
    title of the window, or hide what follows.

    Parameters
    ----------
    on_stderr : bool
        For progress, notes and errors; else for results.
    """

    def __init__(self, on_stderr: bool = False) -> None:
        super().__init__(stderr=on_stderr, markup=False, highlight=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does it; all that is printed passes here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def print_line(self, text: Any, style: str | None = None) -> None:
        """Print a line that is never broken, so that it can be copied."""
        self.print(text, style=style, soft_wrap=True)
