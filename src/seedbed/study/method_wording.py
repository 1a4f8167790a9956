"""How verdicts are reached, in plain words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.language import phrase
from seedbed.study.look_wording import look_text

if TYPE_CHECKING:
    from seedbed.study.claim import ClaimResult
    from seedbed.study.kind_claim import KindClaim
    from seedbed.study.looks import Looks


def counting_rule() -> str:
    """The rule of every table."""
    return phrase(
        "A run whose loss is no longer finite has diverged: it has no error, so it is left out and counted. A run that "
        "ends by giving one class to every image has collapsed: it has an error, so it counts; a second figure leaves "
        "it out."
    )


def method_text(claims: "Sequence[ClaimResult | KindClaim]", most_seeds: int | None, looks: "Looks") -> tuple[str, ...]:
    """How the claims of a study were tested, and which runs count; a paragraph for each matter.

    Parameters
    ----------
    claims : sequence of ClaimResult or KindClaim
    most_seeds : int or None
        As in `StudyResult`: where seeds were added, up to how many.
    looks : Looks
    """
    if not claims:
        return (counting_rule(),)
    pairs = sum(claim.kind == "less" for claim in claims)
    undecided = phrase("Undecided means that these runs do not tell; it does not mean that there is no difference.")
    kinds = [_kinds_method(len(claims))] if pairs < len(claims) else []
    if most_seeds is not None or looks.are_many:
        added = look_text(looks)
        if most_seeds is not None:
            seeds = phrase(
                "Seeds were added to the variants of undecided claims, up to {most} of each.", most=most_seeds
            )
            added = f"{seeds} {added}".strip()
        sequential = _sequential_method(pairs) if pairs else ""
        return (" ".join(part for part in (added, sequential, undecided) if part), *kinds, counting_rule())
    if not pairs:
        return (f"{kinds[0]} {undecided}", counting_rule())
    return (
        f"{_welch_method(pairs, len(claims))} {undecided}",
        phrase(
            "Beside it stand a permutation test, which asks nothing of the shape of the errors (Fisher 1935), and an "
            "interval for new test images too: a bootstrap over seeds and images with the width of the crossed design "
            "(Owen 2007; Searle, Casella, McCulloch 1992). The latter is the one for statements beyond this test set."
        ),
        *kinds,
        counting_rule(),
    )


def _kinds_method(count: int) -> str:
    return phrase(
        "Claims of other kinds have tests of their own: a bound Student's t, equality within a margin two one-sided "
        "tests (Schuirmann 1987), a best one a test against each rival (Berger 1982), a crossing Welch's test along "
        "the curves (as Fieller 1954), a trend Student's t of the slopes of the seeds (Matthews et al. 1990), a "
        "speed the log-rank test by permutation (Mantel 1966), a best run the binomial test. Where a claim "
        "and its contrary are tested each on its own, the smaller p counts among the {count} that are corrected "
        "together.",
        count=count,
    )


def _sequential_method(count: int) -> str:
    if count > 1:
        chance = phrase(
            "After every seed from the third on, Student's t test of the differences by seed was made at a level so "
            "small that the probability of any false verdict, all {count} claims together stays under 5%, however "
            "often one looks (error spending: Lan and DeMets 1983).",
            count=count,
        )
    else:
        chance = phrase(
            "After every seed from the third on, Student's t test of the differences by seed was made at a level so "
            "small that the probability of any false verdict stays under 5%, however often one looks (error spending: "
            "Lan and DeMets 1983)."
        )
    held = phrase(
        "The intervals hold at all looks together (Jennison and Turnbull 1989). A verdict stays; later seeds, which "
        "another claim may need, do not take it back."
    )
    return f"{chance} {held}"


def _welch_method(count: int, together: int) -> str:
    if count < together:
        tested = phrase(
            "Claims that one variant errs less were tested at the 5% level, two-sided, by Welch's test (1947) of all "
            "runs, and corrected for all {count} claims together (Holm 1979).",
            count=together,
        )
    elif count > 1:
        tested = phrase(
            "The {count} claims were tested at the 5% level, two-sided, by Welch's test (1947) of all runs, and "
            "corrected for all of them together (Holm 1979).",
            count=count,
        )
    else:
        tested = phrase("The claim was tested at the 5% level, two-sided, by Welch's test (1947) of all runs.")
    paired = phrase(
        "Where the same seeds are shown to give both variants luck alike (correlation with a one-sided p < 0.001), the "
        "test is Student's, of the differences by seed."
    )
    return f"{tested} {paired}"
