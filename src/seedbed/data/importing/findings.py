"""What an import found worth telling: what could not be read, what was passed over, and how the rest was understood."""

from seedbed.data.formats.diagnosis import printable
from seedbed.data.local import Note

_MOST_NOTES = 20
_MOST_NAMED = 3


class Findings:
    """Gathers it all; the first 20 files that cannot be read are told by name at once.

    Parameters
    ----------
    note : callable

    Attributes
    ----------
    skipped : list of str
        What looks like data and could not be used, each with its name and the reason.
    passed_over : dict of str to set of str
        Names of what is no data, by what it is: ``{"hidden files": {".DS_Store"}}``.
    """

    def __init__(self, note: Note) -> None:
        self._note = note
        self.skipped: list[str] = []
        self.passed_over: dict[str, set[str]] = {}
        self._remarks: list[str] = []

    def skip(self, reason: str) -> None:
        """Note one thing with its name and what is wrong with it."""
        reason = printable(reason)
        self.skipped.append(reason)
        if len(self.skipped) <= _MOST_NOTES:
            self._note(f"skipped {reason}")
        elif len(self.skipped) == _MOST_NOTES + 1:
            self._note("more is skipped; the count follows at the end")

    def pass_over(self, kind: str, name: str) -> None:
        """Count something that is no data: `kind` says in the plural what it is."""
        self.passed_over.setdefault(kind, set()).add(printable(name))

    def remark(self, text: str) -> None:
        """Say how something was understood, or what was done to the data: one sentence without its stop."""
        self._remarks.append(printable(text))

    @property
    def remarks(self) -> tuple[str, ...]:
        """All remarks, then what was passed over."""
        lines = [
            f"passed over {kind}: {len(names):,} ({', '.join(sorted(names)[:_MOST_NAMED])}"
            + (", …)" if len(names) > _MOST_NAMED else ")")
            for kind, names in self.passed_over.items()
        ]
        return (*self._remarks, *lines)
