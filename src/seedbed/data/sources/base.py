"""What every source offers."""

from collections.abc import Callable, Generator, Sequence
from typing import Protocol

from seedbed.data.files import DataFile

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, the bytes done, and the bytes in all (None if unknown)."""

Address = tuple[str, int]
"""Host and port."""

Offer = tuple[DataFile, bytes]
"""A file and what came for it, plain or gzip, not verified."""


class Source(Protocol):
    """A place that has the files of a data set, or says why not."""

    @property
    def label(self) -> str:
        """The source in words, for messages and reports."""

    @property
    def address(self) -> Address | None:
        """The host that must answer before it is worth while to ask; None for sources that see to that themselves."""

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        """Yield what the source has for each of `files`.

        Raises
        ------
        DataError
            With the reason in a few words, if the source cannot go on.
        """
