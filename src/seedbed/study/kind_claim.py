"""A claim of another kind than "A errs less than B" with its verdict."""

from dataclasses import dataclass

from seedbed.study.kind_numbers import KindNumbers
from seedbed.study.kind_wording import kind_sentence


@dataclass(frozen=True)
class KindClaim(KindNumbers):
    """A sentence of the source against what was measured; see ``KindNumbers``."""

    @property
    def sentence(self) -> str:
        """The verdict in plain words, in the language that is spoken."""
        return kind_sentence(self)
