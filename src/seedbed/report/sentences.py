"""What the report says in words: the short answer, how sure it is, captions and text alternatives."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.formatting import (
    epoch_count,
    interval_text,
    listed,
    number,
    run_count,
    seed_count,
    standing_text,
)
from seedbed.language import phrase
from seedbed.report.document import Answer
from seedbed.study.look_wording import look_text
from seedbed.study.rows import runs_text, shared_digits, spread_text
from seedbed.study.summaries import VariantSummary, state

if TYPE_CHECKING:
    from seedbed.study.claim import ClaimResult
    from seedbed.study.kind_claim import KindClaim
    from seedbed.study.result import RunResult
    from seedbed.study.study_result import StudyResult


def answers(claims: Sequence["ClaimResult | KindClaim"]) -> tuple[Answer, ...]:
    """The sentences of the claims, by verdict: what holds, what does not, what is undecided."""
    heads = {
        "supported": phrase("What holds"),
        "contradicted": phrase("What does not hold"),
        "undecided": phrase("What is undecided"),
    }
    grouped = {verdict: [claim.sentence for claim in claims if claim.verdict == verdict] for verdict in heads}
    return tuple(Answer(verdict, heads[verdict], tuple(texts)) for verdict, texts in grouped.items() if texts)


def without_claims(summaries: Sequence[VariantSummary]) -> str:
    """The short answer of a study that checks nothing."""
    digits = shared_digits(summaries)
    measured = sorted((item for item in summaries if item.measured), key=lambda item: item.measured.mean)  # type: ignore[union-attr]
    if not measured:
        return phrase("This study makes no claims, and no run finished: there is no error to report.")
    parts = [
        phrase("{error}% for {title}", error=spread_text(item.measured, digits), title=item.variant.title)
        for item in measured
    ]
    if len(parts) == 1:
        return phrase("This study makes no claims; it measures. The test error is {error}.", error=parts[0])
    if len(parts) > 4:
        text = phrase(
            "Mean test errors go from {lowest} to {highest}; the table below has all {count}.",
            lowest=parts[0],
            highest=parts[-1],
            count=len(parts),
        )
    else:
        text = phrase("Mean test errors are {errors}.", errors=listed(parts))
    return phrase(
        "This study makes no claims; it measures. {errors} Whether two really differ was not tested.", errors=text
    )


def size_text(result: "StudyResult") -> str:
    """``quick size: 3 seeds × 2 epochs``; says so if the study asks for more epochs."""
    counts = {len(variant.runs) for variant in result.variants}
    seeds = seed_count(max(counts, default=0))
    if len(counts) > 1:
        seeds = phrase("up to {seeds}", seeds=seeds)
    lengths = {variant.recipe.epochs for variant in result.variants}
    epochs = epoch_count(max(lengths, default=0))
    if len(lengths) > 1:
        epochs = phrase("up to {epochs}", epochs=epochs)
    if any(variant.cut_short for variant in result.variants):
        asked = epoch_count(max(variant.full_epochs for variant in result.variants))
        return phrase(
            "cut short: {seeds} × {epochs} (the study asks for {asked})", seeds=seeds, epochs=epochs, asked=asked
        )
    if result.size == "quick":
        return phrase("quick size: {seeds} × {epochs}", seeds=seeds, epochs=epochs)
    return phrase("full size: {seeds} × {epochs}", seeds=seeds, epochs=epochs)


def certainty(result: "StudyResult", summaries: Sequence[VariantSummary], test_images: int | None) -> tuple[str, ...]:
    """How sure the answer is, in a few sentences."""
    counts = sorted({item.finished for item in summaries if item.finished})
    if not counts:
        return (phrase("No run finished, so nothing can be concluded."),)
    runs = run_count(counts[0])
    if len(counts) > 1:
        runs = phrase("{least} to {most} runs", least=counts[0], most=counts[-1])
    sentences = [phrase("Each mean rests on {runs} with different random seeds.", runs=runs)]
    if counts[-1] < 2:
        sentences = [
            phrase(
                "Each variant has at most one finished run, so the luck of the seed cannot be told from an effect: "
                "no interval and no test is possible."
            )
        ]
    elif result.claims:
        sentences.append(_decided(result))
    if any(variant.cut_short for variant in result.variants):
        sentences.append(
            phrase(
                "The networks were trained for fewer epochs than the study asks for: the answers hold for so short a "
                "training."
            )
        )
    absent = [item.variant.title for item in summaries if not item.finished]
    if absent:
        sentences.append(phrase("No run has finished of: {names}.", names=_some(absent)))
    troubled = [item for item in summaries if item.collapsed or item.diverged]
    if troubled:
        names = _some([f"{item.variant.title} ({runs_text(item)})" for item in troubled])
        sentences.append(phrase("Not every run went well: {names}.", names=names))
    error = _binomial_error(summaries, test_images)
    if error:
        sentences.append(
            phrase(
                "The {images:,} test images alone leave an uncertainty of {error} points (one standard error) on any "
                "error stated for images beyond this test set.",
                images=test_images,
                error=error,
            )
        )
    return tuple(sentences)


def _decided(result: "StudyResult") -> str:
    count = len(result.claims)
    if result.most_seeds is None and result.looks.are_many:
        return look_text(result.looks)
    if result.most_seeds is not None and count > 1:
        return phrase(
            "Seeds were added until every claim was decided, at most {most} of each; a false verdict on any of the "
            "{count} claims has a chance of at most 5%, the many looks included.",
            most=result.most_seeds,
            count=count,
        )
    if result.most_seeds is not None:
        return phrase(
            "Seeds were added until every claim was decided, at most {most} of each; a false verdict has a chance of "
            "at most 5%, the many looks included.",
            most=result.most_seeds,
        )
    if count > 1:
        return phrase(
            "A claim counts as decided where its test is significant at the 5% level, corrected for {count} claims "
            "together.",
            count=count,
        )
    return phrase("A claim counts as decided where its test is significant at the 5% level.")


def resolution(summaries: Sequence[VariantSummary], test_images: int | None) -> tuple[str, ...]:
    """What the size of the test set allows to say: its binomial standard error, in words."""
    error = _binomial_error(summaries, test_images)
    if test_images is None:
        return (
            phrase(
                "The number of test images is not known to this report, so the uncertainty that comes from them is not "
                "stated. It is √(e(1 − e)/n) for an error rate e on n images."
            ),
        )
    if not error:
        return (phrase("No run finished, so there is no error whose uncertainty could be stated."),)
    share = number(100 / test_images, 2 if test_images <= 10_000 else 4)
    return (
        phrase(
            "The test set has {images:,} images; one image is {share} percentage points. Had other images been drawn "
            "from the same source, the measured errors would vary by about {error} points (one binomial standard "
            "error, √(e(1 − e)/n)); 95% of such draws fall within about twice that. More seeds do not make this "
            "smaller.",
            images=test_images,
            share=share,
            error=error,
        ),
        phrase(
            "Unless they say otherwise, the intervals in this report answer another question: what other seeds would "
            "give on these same images. For the claims, where it is known what each run answered to each image, there "
            "is an interval for new test images too. It draws the images for both variants together, for an image that "
            "is hard for one is often hard for the other."
        ),
    )


def results_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of all results."""
    digits = shared_digits(summaries)
    parts = []
    for item in summaries:
        part = f"{item.variant.title}: {_measured_text(item, digits)}"
        if item.variant.published is not None:
            published = number(item.variant.published.error)
            part = phrase("{measured}; published {published}", measured=part, published=published)
        parts.append(part)
    return phrase("Test errors in percent, one row for each variant. {rows}.", rows=". ".join(parts))


