"""A claim with its verdict: the numbers behind it, and what they say in words."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from seedbed.study.claim_numbers import ClaimNumbers
from seedbed.study.wording import claim_sentence


@dataclass(frozen=True)
class ClaimResult(ClaimNumbers):
    """A sentence of the source against what was measured; for the attributes see `ClaimNumbers`."""

    kind: ClassVar[Literal["less"]] = "less"

    @property
    def sentence(self) -> str:
        """The verdict in plain words, in the language that is spoken."""
        return claim_sentence(self)
