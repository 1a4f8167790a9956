"""A verdict in plain words, from the numbers of its claim alone, and how verdicts are reached."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedbed.statistics import McNemarTest
    from seedbed.study.claim import ClaimResult
    from seedbed.study.result import StudyResult

_LEVEL = 0.05
_MOST_RUNS = 1000

COUNTING_RULE = (
    "A run whose loss is no longer finite has diverged: it has no error, so it is left out and counted. A run that "
    "ends by giving one class to every image has collapsed: it has an error, so it counts; a second figure leaves it "
    "out."
)
"""The rule of every table."""


def claim_sentence(claim: "ClaimResult") -> str:
    """What was found, how sure it is, what the source has, and which runs went wrong."""
    parts = [_finding(claim), _other_images(claim), _published(claim), *_constants(claim), *_troubles(claim)]
    return " ".join(part for part in parts if part)


def method_text(result: "StudyResult") -> tuple[str, ...]:
    """How the claims of a study were tested, and which runs count; a paragraph for each matter."""
    if not result.claims:
        return (COUNTING_RULE,)
    count = len(result.claims)
    undecided = "Undecided means that these runs do not tell; it does not mean that there is no difference."
    if result.most_seeds is not None:
        together = f", all {count} claims together" if count > 1 else ""
        return (
            f"Seeds were added to the variants of undecided claims, up to {result.most_seeds} of each. After every "
            "seed from the third on, Student's t test of the differences by seed was made at a level so small that the "
            f"probability of any false verdict{together} stays under 5%, however often one looks (error spending: Lan "
            "and DeMets 1983). The intervals hold at all looks together (Jennison and Turnbull 1989). A verdict stays; "
            "later seeds, which another claim may need, do not take it back. "
            f"{undecided}",
            COUNTING_RULE,
        )
    corrected = ", and corrected for all of them together (Holm 1979)" if count > 1 else ""
    were = "The claim was" if count == 1 else f"The {count} claims were"
    return (
        f"{were} tested at the 5% level, two-sided, by Welch's test (1947) of all runs{corrected}. Where the same "
        "seeds are shown to give both variants luck alike (correlation with a one-sided p < 0.001), the test is "
        f"Student's, of the differences by seed. {undecided}",
        "Beside it stand a permutation test, which asks nothing of the shape of the errors (Fisher 1935), and an "
        "interval for new test images too: a bootstrap over seeds and images with the width of the crossed design "
        "(Owen 2007; Searle, Casella, McCulloch 1992). The latter is the one for statements beyond this test set.",
        COUNTING_RULE,
    )


def _finding(claim: "ClaimResult") -> str:
    better, worse = claim.better, claim.worse
    counts = len(better.errors), len(worse.errors)
    if claim.networks is not None:
        return _two_networks(claim, claim.networks)
    least = 3 if claim.decision is not None else 2
    if (claim.decision.seeds if claim.decision is not None else min(counts)) < least:
        return (
            f"Undecided: {better.title} has {_runs(counts[0])} and {worse.title} has {_runs(counts[1])}; "
            f"at least {least} seeds of each are needed to tell a difference from luck."
        )
    if math.isnan(claim.p_value):
        return f"Undecided: {_without_spread(claim)} Take more seeds."
    numbers = _sequential_numbers(claim) if claim.decision is not None else _numbers(claim)
    fact = _fact(claim, claim.difference)
    if claim.verdict == "supported":
        return f"{fact} {numbers}."
    if claim.verdict == "contradicted":
        return f"Against the claim, {fact} {numbers}."
    return f"Undecided: {fact}, which may be luck {numbers}. {_how_many(claim)}"


def _fact(claim: "ClaimResult", difference: float) -> str:
    better, worse = claim.better.title, claim.worse.title
    if difference == 0:
        return f"{better} and {worse} err equally often on average"
    return f"{better} errs {_points(abs(difference))} points {_direction(difference)} than {worse}"


def _without_spread(claim: "ClaimResult") -> str:
    better, worse = claim.better, claim.worse
    if claim.method == "sequential":
        return (
            f"{better.title} and {worse.title} differ by the same {_points(abs(claim.difference))} points at every "
            "seed; differences without any spread do not tell how much is luck."
        )
    return (
        f"all runs of {better.title} err by {_points(better.errors[0])}% and all of {worse.title} by "
        f"{_points(worse.errors[0])}%; runs without any spread do not tell how much is luck."
    )


def _numbers(claim: "ClaimResult") -> str:
    corrected = "corrected p" if claim.claims > 1 else "p"
    runs = f"{len(claim.better.errors)} against {len(claim.worse.errors)} runs"
    if claim.method == "paired" and claim.correlation is not None:
        runs = (
            f"{claim.correlation.seeds} seeds compared one by one, because they correlate: "
            f"r = {claim.correlation.coefficient:.2f}"
        )
    interval = _interval(claim.interval, claim.difference)
    return f"(95% interval {interval}, {corrected} {_probability(claim.p_value)}, {runs})"


def _sequential_numbers(claim: "ClaimResult") -> str:
    assert claim.decision is not None
    when = "after" if claim.verdict == "undecided" else "decided after"
    return (
        f"({when} {claim.decision.seeds} seeds; interval over all looks {_interval(claim.interval, claim.difference)}, "
        f"p {_probability(claim.p_value)} at a level of {claim.decision.level:.2g})"
    )


def _two_networks(claim: "ClaimResult", test: "McNemarTest") -> str:
    relation = "as often as"
    if test.difference:
        relation = f"{_points(abs(test.difference))} points {_direction(test.difference)} than"
    interval = _interval(test.interval, test.difference)
    # As in all differences here, the first of the test's two networks is that of the worse side.
    return (
        f"Undecided: there is one run of each. This network of {claim.better.title} errs {relation} that of "
        f"{claim.worse.title} (95% interval {interval}, McNemar's p {_probability(test.p_value)}; "
        f"{test.only_b} images that only the former and {test.only_a} that only the latter gets wrong). That is about "
        "these two networks: another seed may turn it. Take several."
    )


def _how_many(claim: "ClaimResult") -> str:
    if claim.decision is not None:
        return "More seeds may decide it: the test goes on where it stopped."
    if claim.difference == 0:
        return "No number of seeds would show a difference of 0."
    if claim.further is None or claim.further > _MOST_RUNS:
        return f"If the true difference is this small, even {_MOST_RUNS:,} more seeds of each would hardly show it."
    seeds = "1 more seed" if claim.further == 1 else f"{claim.further} more seeds"
    return f"If the true difference is this large, about {seeds} of each would decide it (power 0.8)."


def _other_images(claim: "ClaimResult") -> str:
    if claim.verdict == "undecided" or claim.images is None or not math.isfinite(claim.images.interval[0]):
        return ""
    low, high = claim.images.interval
    interval = _interval((low, high), claim.difference)
    if low <= 0 <= high:
        return f"Other test images might turn it: with their luck too, the interval is {interval}."
    return f"With the luck of the test images too, the interval is {interval}."


def _published(claim: "ClaimResult") -> str:
    difference = claim.published_difference
    if difference is None:
        return ""
    text = "Published: no difference"
    if difference:
        text = f"Published: {_points(abs(difference))} points {_direction(difference)}"
    facts = []
    if claim.published is not None:
        p_value = claim.published.p_value
        significant = "" if p_value < _LEVEL else "not significant, "
        facts.append(f"by its own means and deviations {significant}p {_probability(p_value)}")
    for side in (claim.better, claim.worse):
        marks = side.published.marks if side.published is not None else ()
        facts += [f"{side.title}: {', '.join(marks)}"] if marks else []
    if facts:
        text += f" ({'; '.join(facts)})"
    if claim.holds_published is None:
        return f"{text}."
    return f"{text}, {'inside' if claim.holds_published else 'outside'} the interval measured here."


def _constants(claim: "ClaimResult") -> list[str]:
    """Published figures that no network has learned for."""
    sentences = []
    for side in (claim.better, claim.worse):
        if side.published is not None and side.published_constant:
            classes = " or ".join(f"'{name}'" for name in side.published_constant)
            sentences.append(
                f"The published error of {side.title}, {_points(side.published.error)}%, is exactly that of the answer "
                f"{classes} to every image."
            )
    return sentences


def _troubles(claim: "ClaimResult") -> list[str]:
    sentences = []
    for side in (claim.better, claim.worse):
        runs = len(side.errors) + side.diverged
        if side.diverged:
            verb = "diverged and does not count" if side.diverged == 1 else "diverged and do not count"
            sentences.append(f"{side.diverged} of {runs} runs of {side.title} {verb}.")
        if side.collapsed:
            verb = "counts with its error" if len(side.collapsed) == 1 else "count with their errors"
            notes = "; ".join(dict.fromkeys(side.collapsed))
            sentences.append(f"{len(side.collapsed)} of {runs} runs of {side.title} collapsed ({notes}) and {verb}.")
    if claim.learned is not None and not math.isnan(claim.learned.difference):
        fact = _fact(claim, claim.learned.difference)
        ends = claim.learned.interval
        told = math.isfinite(ends[0])
        interval = f" (95% interval {_interval(ends, claim.learned.difference)})" if told else ""
        sentences.append(f"Without collapsed runs, {fact}{interval}.")
    return sentences


def _runs(count: int) -> str:
    return f"{count or 'no'} finished run{'' if count == 1 else 's'}"


def _direction(difference: float) -> str:
    return "less" if difference > 0 else "more"


def _interval(ends: tuple[float, float], difference: float) -> str:
    """In the direction of the sentence, which says by how much more if the difference is negative."""
    if difference < 0:
        ends = -ends[1], -ends[0]
    return f"{_points(ends[0])} to {_points(ends[1])}"


def _points(value: float) -> str:
    digits = 2 if abs(value) >= 0.02 or value == 0 else 3
    return f"{value:.{digits}f}".replace("-", "−")


def _probability(p_value: float) -> str:
    if p_value < 0.0001:
        return "< 0.0001"
    digits = max(2, 1 - math.floor(math.log10(p_value)))
    # 0.0496 must not read as 0.050, the level that it is under.
    while round(p_value, digits) == _LEVEL != p_value and digits < 6:
        digits += 1
    return f"= {p_value:.{digits}f}"
