"""A claim against what was measured: all numbers behind a verdict."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seedbed.study.published import Published

if TYPE_CHECKING:
    from seedbed.statistics import (
        Comparison,
        Decision,
        McNemarTest,
        PermutationTest,
        Replication,
        SeedCorrelation,
        TwoLevelInterval,
    )

Verdict = Literal["supported", "contradicted", "undecided"]
Method = Literal["welch", "paired", "sequential"]


@dataclass(frozen=True)
class Side:
    """One of the two variants of a claim.

    Attributes
    ----------
    name, title : str
        Of the variant.
    errors : tuple of float
        Test error in percent of each run that finished, collapsed ones too.
    collapsed : tuple of str
        The class that each run gives every image that gives all of them the same.
    diverged : int
        Runs without an error.
    published : Published or None
    published_constant : tuple of str
        The classes that, given as the one answer to every image, have exactly the published error.
    """

    name: str
    title: str
    errors: tuple[float, ...]
    collapsed: tuple[str, ...] = ()
    diverged: int = 0
    published: Published | None = None
    published_constant: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimNumbers:
    """A sentence of the source against what was measured. Differences are error(worse) - error(better), in percent
    points: the claim says that they are above 0.

    Attributes
    ----------
    text : str
        The claim: "ReLU and cross entropy lower the error."
    better, worse : Side
        The variants that the claim ranks.
    verdict : str
        ``supported``, ``contradicted`` or ``undecided``, by ``method`` at 5%.
    method : str
        ``welch``; ``paired``, Student's test of the differences by seed, where seeds are shown to correlate;
        ``sequential``, the test that may be looked at after every seed.
    difference : float
    interval : (low, high)
        95% interval of the difference for new seeds, by ``method``; NaN or infinite where no test was possible.
    p_value : float
        Two-sided, by ``method``, corrected over the study's claims (Holm); with ``sequential`` as it is at the look, to
        be under ``decision.level``. NaN where no test was possible.
    claims : int
        Tested together.
    welch, permutation
        Both tests of all runs, not corrected. None with ``sequential``, as are ``correlation``,
        ``images`` and ``further``: a number of seeds that depends on what was seen makes them void.
    correlation : SeedCorrelation or None
        Of the errors of the seeds that both sides have: decides between ``welch`` and ``paired``.
    learned : Comparison, Decision or None
        Without collapsed runs, where there are some: Welch's test, or with ``sequential`` its own.
    images : TwoLevelInterval or None
        With the luck of the test images too.
    images_lack : str
        Why it is None: ``runs``, fewer than two on a side; ``answers``, what the runs answered to each image is not
        known, because the data set is not at hand; ``looks``, seeds were added until the claim was decided.
    networks : McNemarTest or None
        Of the two networks, where each side has exactly one run; it decides nothing about the recipes.
    decision : Decision or None
        With ``sequential``.
    further : int or None
        Runs more of each that would decide with a probability of 0.8, were the difference and spreads seen the true
        ones; None if it is decided, or if no number would do.
    published_difference : float or None
    published : Comparison or None
        Welch's test of the source's own means and standard deviations, where it states them for several runs.
    replication : Replication or None
        Whether the published difference lies where the luck of the source's runs and of these would put it; as of one
        run each where the source does not say of how many. None without one, with ``sequential``, and for runs that are
        shorter than at full size.
    """

    text: str
    better: Side
    worse: Side
    verdict: Verdict
    method: Method
    difference: float
    interval: tuple[float, float]
    p_value: float
    claims: int = 1
    welch: "Comparison | None" = None
    correlation: "SeedCorrelation | None" = None
    permutation: "PermutationTest | None" = None
    learned: "Comparison | Decision | None" = None
    images: "TwoLevelInterval | None" = None
    images_lack: Literal["", "runs", "answers", "looks"] = ""
    networks: "McNemarTest | None" = None
    decision: "Decision | None" = None
    further: int | None = None
    published_difference: float | None = None
    published: "Comparison | None" = None
    replication: "Replication | None" = None

    @property
    def holds_published(self) -> bool | None:
        """Whether the published difference lies where luck would put it; None if that cannot be told."""
        return self.replication.replicates if self.replication is not None else None
