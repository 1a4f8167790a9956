"""What a study found: plain values, from the ledger and statistics, for tables, reports and the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.runner.failures import RunFailure
from seedbed.study.claim import ClaimResult
from seedbed.study.published import Published
from seedbed.training.history import History
from seedbed.training.outcome import Kind, Outcome
from seedbed.training.recipe import Recipe

if TYPE_CHECKING:
    from pandas import DataFrame

    from seedbed.study.translation import StudyTexts

__all__ = ["ClaimResult", "GridResult", "Published", "RunResult", "StudyResult", "VariantResult"]


@dataclass(frozen=True)
class RunResult:
    """One finished run.

    Attributes
    ----------
    seed : int
    outcome : Outcome
    history : History
    engine : str
        What executed it: ``native (avx512)``.
    images_per_second : float
        Training speed, on one core, or on several where there were fewer runs than cores.
    wrong : bool array, shape (test images,), or None
        True where its answer is wrong; None if that is not known: the data set is not at hand, or the run diverged
        before its first epoch ended.
    """

    seed: int
    outcome: Outcome
    history: History
    engine: str
    images_per_second: float
    wrong: NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)

    @property
    def test_error(self) -> float:
        """Percent after the last epoch, with early stopping after the best one; NaN for a run that diverged before its
        first."""
        result = self.history.result
        return result.test_error if result else float("nan")

    @property
    def collapsed(self) -> bool:
        """Whether it finished with one answer for every image."""
        return self.outcome.kind is Kind.ONE_ANSWER

    @property
    def diverged(self) -> bool:
        """Whether its loss was not finite in the end."""
        return self.outcome.kind is Kind.DIVERGED


@dataclass(frozen=True)
class VariantResult:
    """One recipe over several seeds.

    Attributes
    ----------
    name, title : str
    recipe : Recipe
    parameter_count : int
    published : Published or None
    runs : tuple of RunResult
        By seed; those that count are the ones that are complete.
    grid : str
        Name of the grid that it belongs to, empty if none.
    coordinates : dict of str to str
        Its place there: a label for each axis.
    published_constant : tuple of str
        The classes that, given as the one answer to every image, have exactly the published error.
    full_epochs : int
        Epochs that the study asks for in its size; 0 if nobody does.
    """

    name: str
    title: str
    recipe: Recipe
    parameter_count: int
    published: Published | None
    runs: tuple[RunResult, ...]
    grid: str = ""
    coordinates: dict[str, str] = field(default_factory=dict)
    published_constant: tuple[str, ...] = ()
    full_epochs: int = 0

    @property
    def cut_short(self) -> bool:
        """Whether it was to be trained for fewer epochs than the study asks for."""
        return self.recipe.epochs < self.full_epochs

    @property
    def errors(self) -> tuple[float, ...]:
        """Final test error in percent of each run that finished."""
        return tuple(self.errors_by_seed.values())

    @property
    def errors_by_seed(self) -> dict[int, float]:
        """The same by the seed of the run."""
        return {run.seed: run.test_error for run in self.runs if run.outcome.is_complete}

    @property
    def wrong(self) -> NDArray[np.bool_] | None:
        """True where an answer is wrong, bool array of shape (finished runs, test images); None if there is none or one
        is not known."""
        known = [run.wrong for run in self.runs if run.outcome.is_complete]
        if not known or any(wrong is None for wrong in known):
            return None
        return np.array(known, dtype=np.bool_)


@dataclass(frozen=True)
class GridResult:
    """A grid of variants.

    Attributes
    ----------
    name, caption : str
    axes : dict of str to tuple of str
        The labels of each axis, in order.
    """

    name: str
    caption: str
    axes: dict[str, tuple[str, ...]]


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
    most_seeds : int or None
        Seeds were added to the variants of undecided claims, up to so many; None if their number was fixed beforehand.
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
    claims: tuple[ClaimResult, ...]
    data_source: str
    machine: dict[str, str]
    versions: dict[str, str]
    command: str
    failures: tuple[RunFailure, ...] = ()
    grids: tuple[GridResult, ...] = ()
    most_seeds: int | None = None
    texts: "Mapping[str, StudyTexts]" = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        runs = sum(len(variant.runs) for variant in self.variants)
        counts = f"variants={len(self.variants)}, runs={runs}, claims={len(self.claims)}"
        return f"<StudyResult {self.name}, {self.size}: {counts}>"

    def records(self) -> list[dict[str, Any]]:
        """A row of plain values for each run: variant, seed, status, errors, times, and all that its recipe says."""
        from seedbed.study.frames import run_records

        return run_records(self.variants)

    def claim_records(self) -> list[dict[str, Any]]:
        """A row of plain values for each claim: its verdict and the numbers behind it."""
        from seedbed.study.frames import claim_records

        return claim_records(self.claims)

    def to_frame(self) -> "DataFrame":
        """``records`` as a data frame.

        Raises
        ------
        StudyError
            pandas is not installed.
        """
        from seedbed.study.frames import data_frame

        return data_frame(self.records())

    def claims_frame(self) -> "DataFrame":
        """``claim_records`` as a data frame; raises as ``to_frame``."""
        from seedbed.study.frames import data_frame

        return data_frame(self.claim_records())

    def _repr_html_(self) -> str:
        from seedbed.study.frames import result_html

        return result_html(self)
