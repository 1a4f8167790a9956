"""A chain from a recipe as published to the one as meant, in plain words: which step explains the difference."""

import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedbed.formatting import mean_std_text, number, p_value_clause, points_text, run_count
from seedbed.language import phrase
from seedbed.study.chains import LEVEL, ChainResult, ChainStep

if TYPE_CHECKING:
    from seedbed.statistics import Replication


def chain_sentence(chain: ChainResult) -> str:
    """What either recipe gives here, whether that is what was published, and what each step does to the error."""
    if not chain.as_published.errors or not chain.as_meant.errors:
        return phrase("{title}: no run finished as published or as meant, so nothing is explained.", title=chain.title)
    shown = [step for step in chain.steps if step.is_shown]
    open_steps = [step for step in chain.steps if not step.is_shown]
    parts = [_ends(chain), *_where(chain)]
    if math.isfinite(chain.whole.interval[0]):
        parts.append(
            phrase(
                "From as published to as meant the error changes by {points} points (95% interval {interval}).",
                points=signed(chain.whole.difference),
                interval=_interval(chain.whole.interval),
            )
        )
    if shown:
        parts.append(phrase("Shown to change it: {steps}.", steps=_listed(shown)))
    if open_steps:
        parts.append(phrase("Not shown to change it: {steps}.", steps=_listed(open_steps)))
    return " ".join(parts)


def errors_text(errors: Sequence[float]) -> str:
    """``1.14 ± 0.04``; the mean alone of one run; a dash without any."""
    if not errors:
        return number(None)
    return mean_std_text(statistics.fmean(errors), statistics.stdev(errors) if len(errors) > 1 else None)


def signed(value: float) -> str:
    """Percent points with their sign: ``+0.40``, ``−0.32``."""
    text = points_text(value)
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def _ends(chain: ChainResult) -> str:
    first, last, published = chain.as_published, chain.as_meant, chain.as_published.published
    values = {
        "title": chain.title,
        "first": errors_text(first.errors),
        "first_runs": run_count(len(first.errors)),
        "last": errors_text(last.errors),
        "last_runs": run_count(len(last.errors)),
    }
    if published is None:
        return phrase(
            "{title}: as published it errs {first}% here ({first_runs}), as meant {last}% ({last_runs}).", **values
        )
    return phrase(
        "{title}, published {published}%: as published it errs {first}% here ({first_runs}), as meant {last}% "
        "({last_runs}).",
        published=number(published.error),
        **values,
    )


def _where(chain: ChainResult) -> list[str]:
    as_published, as_meant = chain.replication_as_published, chain.replication_as_meant
    texts = []
    if as_published is not None and as_published.replicates is not None:
        interval = _places(as_published)
        if as_published.replicates:
            text = phrase(
                "As published, luck puts 95% of such figures in {interval}: the published one lies inside.",
                interval=interval,
            )
        else:
            text = phrase(
                "As published, luck puts 95% of such figures in {interval}: the published one lies outside.",
                interval=interval,
            )
        texts.append(text)
    if as_meant is not None and as_meant.replicates is not None:
        interval = _places(as_meant)
        if as_meant.replicates:
            text = phrase("As meant it is {interval}: inside.", interval=interval)
        else:
            text = phrase("As meant it is {interval}: outside.", interval=interval)
        texts.append(text)
    return texts


def _places(found: "Replication") -> str:
    low, high = found.interval
    return phrase("{low} to {high}", low=points_text(low), high=points_text(high))


def _interval(ends: tuple[float, float]) -> str:
    return phrase("{low} to {high}", low=signed(ends[0]), high=signed(ends[1]))


def _listed(steps: Sequence[ChainStep]) -> str:
    return "; ".join(_step(step) for step in steps)


def _step(step: ChainStep) -> str:
    if math.isnan(step.difference):
        return phrase("{change} (no run finished)", change=step.change)
    if not math.isfinite(step.interval[0]):
        return phrase(
            "{change}, {points} points (too few runs, or no spread, for a test)",
            change=step.change,
            points=signed(step.difference),
        )
    if step.level < LEVEL:
        return phrase(
            "{change}, {points} points (interval over all looks {interval}, p {p} at a level of {level:.2g})",
            change=step.change,
            points=signed(step.difference),
            interval=_interval(step.interval),
            p=p_value_clause(step.p_value),
            level=step.level,
        )
    return phrase(
        "{change}, {points} points (95% interval {interval}, corrected p {p})",
        change=step.change,
        points=signed(step.difference),
        interval=_interval(step.interval),
        p=p_value_clause(step.p_value),
    )
