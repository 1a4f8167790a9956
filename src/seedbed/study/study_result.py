"""What a study found: plain values, from the ledger and statistics, for tables, reports and the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedbed.runner.failures import RunFailure
from seedbed.study.chains import ChainResult
from seedbed.study.claim import ClaimResult
from seedbed.study.frames import claim_records, data_frame, result_html, run_records
from seedbed.study.kind_claim import KindClaim
from seedbed.study.looks import Looks
from seedbed.study.result import GridResult, VariantResult
from seedbed.study.texts import StudyTexts

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class StudyResult:
    """Everything a report of a study shows.

    Attributes
    ----------
    name, title, question, source : str
        ``source`` cites the report whose figures are compared.
    remarks : tuple of str
        What a reader must know of the source or of this reproduction.
    size : str
        ``full`` or ``quick``.
    variants, claims
    data_source : str
        Where the images came from.
    machine : dict of str to str
        Processor, cores, instruction set, operating system.
    versions : dict of str to str
        Seedbed and its libraries.
    command : str
        How to run it again.
    failures : tuple of RunFailure
        One for each run that was given up or whose file is damaged, so that it is missing above.
    grids : tuple of GridResult
    chains : tuple of ChainResult
        From recipes as published to those as meant, step by step.
    most_seeds : int or None
        Seeds were added to the variants of undecided claims, up to so many; None if their number was fixed beforehand.
    looks : Looks
        Which look at these claims this is.
    texts : mapping of str to StudyTexts
        Its texts in other languages, as far as its author wrote them: ``ko``.
    again : dict
        Plain values that give this result again: ``definition`` and ``words`` of its ``Study``, ``options`` of
        ``Study.result``; of two single runs, ``runs``.
    """

    name: str
    title: str
    question: str
    source: str
    remarks: tuple[str, ...]
    size: str
    variants: tuple[VariantResult, ...]
    claims: tuple[ClaimResult | KindClaim, ...]
    data_source: str
    machine: dict[str, str]
    versions: dict[str, str]
    command: str
    failures: tuple[RunFailure, ...] = ()
    grids: tuple[GridResult, ...] = ()
    chains: tuple[ChainResult, ...] = ()
    most_seeds: int | None = None
    looks: Looks = field(default_factory=Looks)
    texts: Mapping[str, StudyTexts] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        runs = sum(len(variant.runs) for variant in self.variants)
        counts = f"variants={len(self.variants)}, runs={runs}, claims={len(self.claims)}"
        return f"<StudyResult {self.name}, {self.size}: {counts}>"

    def records(self) -> list[dict[str, Any]]:
        """A row of plain values for each run: variant, seed, status, errors, times, and all that its recipe says."""
        return run_records(self.variants)

    def claim_records(self) -> list[dict[str, Any]]:
        """A row of plain values for each claim: its verdict and the numbers behind it."""
        return claim_records(self.claims)

    def to_frame(self) -> "DataFrame":
        """``records`` as a data frame.

        Raises
        ------
        StudyError
            pandas is not installed.
        """
        return data_frame(self.records())

    def claims_frame(self) -> "DataFrame":
        """``claim_records`` as a data frame; raises as ``to_frame``."""
        return data_frame(self.claim_records())

    @property
    def is_sequential(self) -> bool:
        """Whether claims about two variants were judged by a test that allows for looks."""
        return self.most_seeds is not None or self.looks.are_many

    def _repr_html_(self) -> str:
        return result_html(self.variants, self.claims)
