"""Claims against measurements: what holds, what does not, and what cannot be told yet."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.statistics import (
    Decision,
    SeedComparison,
    SequentialComparison,
    Summary,
    compare,
    compare_seeds,
    compare_summaries,
    further_runs,
    holm,
    mcnemar,
    permutation_test,
    replication_of_difference,
    two_level_interval,
)
from seedbed.statistics.spending import spent
from seedbed.study.claim import ClaimResult
from seedbed.study.claim_definition import ClaimDefinition
from seedbed.study.claim_numbers import Side, Verdict
from seedbed.study.kind_claim import KindClaim
from seedbed.study.kind_numbers import Lack
from seedbed.study.kind_tests import KindTest, tested
from seedbed.study.looks import Looks
from seedbed.study.published import Published
from seedbed.study.result import VariantResult

LEVEL = 0.05
_FIRST = Looks()


def judge(
    claims: Sequence[ClaimDefinition],
    variants: Sequence[VariantResult],
    *,
    until_decided: bool = False,
    looks: Looks = _FIRST,
) -> tuple[ClaimResult | KindClaim, ...]:
    """Test all claims of a study together.

    A claim is supported if its test, corrected by Holm over all claims, is significant at 5% on its side, contradicted
    if it is on the other, else undecided. Of two variants the test is Welch's, or that of the differences by seed where
    seeds are shown to correlate (`compare_seeds`); `kind_tests` has those of the other kinds, of which the smaller
    p-value of a claim and its contrary counts.

    Where a study is looked at more than once, claims about two variants are judged by `SequentialComparison`, which
    spends a part of the 5%; the others have no verdict before all planned seeds are there, and then share what is left.

    Parameters
    ----------
    claims : sequence of ClaimDefinition
    variants : sequence of VariantResult
        Those that the claims name among them.
    until_decided : bool
        Seeds were added by what was seen: what supposes a number of seeds that was fixed beforehand is left out.
    looks : Looks
        Whether this is the first look, with all that was planned.
    """
    named = {variant.name: variant for variant in variants}
    sides = [[[named[name] for name in side] for side in claim.sides] for claim in claims]
    pairs = {place: (own[0][0], own[1][0]) for place, own in enumerate(sides) if claims[place].kind == "less"}
    are_many = until_decided or looks.are_many
    sequential = sequential_test(len(pairs))
    compared = {} if are_many else {place: _compared(*pair) for place, pair in pairs.items()}
    left = LEVEL - spent(looks.seeds[1], LEVEL) if are_many and pairs else LEVEL
    lacks = {place: _lack(place, looks, until_decided) for place, claim in enumerate(claims) if claim.kind != "less"}
    kinds = {place: tested(claims[place], sides[place]) for place in lacks}
    p_values = [
        compared[place].comparison.p_value
        if place in compared
        else kinds[place].p_value
        if place in kinds and not lacks[place]
        else math.nan
        for place in range(len(claims))
    ]
    tested_together = [place for place in range(len(claims)) if not (are_many and place in pairs)]
    corrected = dict(zip(tested_together, holm([p_values[place] for place in tested_together]), strict=True))
    found: list[ClaimResult | KindClaim] = []
    for place, claim in enumerate(claims):
        if place in kinds:
            count = len(tested_together)
            found.append(_of_kind(claim, sides[place], kinds[place], corrected[place], left, count, lacks[place]))
            continue
        pair = pairs[place]
        if are_many:
            values = _until_decided(*pair, sequential)
        else:
            values = _at_once(*pair, compared[place], corrected[place], len(claims))
        better, worse = pair
        found.append(
            ClaimResult(
                text=claim.text,
                better=_side(better),
                worse=_side(worse),
                claims=len(pairs) if are_many else len(claims),
                **_published(claim, better, worse, until_decided),
                **values,
            )
        )
    return tuple(found)


def tests_made(claims: Sequence[ClaimResult | KindClaim]) -> list[str]:
    """How each was tested, as the ledger of looks keeps it."""
    return [
        ("sequential" if claim.method == "sequential" else "fixed")
        if isinstance(claim, ClaimResult)
        else ("none" if claim.lack else "fixed")
        for claim in claims
    ]


def _compared(better: VariantResult, worse: VariantResult) -> SeedComparison:
    return compare_seeds(worse.errors_by_seed, better.errors_by_seed, 1 - LEVEL)


def _lack(place: int, looks: Looks, until_decided: bool) -> Lack:
    if looks.is_early or until_decided:
        return "early"
    return "tested" if looks.tested_before and looks.tested_before[place] else ""


def _of_kind(
    claim: ClaimDefinition,
    sides: Sequence[Sequence[VariantResult]],
    test: KindTest,
    p_value: float,
    level: float,
    count: int,
    lack: Lack,
) -> KindClaim:
    verdict: Verdict = "undecided"
    if p_value < level:
        verdict = "supported" if test.favours else "contradicted"
    stated = claim.model_dump(exclude_none=True, include={"under", "reaches", "runs", "margin", "between", "target"})
    has_test = not (math.isnan(test.estimate) and math.isnan(test.p_value))
    return KindClaim(
        text=claim.text,
        kind=claim.kind,
        sides=tuple(tuple(_side(variant) for variant in side) for side in sides),
        value=claim.quantity,
        layer=claim.layer or "",
        stated=stated,
        verdict=verdict,
        estimate=test.estimate,
        interval=test.interval,
        confidence=test.confidence,
        p_value=p_value,
        level=level,
        claims=count,
        details=test.details,
        lack=lack if has_test else "runs",
    )


def sequential_test(claims: int) -> SequentialComparison:
    """The test of studies that add seeds: any false verdict on any of so many claims has a chance of at most 5%."""
    return SequentialComparison(LEVEL, max(1, claims))


def decision(test: SequentialComparison, better: Mapping[int, float], worse: Mapping[int, float]) -> Decision:
    """Decide by the errors of the seeds that both sides have, in the order of the seeds."""
    seeds = sorted(better.keys() & worse.keys())
    return test.decide([worse[seed] for seed in seeds], [better[seed] for seed in seeds])


def _until_decided(better: VariantResult, worse: VariantResult, test: SequentialComparison) -> dict[str, Any]:
    found = decision(test, better.errors_by_seed, worse.errors_by_seed)
    learned = decision(test, _learned(better), _learned(worse)) if _any_collapsed(better, worse) else None
    return {
        "verdict": found.verdict,
        "method": "sequential",
        "difference": found.difference,
        "interval": found.interval,
        "p_value": found.p_value,
        "decision": found,
        "learned": learned,
        "images_lack": "looks",
    }


def _at_once(
    better: VariantResult, worse: VariantResult, test: SeedComparison, p_value: float, claim_count: int
) -> dict[str, Any]:
    comparison = test.comparison
    learned = None
    if _any_collapsed(better, worse):
        learned = compare(list(_learned(worse).values()), list(_learned(better).values()), 1 - LEVEL)
    verdict: Verdict = "undecided"
    if p_value < LEVEL:
        verdict = "supported" if comparison.difference > 0 else "contradicted"
    values: dict[str, Any] = {
        "verdict": verdict,
        "method": test.method,
        "difference": comparison.difference,
        "interval": comparison.interval,
        "p_value": p_value,
        "correlation": test.correlation,
        "welch": compare(worse.errors, better.errors, 1 - LEVEL),
        "permutation": permutation_test(worse.errors, better.errors),
        "learned": learned,
        "further": _further(better, worse, test, claim_count) if verdict == "undecided" else None,
    }
    return values | _by_image(better, worse)


def _any_collapsed(*sides: VariantResult) -> bool:
    return any(run.collapsed for side in sides for run in side.runs)


def _learned(variant: VariantResult) -> dict[int, float]:
    """Errors by seed of the runs that did not collapse."""
    errors = variant.errors_by_seed
    return {run.seed: errors[run.seed] for run in variant.runs if run.seed in errors and not run.collapsed}


def _further(better: VariantResult, worse: VariantResult, test: SeedComparison, claim_count: int) -> int | None:
    """At the level that holds for the strictest of all claims together."""
    difference = test.comparison.difference
    if math.isnan(test.comparison.p_value) or difference == 0:
        return None
    counts, level = (len(worse.errors), len(better.errors)), LEVEL / claim_count
    deviations = statistics.stdev(worse.errors), statistics.stdev(better.errors)
    if test.method == "paired":
        a, b = worse.errors_by_seed, better.errors_by_seed
        differences = [a[seed] - b[seed] for seed in a.keys() & b.keys()]
        # One sample against a number that is known.
        counts, deviations = (len(differences), len(differences)), (statistics.stdev(differences), 0.0)
    return further_runs(difference, *deviations, counts, level=level)


def _by_image(better: VariantResult, worse: VariantResult) -> dict[str, Any]:
    """What the answers to each image tell beyond the errors."""
    counts = len(worse.errors), len(better.errors)
    a, b = worse.wrong, better.wrong
    if min(counts) == 0:
        return {"images_lack": "runs"}
    if a is None or b is None or a.shape[1] != b.shape[1]:
        return {"images_lack": "answers"}
    if counts == (1, 1):
        return {"networks": mcnemar(a[0], b[0], 1 - LEVEL), "images_lack": "runs"}
    if min(counts) == 1:
        return {"images_lack": "runs"}
    return {"images": two_level_interval(a, b, 1 - LEVEL)}


def _published(
    claim: ClaimDefinition, better: VariantResult, worse: VariantResult, until_decided: bool
) -> dict[str, Any]:
    """The source's difference, its test where it states means and deviations of several runs, and whether it lies where
    the luck of as many runs would put it."""
    difference, a, b = claim.published_difference, worse.published, better.published
    if difference is None and a is not None and b is not None:
        difference = a.error - b.error
    test = None
    if a is not None and b is not None and a.std is not None and b.std is not None:
        test = compare_summaries(Summary(a.error, a.std, a.runs), Summary(b.error, b.std, b.runs), 1 - LEVEL)
    known = test is not None and not math.isnan(test.p_value)
    found = None
    if difference is not None and not (until_decided or better.is_shorter or worse.is_shorter):
        found = replication_of_difference(
            worse.errors, better.errors, _stated(difference, a), _stated(0.0, b), 1 - LEVEL
        )
    return {"published_difference": difference, "published": test if known else None, "replication": found}


def _stated(mean: float, published: Published | None) -> Summary:
    """A mean with the runs and the deviation that the source states; of one run if it states nothing."""
    return Summary(mean, published.std or 0.0, published.runs) if published is not None else Summary(mean, 0.0, 1)


def _side(variant: VariantResult) -> Side:
    return Side(
        name=variant.name,
        title=variant.title,
        errors=variant.errors,
        collapsed=tuple(run.outcome.answer for run in variant.runs if run.collapsed),
        diverged=sum(run.diverged for run in variant.runs),
        published=variant.published,
        published_constant=variant.published_constant,
    )
