"""What is wrong with the file of a run, as data."""

from dataclasses import dataclass
from typing import Literal

from seedbed.language import phrase


@dataclass(frozen=True)
class Damage:
    """A run file that is not what the ledger states.

    Attributes
    ----------
    path : str
    kind : str
        ``missing``; ``unreadable``, for the reason in ``words``; ``changed``, its SHA-256 is ``got`` and not
        ``expected``; ``foreign``, it holds another run; ``disagrees``, the run ended otherwise than the ledger
        states, which is in ``expected``.
    words, expected, got : str
    """

    path: str
    kind: Literal["missing", "unreadable", "changed", "foreign", "disagrees"]
    words: str = ""
    expected: str = ""
    got: str = ""

    @property
    def text(self) -> str:
        """In the language that is spoken, without a full stop."""
        match self.kind:
            case "missing":
                return phrase("run file '{path}' is missing", path=self.path)
            case "unreadable":
                return phrase("run file '{path}' cannot be read ({words})", path=self.path, words=self.words)
            case "changed":
                return phrase(
                    "run file '{path}' is damaged: expected SHA-256 {expected}…, got {got}…",
                    path=self.path,
                    expected=self.expected[:12],
                    got=self.got[:12],
                )
            case "disagrees":
                return phrase(
                    "the ledger says that a run ended as '{expected}', its file '{path}' says '{got}'",
                    path=self.path,
                    expected=self.expected,
                    got=self.got,
                )
        return phrase("run file '{path}' belongs to another run", path=self.path)
