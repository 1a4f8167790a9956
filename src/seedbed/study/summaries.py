"""The numbers of each variant that tables, figures and sentences share."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seedbed.statistics import Summary, mean_interval, replication

if TYPE_CHECKING:
    from seedbed.statistics import Replication
    from seedbed.study.result import RunResult, VariantResult
    from seedbed.training.history import EpochRecord

State = Literal["finished", "collapsed", "diverged"]


@dataclass(frozen=True)
class Spread:
    """Several measurements of one error in percent.

    Attributes
    ----------
    values : tuple of float
    mean : float
    std : float or None
        Of the sample (n - 1); None for a single value.
    interval : (low, high) or None
        95%, Student's t, cut off at 0 and 100; None for a single value.
    """

    values: tuple[float, ...]
    mean: float
    std: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Curve:
    """A quantity by epoch: the mean of the runs and, where there are two or more, their standard deviation."""

    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...] | None


@dataclass(frozen=True)
class VariantSummary:
    """One variant in numbers.

    Attributes
    ----------
    variant : VariantResult
    measured : Spread or None
        Final test errors of all finished runs, the collapsed ones among them; None if no run finished.
    trained : Spread or None
        The same without collapsed runs, if others are left: what the figures draw as mean and band.
    best_epoch : Spread or None
        Each finished run's lowest test error over its epochs.
    finished, collapsed, diverged : int
        ``finished`` includes the collapsed runs.
    epoch_s, images_per_second : float or None
        Means over the runs.
    replication : Replication or None
        Whether the published figure lies where luck would put it, by ``trained``; None without one, for one that is
        that of a constant answer, and for runs that are shorter than at full size.
    """

    variant: "VariantResult"
    measured: Spread | None
    trained: Spread | None
    best_epoch: Spread | None
    finished: int
    collapsed: int
    diverged: int
    epoch_s: float | None
    images_per_second: float | None
    replication: "Replication | None" = None

    @property
    def typical_runs(self) -> "tuple[RunResult, ...]":
        """Finished runs that did not collapse; all finished runs if every one of them did."""
        finished = tuple(run for run in self.variant.runs if state(run) != "diverged")
        return tuple(run for run in finished if state(run) == "finished") or finished

    @property
    def troubled_runs(self) -> "tuple[RunResult, ...]":
        """The runs that ``typical_runs`` leaves out; figures draw each of them by itself."""
        typical = {id(run) for run in self.typical_runs}
        return tuple(run for run in self.variant.runs if id(run) not in typical)

    def curve(self, value: "Callable[[EpochRecord], float]") -> Curve | None:
        """A quantity of the epoch records over the typical runs, or None if nothing was recorded."""
        by_epoch: dict[int, list[float]] = {}
        for run in self.typical_runs:
            for record in run.history.epochs:
                if math.isfinite(value(record)):
                    by_epoch.setdefault(record.epoch, []).append(value(record))
        if not by_epoch:
            return None
        epochs = tuple(sorted(by_epoch))
        columns = [by_epoch[epoch] for epoch in epochs]
        has_band = all(len(column) > 1 for column in columns)
        return Curve(
            epochs,
            tuple(statistics.fmean(column) for column in columns),
            tuple(statistics.stdev(column) for column in columns) if has_band else None,
        )


def state(run: "RunResult") -> State:
    """A complete run that gives one answer has collapsed: it ended, but with a useless network."""
    if run.diverged:
        return "diverged"
    return "collapsed" if run.collapsed else "finished"


def summarize(variant: "VariantResult") -> VariantSummary:
    """Take the numbers of one variant together."""
    finished = [run for run in variant.runs if state(run) != "diverged"]
    trained = [run for run in finished if state(run) == "finished"] or finished
    records = [record for run in variant.runs for record in run.history.epochs]
    return VariantSummary(
        variant=variant,
        measured=spread(run.test_error for run in finished),
        trained=spread(run.test_error for run in trained),
        best_epoch=spread(min(run.history.test_error) for run in finished if run.history.epochs),
        finished=len(finished),
        collapsed=sum(state(run) == "collapsed" for run in variant.runs),
        diverged=sum(state(run) == "diverged" for run in variant.runs),
        epoch_s=_mean(record.train_s for record in records),
        images_per_second=_mean(run.images_per_second for run in variant.runs if run.images_per_second > 0),
        replication=replication_of([run.test_error for run in trained], variant),
    )


def replication_of(errors: Sequence[float], variant: "VariantResult") -> "Replication | None":
    """Whether the published figure of a variant lies where luck would put it, by the errors of some runs."""
    published = variant.published
    if published is None or variant.published_constant or variant.is_shorter:
        return None
    return replication(errors, Summary(published.error, published.std or 0.0, published.runs))


def spread(values: Iterable[float]) -> Spread | None:
    """Mean, standard deviation and interval of the finite ones of errors in percent, None without any."""
    kept = tuple(value for value in values if math.isfinite(value))
    if not kept:
        return None
    if len(kept) == 1:
        return Spread(kept, kept[0], None, None)
    low, high = mean_interval(kept, level=0.95)
    interval = (max(0.0, float(low)), min(100.0, float(high)))
    return Spread(kept, statistics.fmean(kept), statistics.stdev(kept), interval)


def _mean(values: Iterable[float]) -> float | None:
    kept = [value for value in values if math.isfinite(value)]
    return statistics.fmean(kept) if kept else None
