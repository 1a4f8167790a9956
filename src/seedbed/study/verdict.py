"""Claims against measurements: what holds, what does not, and what cannot be told yet."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal

from seedbed.statistics import Comparison, compare, holm, runs_needed
from seedbed.study.definition import ClaimDefinition
from seedbed.study.result import ClaimResult, VariantResult

LEVEL = 0.05
_MOST_RUNS = 1000

Verdict = Literal["supported", "contradicted", "undecided"]


def judge(claims: Sequence[ClaimDefinition], variants: Sequence[VariantResult]) -> tuple[ClaimResult, ...]:
    """Test all claims of a study together.

    A claim is supported if its two-sided Welch test, corrected by Holm over all claims, is significant at 5% and the
    difference has the claimed sign, contradicted if it has the other, else undecided.

    Parameters
    ----------
    claims : sequence of ClaimDefinition
    variants : sequence of VariantResult
        Those that the claims name among them.
    """
    named = {variant.name: variant for variant in variants}
    pairs = [(named[claim.better], named[claim.worse]) for claim in claims]
    comparisons = [compare(worse.errors, better.errors, 1 - LEVEL) for better, worse in pairs]
    p_values = holm([comparison.p_value for comparison in comparisons])
    return tuple(
        _result(claim, *pair, comparison, p_value, len(claims))
        for claim, pair, comparison, p_value in zip(claims, pairs, comparisons, p_values, strict=True)
    )


def _result(
    claim: ClaimDefinition,
    better: VariantResult,
    worse: VariantResult,
    comparison: Comparison,
    p_value: float,
    claim_count: int,
) -> ClaimResult:
    verdict: Verdict = "undecided"
    if p_value < LEVEL:
        verdict = "supported" if comparison.difference > 0 else "contradicted"
    return ClaimResult(
        text=claim.text,
        better=claim.better,
        worse=claim.worse,
        published_difference=claim.published_difference,
        difference=comparison.difference,
        interval=comparison.interval,
        p_value=p_value,
        verdict=verdict,
        sentence=" ".join(
            [_sentence(verdict, better, worse, comparison, p_value, claim_count), *_diverged(better, worse)]
        ),
    )


def _sentence(
    verdict: Verdict,
    better: VariantResult,
    worse: VariantResult,
    comparison: Comparison,
    p_value: float,
    claim_count: int,
) -> str:
    counts = len(better.errors), len(worse.errors)
    if min(counts) < 2:
        return (
            f"Undecided: {better.title} has {_runs(counts[0])} and {worse.title} has {_runs(counts[1])}; "
            "at least 2 seeds of each are needed to tell a difference from luck."
        )
    difference = comparison.difference
    if math.isnan(p_value):
        return (
            f"Undecided: all runs of {better.title} err by {_points(better.errors[0])}% and all of {worse.title} by "
            f"{_points(worse.errors[0])}%; runs without any spread do not tell how much is luck. Take more seeds."
        )
    if difference == 0:
        fact = f"{better.title} and {worse.title} err equally often on average"
    else:
        more = "less" if difference > 0 else "more"
        fact = f"{better.title} errs {_points(abs(difference))} points {more} than {worse.title}"
    low, high = comparison.interval
    corrected = "corrected p" if claim_count > 1 else "p"
    numbers = (
        f"(95% interval {_points(low)} to {_points(high)}, {corrected} {_probability(p_value)}, "
        f"{counts[0]} against {counts[1]} runs)"
    )
    if verdict == "supported":
        return f"{fact} {numbers}."
    if verdict == "contradicted":
        return f"Against the claim, {fact} {numbers}."
    return f"Undecided: {fact}, which may be luck {numbers}. {_how_many(better, worse, difference, claim_count)}"


def _how_many(better: VariantResult, worse: VariantResult, difference: float, claim_count: int) -> str:
    """The seeds that would decide a claim, at the level that holds for the strictest of all claims together."""
    if difference == 0:
        return "No number of seeds would show a difference of 0."
    deviations = statistics.stdev(better.errors), statistics.stdev(worse.errors)
    needed = runs_needed(difference, *deviations, level=LEVEL / claim_count)
    if needed > _MOST_RUNS:
        return f"If the true difference is this small, even {_MOST_RUNS:,} seeds per variant would not show it."
    needed = max(needed, min(len(better.errors), len(worse.errors)) + 1)
    return f"If the true difference is this large, about {needed} seeds per variant would decide it."


def _diverged(better: VariantResult, worse: VariantResult) -> list[str]:
    sentences = []
    for variant in (better, worse):
        count = sum(run.status == "diverged" for run in variant.runs)
        if count:
            verb = "diverged and does not count" if count == 1 else "diverged and do not count"
            sentences.append(f"{count} of {len(variant.runs)} runs of {variant.title} {verb}.")
    return sentences


def _runs(count: int) -> str:
    return f"{count or 'no'} finished run{'' if count == 1 else 's'}"


def _points(value: float) -> str:
    digits = 2 if abs(value) >= 0.02 or value == 0 else 3
    text = f"{value:.{digits}f}"
    return text.replace("-", "−")


def _probability(p_value: float) -> str:
    if p_value < 0.0001:
        return "< 0.0001"
    digits = max(2, 1 - math.floor(math.log10(p_value)))
    # 0.0496 must not read as 0.050, the level that it is under.
    while round(p_value, digits) == LEVEL != p_value and digits < 6:
        digits += 1
    return f"= {p_value:.{digits}f}"
