"""What the report says in words: the short answer, how sure it is, captions and text alternatives."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.report.document import Answer
from seedbed.report.summaries import VariantSummary, state
from seedbed.report.tables import runs_text, spread_text
from seedbed.report.words import counted, error_digits, interval_text, listed, number

if TYPE_CHECKING:
    from seedbed.study.result import ClaimResult, StudyResult

_HEADS = {"supported": "What holds", "contradicted": "What does not hold", "undecided": "What is undecided"}


def answers(claims: Sequence["ClaimResult"]) -> tuple[Answer, ...]:
    """The sentences of the claims, by verdict: what holds, what does not, what is undecided."""
    grouped = {verdict: [claim.sentence for claim in claims if claim.verdict == verdict] for verdict in _HEADS}
    return tuple(Answer(verdict, _HEADS[verdict], tuple(texts)) for verdict, texts in grouped.items() if texts)


def without_claims(summaries: Sequence[VariantSummary]) -> str:
    """The short answer of a study that checks nothing."""
    digits = error_digits(item.trained.std for item in summaries if item.trained)
    measured = sorted((item for item in summaries if item.measured), key=lambda item: item.measured.mean)  # type: ignore[union-attr]
    if not measured:
        return "This study makes no claims, and no run finished: there is no error to report."
    parts = [f"{spread_text(item.measured, digits)}% for {item.variant.title}" for item in measured]
    if len(parts) == 1:
        return f"This study makes no claims; it measures. The test error is {parts[0]}."
    if len(parts) > 4:
        text = f"go from {parts[0]} to {parts[-1]}; the table below has all {len(parts)}"
    else:
        text = f"are {listed(parts)}"
    return (
        f"This study makes no claims; it measures. Mean test errors {text}. Whether two really differ was not tested."
    )


def size_text(result: "StudyResult") -> str:
    """``quick size: 3 seeds × 2 epochs``."""
    counts = {len(variant.runs) for variant in result.variants}
    most = "up to " if len(counts) > 1 else ""
    epochs = max((variant.recipe.epochs for variant in result.variants), default=0)
    return f"{result.size} size: {most}{counted(max(counts, default=0), 'seed')} × {counted(epochs, 'epoch')}"


def certainty(result: "StudyResult", summaries: Sequence[VariantSummary], test_images: int | None) -> tuple[str, ...]:
    """How sure the answer is, in a few sentences."""
    counts = sorted({item.finished for item in summaries})
    if not counts or counts[-1] == 0:
        return ("No run finished, so nothing can be concluded.",)
    runs = counted(counts[0], "run") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} runs"
    sentences = [f"Each mean rests on {runs} with different random seeds."]
    if counts[-1] < 2:
        sentences = [
            "Each variant has at most one finished run, so the luck of the seed cannot be told from an effect: "
            "no interval and no test is possible."
        ]
    elif result.claims:
        sentences.append(_decided(result))
    troubled = [item for item in summaries if item.collapsed or item.diverged]
    if troubled:
        names = _some([f"{item.variant.title} ({runs_text(item)})" for item in troubled])
        sentences.append(f"Not every run went well: {names}.")
    error = _binomial_error(summaries, test_images)
    if error:
        sentences.append(
            f"The {test_images:,} test images alone leave an uncertainty of {error} points (one standard error) on "
            "any error stated for images beyond this test set."
        )
    return tuple(sentences)


def _decided(result: "StudyResult") -> str:
    count = len(result.claims)
    if result.most_seeds is not None:
        together = f" on any of the {count} claims" if count > 1 else ""
        return (
            f"Seeds were added until every claim was decided, at most {result.most_seeds} of each; a false verdict"
            f"{together} has a chance of at most 5%, the many looks included."
        )
    corrected = f", corrected for {count} claims together" if count > 1 else ""
    return f"A claim counts as decided where its test is significant at the 5% level{corrected}."


def resolution(summaries: Sequence[VariantSummary], test_images: int | None) -> tuple[str, ...]:
    """What the size of the test set allows to say: its binomial standard error, in words."""
    error = _binomial_error(summaries, test_images)
    if test_images is None:
        return (
            "The number of test images is not known to this report, so the uncertainty that comes from them is not "
            "stated. It is √(e(1 − e)/n) for an error rate e on n images.",
        )
    if not error:
        return ("No run finished, so there is no error whose uncertainty could be stated.",)
    share = number(100 / test_images, 2 if test_images <= 10_000 else 4)
    return (
        f"The test set has {test_images:,} images; one image is {share} percentage points. Had other "
        f"images been drawn from the same source, the measured errors would vary by about "
        f"{error} points (one binomial standard error, √(e(1 − e)/n)); 95% of such draws fall within about twice that. "
        "More seeds do not make this smaller.",
        "Unless they say otherwise, the intervals in this report answer another question: what other seeds would give "
        "on these same images. For the claims, where it is known what each run answered to each image, there is an "
        "interval for new test images too. It draws the images for both variants together, for an image that is "
        "hard for one is often hard for the other.",
    )


def results_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of all results."""
    digits = error_digits(item.trained.std for item in summaries if item.trained)
    parts = []
    for item in summaries:
        part = f"{item.variant.title}: "
        if item.trained is None:
            part += "no run finished"
        else:
            part += f"{runs_text(item)}, mean {number(item.trained.mean, digits)}"
            if item.trained.interval is not None:
                part += f", interval {interval_text(item.trained.interval, digits)}"
        if item.variant.published is not None:
            part += f"; published {number(item.variant.published.error)}"
        parts.append(part)
    return f"Test errors in percent, one row for each variant. {'. '.join(parts)}."