def _measured_text(item: VariantSummary, digits: int) -> str:
    if item.trained is None:
        return phrase("no run finished")
    runs, mean = runs_text(item), number(item.trained.mean, digits)
    if item.trained.interval is None:
        return phrase("{runs}, mean {mean}", runs=runs, mean=mean)
    interval = interval_text(item.trained.interval, digits)
    return phrase("{runs}, mean {mean}, interval {interval}", runs=runs, mean=mean, interval=interval)


def curves_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of test error against epoch."""
    parts = []
    for item in summaries:
        curve = item.curve(lambda record: record.test_error)
        if curve is None:
            text = phrase("no run finished")
        else:
            values = [number(value) for value in (curve.mean[0], curve.mean[len(curve.mean) // 2], curve.mean[-1])]
            places = (curve.epochs[0], curve.epochs[len(curve.mean) // 2], curve.epochs[-1])
            steps = [
                phrase("{error} at epoch {epoch}", error=value, epoch=place)
                for value, place in zip(values, places, strict=True)
            ]
            text = ", ".join(dict.fromkeys(steps))
        parts.append(f"{item.variant.title}: {text}")
    return phrase("Lines of mean test error in percent against epoch. {lines}.", lines=". ".join(parts))


def losses_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of training loss against epoch."""
    parts = []
    for item in summaries:
        curve = item.curve(lambda record: record.train_loss)
        ends = phrase("no run finished")
        if curve:
            ends = phrase("from {first:.3g} to {last:.3g}", first=curve.mean[0], last=curve.mean[-1])
        parts.append(f"{item.variant.title} ({item.variant.recipe.loss}): {ends}")
    return phrase("Lines of mean training loss against epoch. {lines}.", lines=". ".join(parts))


def strays_text(summaries: Sequence[VariantSummary]) -> str:
    """Name the runs that the curves draw one by one."""
    runs = [(item.variant.title, run) for item in summaries for run in item.troubled_runs]
    names = [f"{_run_name(title, run)} ({standing_text(state(run))})" for title, run in runs if run.history.epochs]
    absent = [_run_name(title, run) for title, run in runs if not run.history.epochs]
    texts = []
    if len(names) == 1:
        texts.append(phrase("Drawn thin: {name}; it is not part of the means in this figure.", name=names[0]))
    elif names:
        texts.append(phrase("Drawn thin: {names}; they are not part of the means in this figure.", names=_some(names)))
    if absent:
        texts.append(phrase("Without a line, because no epoch was completed: {names}.", names=_some(absent)))
    return " ".join(texts)


def _run_name(title: str, run: "RunResult") -> str:
    return phrase("{title} seed {seed}", title=title, seed=run.seed)


def _some(names: list[str]) -> str:
    if len(names) > 8:
        names = [*names[:7], phrase("{count} more that the table of runs lists", count=len(names) - 7)]
    return listed(names)


def _binomial_error(summaries: Sequence[VariantSummary], test_images: int | None) -> str:
    """``±0.09`` or ``±0.09 to ±0.10`` over the range of the measured errors; empty if there is none."""
    shares = [item.trained.mean / 100 for item in summaries if item.trained]
    if not shares or not test_images:
        return ""
    low, high = (
        f"±{number(100 * math.sqrt(share * (1 - share) / test_images))}" for share in (min(shares), max(shares))
    )
    return low if low == high else phrase("{low} to {high}", low=low, high=high)
