"""The figures of variants and claims as they are read: one row for each, whoever draws the table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seedbed.formatting import (
    error_digits,
    interval_text,
    mean_std_text,
    number,
    p_value_text,
    run_count,
    seconds_text,
)
from seedbed.language import phrase
from seedbed.study.claim_numbers import ClaimNumbers, Verdict
from seedbed.study.published import Published
from seedbed.study.summaries import Spread, VariantSummary


@dataclass(frozen=True)
class VariantRow:
    """One variant. Errors are in percent; what does not exist is a dash.

    Attributes
    ----------
    name, title : str
    published : str
        ``0.96 (0.06)``: the source's mean and standard deviation.
    measured, interval : str
        ``0.78 ± 0.06`` and ``[0.72, 0.84]``, the 95% interval of that mean, over all finished runs.
    without, interval_without : str
        The same without collapsed runs; empty where there are none.
    best_epoch : str
        Each run's lowest error.
    epoch_s, speed : str
        Seconds of training an epoch; images a second.
    runs, runs_in_words : str
        ``3, 1 collapsed``; ``3 runs, 1 collapsed``.
    """

    name: str
    title: str
    published: str
    measured: str
    interval: str
    without: str
    interval_without: str
    best_epoch: str
    epoch_s: str
    speed: str
    runs: str
    runs_in_words: str


@dataclass(frozen=True)
class ClaimRow:
    """One claim. Differences are in percent points, worse minus better; what does not exist is a dash.

    Attributes
    ----------
    text : str
    verdict : str
    difference, interval : str
    without : str
        The difference without collapsed runs; empty where there are none.
    images_interval : str
        With the luck of the test images too.
    p_value : str
    published : str
        The difference of the published figures.
    """

    text: str
    verdict: Verdict
    difference: str
    interval: str
    without: str
    images_interval: str
    p_value: str
    published: str


def variant_rows(summaries: Sequence[VariantSummary]) -> list[VariantRow]:
    """A row for each variant, with as many decimals in all of them."""
    digits = shared_digits(summaries)
    return [_variant_row(item, digits) for item in summaries]


def claim_rows(claims: Sequence[ClaimNumbers]) -> list[ClaimRow]:
    """A row for each claim, with as many decimals in all of them."""
    digits = 3 if any(_needs_three_digits(claim) for claim in claims) else 2
    return [_claim_row(claim, digits) for claim in claims]


def shared_digits(summaries: Iterable[VariantSummary]) -> int:
    """Decimals that the errors of these variants share, see `error_digits`."""
    return error_digits(item.trained.std for item in summaries if item.trained)


def spread_text(spread: Spread | None, digits: int) -> str:
    """``0.78 ± 0.06``; the mean alone for a single run; a dash for none."""
    return mean_std_text(spread.mean, spread.std, digits) if spread is not None else mean_std_text(None, None, digits)


def published_text(published: Published | None) -> str:
    """``0.96 (0.06)``; a dash for none."""
    if published is None:
        return number(None)
    return number(published.error) + (f" ({number(published.std)})" if published.std is not None else "")


def runs_text(item: VariantSummary) -> str:
    """How many runs are behind a figure, and how many of them went wrong: ``3 runs, 1 collapsed``."""
    return ", ".join([run_count(item.finished) if item.finished else phrase("no run finished"), *_gone_wrong(item)])


def _gone_wrong(item: VariantSummary) -> list[str]:
    parts = [phrase("{count} collapsed", count=item.collapsed)] if item.collapsed else []
    return parts + ([phrase("{count} diverged", count=item.diverged)] if item.diverged else [])


def _variant_row(item: VariantSummary, digits: int) -> VariantRow:
    has_without = item.trained is not None and item.trained != item.measured
    interval_without = item.trained.interval if item.trained is not None and has_without else None
    speed = item.images_per_second
    return VariantRow(
        name=item.variant.name,
        title=item.variant.title,
        published=published_text(item.variant.published),
        measured=spread_text(item.measured, digits),
        interval=interval_text(item.measured.interval if item.measured else None, digits),
        without=spread_text(item.trained, digits) if has_without else "",
        interval_without=interval_text(interval_without, digits) if interval_without else "",
        best_epoch=spread_text(item.best_epoch, digits),
        epoch_s=seconds_text(item.epoch_s),
        speed=phrase("not measured") if speed is None else phrase("{speed} images/s", speed=number(speed, 0)),
        runs=", ".join([str(item.finished), *_gone_wrong(item)]),
        runs_in_words=runs_text(item),
    )


def _needs_three_digits(claim: ClaimNumbers) -> bool:
    """Two digits would hide the difference, or on which side of zero its interval ends."""
    ends = (*claim.interval, *(claim.images.interval if claim.images is not None else ()))
    return 0 < abs(claim.difference) < 0.02 or any(0 < abs(end) < 0.01 for end in ends)


def _claim_row(claim: ClaimNumbers, digits: int) -> ClaimRow:
    has_without = claim.learned is not None and not math.isnan(claim.learned.difference)
    return ClaimRow(
        text=claim.text,
        verdict=claim.verdict,
        difference=number(claim.difference, digits),
        interval=interval_text(claim.interval, digits),
        without=number(claim.learned.difference, digits) if claim.learned is not None and has_without else "",
        images_interval=interval_text(claim.images.interval if claim.images is not None else None, digits),
        p_value=p_value_text(claim.p_value),
        published=number(claim.published_difference, 2),
    )