def curves_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of test error against epoch."""
    parts = []
    for item in summaries:
        curve = item.curve(lambda record: record.test_error)
        if curve is None:
            parts.append(f"{item.variant.title}: no run finished")
        else:
            values = [number(value) for value in (curve.mean[0], curve.mean[len(curve.mean) // 2], curve.mean[-1])]
            places = (curve.epochs[0], curve.epochs[len(curve.mean) // 2], curve.epochs[-1])
            steps = [f"{value} at epoch {place}" for value, place in zip(values, places, strict=True)]
            parts.append(f"{item.variant.title}: {', '.join(dict.fromkeys(steps))}")
    return f"Lines of mean test error in percent against epoch. {'. '.join(parts)}."


def losses_alt(summaries: Sequence[VariantSummary]) -> str:
    """Text alternative of the figure of training loss against epoch."""
    parts = []
    for item in summaries:
        curve = item.curve(lambda record: record.train_loss)
        ends = f"from {curve.mean[0]:.3g} to {curve.mean[-1]:.3g}" if curve else "no run finished"
        parts.append(f"{item.variant.title} ({item.variant.recipe.loss}): {ends}")
    return f"Lines of mean training loss against epoch. {'. '.join(parts)}."


def strays_text(summaries: Sequence[VariantSummary]) -> str:
    """Name the runs that the curves draw one by one."""
    runs = [(item.variant.title, run) for item in summaries for run in item.troubled_runs]
    names = [f"{title} seed {run.seed} ({state(run)})" for title, run in runs if run.history.epochs]
    absent = [f"{title} seed {run.seed}" for title, run in runs if not run.history.epochs]
    text = ""
    if names:
        pronoun = "it is" if len(names) == 1 else "they are"
        text = f"Drawn thin: {_some(names)}; {pronoun} not part of the means in this figure. "
    if absent:
        text += f"Without a line, because no epoch was completed: {_some(absent)}."
    return text


def _some(names: list[str]) -> str:
    if len(names) > 8:
        names = [*names[:7], f"{len(names) - 7} more that the table of runs lists"]
    return listed(names)


def _binomial_error(summaries: Sequence[VariantSummary], test_images: int | None) -> str:
    """``±0.09`` or ``±0.09 to ±0.10`` over the range of the measured errors; empty if there is none."""
    shares = [item.trained.mean / 100 for item in summaries if item.trained]
    if not shares or not test_images:
        return ""
    errors = [number(100 * math.sqrt(share * (1 - share) / test_images)) for share in (min(shares), max(shares))]
    return " to ".join(f"±{error}" for error in dict.fromkeys(errors))
