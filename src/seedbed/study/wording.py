"""A verdict in plain words, from the numbers of its claim alone."""

import math
from typing import TYPE_CHECKING

from seedbed.formatting import p_value_clause, points_text
from seedbed.language import phrase
from seedbed.study.claim_numbers import ClaimNumbers

if TYPE_CHECKING:
    from seedbed.statistics import McNemarTest

_LEVEL = 0.05
_MOST_RUNS = 1000


def claim_sentence(claim: ClaimNumbers) -> str:
    """What was found, how sure it is, what the source has, and which runs went wrong."""
    parts = [_finding(claim), _other_images(claim), _published(claim), *_constants(claim), *_troubles(claim)]
    return " ".join(part for part in parts if part)


def _finding(claim: ClaimNumbers) -> str:
    better, worse = claim.better, claim.worse
    counts = len(better.errors), len(worse.errors)
    if claim.networks is not None:
        return _two_networks(claim, claim.networks)
    least = 3 if claim.decision is not None else 2
    if (claim.decision.seeds if claim.decision is not None else min(counts)) < least:
        return phrase(
            "Undecided: {better} has {better_runs} and {worse} has {worse_runs}; at least {least} seeds of each are "
            "needed to tell a difference from luck.",
            better=better.title,
            better_runs=_runs(counts[0]),
            worse=worse.title,
            worse_runs=_runs(counts[1]),
            least=least,
        )
    if math.isnan(claim.p_value):
        return _without_spread(claim)
    numbers = _sequential_numbers(claim) if claim.decision is not None else _numbers(claim)
    fact = _fact(claim, claim.difference)
    if claim.verdict == "supported":
        return f"{fact} {numbers}."
    if claim.verdict == "contradicted":
        return phrase("Against the claim, {fact} {numbers}.", fact=fact, numbers=numbers)
    doubt = phrase("Undecided: {fact}, which may be luck {numbers}.", fact=fact, numbers=numbers)
    return f"{doubt} {_how_many(claim)}"


def _fact(claim: ClaimNumbers, difference: float) -> str:
    """A clause that can also stand alone."""
    better, worse, points = claim.better.title, claim.worse.title, points_text(abs(difference))
    if difference == 0:
        return phrase("{better} and {worse} err equally often on average", better=better, worse=worse)
    if difference > 0:
        return phrase("{better} errs {points} points less than {worse}", better=better, worse=worse, points=points)
    return phrase("{better} errs {points} points more than {worse}", better=better, worse=worse, points=points)


def _without_spread(claim: ClaimNumbers) -> str:
    better, worse = claim.better, claim.worse
    if claim.method == "sequential":
        return phrase(
            "Undecided: {better} and {worse} differ by the same {points} points at every seed; differences without "
            "any spread do not tell how much is luck. Take more seeds.",
            better=better.title,
            worse=worse.title,
            points=points_text(abs(claim.difference)),
        )
    return phrase(
        "Undecided: all runs of {better} err by {better_error}% and all of {worse} by {worse_error}%; runs without any "
        "spread do not tell how much is luck. Take more seeds.",
        better=better.title,
        better_error=points_text(better.errors[0]),
        worse=worse.title,
        worse_error=points_text(worse.errors[0]),
    )


def _numbers(claim: ClaimNumbers) -> str:
    interval, p_value = _interval(claim.interval, claim.difference), p_value_clause(claim.p_value)
    runs = phrase("{better} against {worse} runs", better=len(claim.better.errors), worse=len(claim.worse.errors))
    if claim.method == "paired" and claim.correlation is not None:
        runs = phrase(
            "{seeds} seeds compared one by one, because they correlate: r = {coefficient:.2f}",
            seeds=claim.correlation.seeds,
            coefficient=claim.correlation.coefficient,
        )
    if claim.claims > 1:
        return phrase("(95% interval {interval}, corrected p {p}, {runs})", interval=interval, p=p_value, runs=runs)
    return phrase("(95% interval {interval}, p {p}, {runs})", interval=interval, p=p_value, runs=runs)


def _sequential_numbers(claim: ClaimNumbers) -> str:
    assert claim.decision is not None
    seeds = claim.decision.seeds
    when = phrase("decided after {seeds} seeds", seeds=seeds)
    if claim.verdict == "undecided":
        when = phrase("after {seeds} seeds", seeds=seeds)
    return phrase(
        "({when}; interval over all looks {interval}, p {p} at a level of {level:.2g})",
        when=when,
        interval=_interval(claim.interval, claim.difference),
        p=p_value_clause(claim.p_value),
        level=claim.decision.level,
    )


def _two_networks(claim: ClaimNumbers, test: "McNemarTest") -> str:
    better, worse, points = claim.better.title, claim.worse.title, points_text(abs(test.difference))
    # As in all differences here, the first of the test's two networks is that of the worse side.
    numbers = phrase(
        "(95% interval {interval}, McNemar's p {p}; {former} images that only the former and {latter} that only the "
        "latter gets wrong)",
        interval=_interval(test.interval, test.difference),
        p=p_value_clause(test.p_value),
        former=test.only_b,
        latter=test.only_a,
    )
    if test.difference == 0:
        fact = phrase("This network of {better} errs as often as that of {worse}", better=better, worse=worse)
    elif test.difference > 0:
        fact = phrase(
            "This network of {better} errs {points} points less than that of {worse}",
            better=better,
            worse=worse,
            points=points,
        )
    else:
        fact = phrase(
            "This network of {better} errs {points} points more than that of {worse}",
            better=better,
            worse=worse,
            points=points,
        )
    return phrase(
        "Undecided: there is one run of each. {fact} {numbers}. That is about these two networks: another seed may "
        "turn it. Take several.",
        fact=fact,
        numbers=numbers,
    )


