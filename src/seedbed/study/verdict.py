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
from seedbed.study.claim import ClaimResult
from seedbed.study.claim_numbers import Side, Verdict
from seedbed.study.definition import ClaimDefinition
from seedbed.study.published import Published
from seedbed.study.result import VariantResult

LEVEL = 0.05


def judge(
    claims: Sequence[ClaimDefinition], variants: Sequence[VariantResult], *, until_decided: bool = False
) -> tuple[ClaimResult, ...]:
    """Test all claims of a study together.

    A claim is supported if its two-sided test, corrected by Holm over all claims, is significant at 5% and the
    difference has the claimed sign, contradicted if it has the other, else undecided. The test is Welch's, or that of
    the differences by seed where seeds are shown to correlate (`compare_seeds`).

    Parameters
    ----------
    claims : sequence of ClaimDefinition
    variants : sequence of VariantResult
        Those that the claims name among them.
    until_decided : bool
        Seeds were added by what was seen: the test is `SequentialComparison`, and what supposes a number of seeds that
        was fixed beforehand is left out.
    """
    named = {variant.name: variant for variant in variants}
    pairs = [(named[claim.better], named[claim.worse]) for claim in claims]
    if until_decided:
        test = sequential_test(len(claims))
        found = [_until_decided(*pair, test) for pair in pairs]
    else:
        tests = [compare_seeds(worse.errors_by_seed, better.errors_by_seed, 1 - LEVEL) for better, worse in pairs]
        p_values = holm([test.comparison.p_value for test in tests])
        found = [
            _at_once(*pair, test, p_value, len(claims))
            for pair, test, p_value in zip(pairs, tests, p_values, strict=True)
        ]
    return tuple(
        ClaimResult(
            text=claim.text,
            better=_side(better),
            worse=_side(worse),
            claims=len(claims),
            **_published(claim, better, worse, until_decided),
            **values,
        )
        for claim, (better, worse), values in zip(claims, pairs, found, strict=True)
    )


def sequential_test(claims: int) -> SequentialComparison:
    """The test of studies that add seeds: any false verdict on any of so many claims has a chance of at most 5%."""
    return SequentialComparison(LEVEL, max(1, claims))


def look(test: SequentialComparison, better: Mapping[int, float], worse: Mapping[int, float]) -> Decision:
    """Decide by the errors of the seeds that both sides have, in the order of the seeds."""
    seeds = sorted(better.keys() & worse.keys())
    return test.decide([worse[seed] for seed in seeds], [better[seed] for seed in seeds])


def _until_decided(better: VariantResult, worse: VariantResult, test: SequentialComparison) -> dict[str, Any]:
    decision = look(test, better.errors_by_seed, worse.errors_by_seed)
    learned = look(test, _learned(better), _learned(worse)) if _any_collapsed(better, worse) else None
    return {
        "verdict": decision.verdict,
        "method": "sequential",
        "difference": decision.difference,
        "interval": decision.interval,
        "p_value": decision.p_value,
        "decision": decision,
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
