"""What an import could not read."""

from seedbed.data.formats.diagnosis import printable
from seedbed.data.local import Note

_MOST_NOTES = 20


class Skipped:
    """Counts what is skipped; the first 20 are told by name at once, and all are kept.

    Parameters
    ----------
    note : callable
    """

    def __init__(self, note: Note) -> None:
        self._note = note
        self.reasons: list[str] = []

    @property
    def count(self) -> int:
        return len(self.reasons)

    def add(self, reason: str) -> None:
        """Note one thing with its name and what is wrong with it."""
        reason = printable(reason)
        self.reasons.append(reason)
        if self.count <= _MOST_NOTES:
            self._note(f"skipped {reason}")
        elif self.count == _MOST_NOTES + 1:
            self._note("more is skipped; the count follows at the end")