def _how_many(claim: ClaimNumbers) -> str:
    if claim.decision is not None:
        return phrase("More seeds may decide it: the test goes on where it stopped.")
    if claim.difference == 0:
        return phrase("No number of seeds would show a difference of 0.")
    if claim.further is None or claim.further > _MOST_RUNS:
        return phrase(
            "If the true difference is this small, even {most:,} more seeds of each would hardly show it.",
            most=_MOST_RUNS,
        )
    if claim.further == 1:
        return phrase(
            "If the true difference is this large, about 1 more seed of each would decide it (power 0.8).",
        )
    return phrase(
        "If the true difference is this large, about {count} more seeds of each would decide it (power 0.8).",
        count=claim.further,
    )


def _other_images(claim: ClaimNumbers) -> str:
    if claim.verdict == "undecided" or claim.images is None or not math.isfinite(claim.images.interval[0]):
        return ""
    low, high = claim.images.interval
    interval = _interval((low, high), claim.difference)
    if low <= 0 <= high:
        return phrase(
            "Other test images might turn it: with their luck too, the interval is {interval}.", interval=interval
        )
    return phrase("With the luck of the test images too, the interval is {interval}.", interval=interval)


def _published(claim: ClaimNumbers) -> str:
    difference = claim.published_difference
    if difference is None:
        return ""
    points = points_text(abs(difference))
    text = phrase("Published: no difference")
    if difference > 0:
        text = phrase("Published: {points} points less", points=points)
    elif difference < 0:
        text = phrase("Published: {points} points more", points=points)
    if facts := _published_facts(claim):
        text += f" ({'; '.join(facts)})"
    if claim.replication is None or claim.replication.replicates is None:
        return f"{text}."
    interval = _interval(claim.replication.interval, difference)
    if claim.replication.replicates:
        return phrase(
            "{published}, inside {interval}, where luck puts 95% of such figures.", published=text, interval=interval
        )
    return phrase(
        "{published}, outside {interval}, where luck puts 95% of such figures.", published=text, interval=interval
    )


def _published_facts(claim: ClaimNumbers) -> list[str]:
    facts = []
    if claim.published is not None:
        p_value = p_value_clause(claim.published.p_value)
        if claim.published.p_value < _LEVEL:
            facts.append(phrase("by its own means and deviations p {p}", p=p_value))
        else:
            facts.append(phrase("by its own means and deviations not significant, p {p}", p=p_value))
    for side in (claim.better, claim.worse):
        marks = side.published.marks if side.published is not None else ()
        facts += [f"{side.title}: {', '.join(marks)}"] if marks else []
    return facts


def _constants(claim: ClaimNumbers) -> list[str]:
    """Published figures that no network has learned for."""
    return [
        phrase(
            "The published error of {title}, {error}%, is exactly that of the answer {classes} to every image.",
            title=side.title,
            error=points_text(side.published.error),
            classes=phrase(" or ").join(f"'{name}'" for name in side.published_constant),
        )
        for side in (claim.better, claim.worse)
        if side.published is not None and side.published_constant
    ]


def _troubles(claim: ClaimNumbers) -> list[str]:
    sentences = []
    for side in (claim.better, claim.worse):
        title, runs = side.title, len(side.errors) + side.diverged
        if side.diverged == 1:
            sentences.append(phrase("1 of {runs} runs of {title} diverged and does not count.", runs=runs, title=title))
        elif side.diverged:
            sentences.append(
                phrase(
                    "{count} of {runs} runs of {title} diverged and do not count.",
                    count=side.diverged,
                    runs=runs,
                    title=title,
                )
            )
        notes = "; ".join(
            phrase("constant answer: class '{name}'", name=name) for name in dict.fromkeys(side.collapsed)
        )
        if len(side.collapsed) == 1:
            sentences.append(
                phrase(
                    "1 of {runs} runs of {title} collapsed ({notes}) and counts with its error.",
                    runs=runs,
                    title=title,
                    notes=notes,
                )
            )
        elif side.collapsed:
            sentences.append(
                phrase(
                    "{count} of {runs} runs of {title} collapsed ({notes}) and count with their errors.",
                    count=len(side.collapsed),
                    runs=runs,
                    title=title,
                    notes=notes,
                )
            )
    return [*sentences, *_without_collapsed(claim)]


def _without_collapsed(claim: ClaimNumbers) -> list[str]:
    if claim.learned is None or math.isnan(claim.learned.difference):
        return []
    fact, ends = _fact(claim, claim.learned.difference), claim.learned.interval
    if not math.isfinite(ends[0]):
        return [phrase("Without collapsed runs, {fact}.", fact=fact)]
    interval = _interval(ends, claim.learned.difference)
    return [phrase("Without collapsed runs, {fact} (95% interval {interval}).", fact=fact, interval=interval)]


def _runs(count: int) -> str:
    if count == 0:
        return phrase("no finished runs")
    if count == 1:
        return phrase("1 finished run")
    return phrase("{count} finished runs", count=count)


def _interval(ends: tuple[float, float], difference: float) -> str:
    """In the direction of the sentence, which says by how much more if the difference is negative."""
    if difference < 0:
        ends = -ends[1], -ends[0]
    return phrase("{low} to {high}", low=points_text(ends[0]), high=points_text(ends[1]))
