"""What each panel of a figure of curves shows: which lines, over which epochs, on which scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.language import phrase
from seedbed.report.figures.scales import padded, wants_log
from seedbed.study.summaries import Curve, State

SHORTEST_TO_ZOOM = 8
"""A run of fewer epochs needs no second look at its end."""

FARTHEST_IN_ZOOM = 4.0
"""A line that ends above this multiple of the lowest one would press the others flat: it is named, not shown."""


@dataclass(frozen=True)
class Stray:
    """A run that is drawn by itself because it collapsed or diverged."""

    seed: int
    state: State
    epochs: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Series:
    """The lines of one variant.

    Attributes
    ----------
    label : str
    index : int
        Place of the variant in the study, which decides its style.
    curve : Curve or None
        None if no run finished.
    strays : tuple of Stray
    """

    label: str
    index: int
    curve: Curve | None
    strays: tuple[Stray, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes
    ----------
    title, unit : str
        Both stand above the axes, the unit of the vertical one with what it measures.
    series : tuple of Series
    epochs, limits : (first, last), (low, high)
    is_log : bool
    enlarged : Panel or None
        The panel that shows a part of this one; with it at its side this one needs no labels.
    """

    title: str
    unit: str
    series: tuple[Series, ...]
    epochs: tuple[int, int]
    limits: tuple[float, float]
    is_log: bool
    enlarged: "Panel | None" = None


def error_panels(series: Sequence[Series]) -> tuple[Panel, ...]:
    """All epochs, and the last third of them again where the differences are small; none without two epochs."""
    error = phrase("Test error, %")
    whole = _whole(series, phrase("All epochs"), error)
    if whole is None:
        return ()
    first, last = whole.epochs
    curves = [item.curve for item in series if item.curve is not None]
    if last - first + 1 < SHORTEST_TO_ZOOM or not curves:
        return (whole,)
    start = last - max(5, (last - first + 1) // 3) + 1
    tails = [_ends(curve, start) for curve in curves]
    lowest = min(curve.mean[-1] for curve in curves)
    near = [tail for tail in tails if tail and (lowest <= 0 or tail[-1] <= FARTHEST_IN_ZOOM * lowest)]
    values = [value for tail in near for value in tail]
    if not values:
        return (whole,)
    calm = tuple(Series(item.label, item.index, item.curve) for item in series if item.curve is not None)
    title = phrase("Last {count} epochs", count=last - start + 1)
    zoom = Panel(title, error, calm, (start, last), padded(values, False), False)
    return (Panel(whole.title, whole.unit, whole.series, whole.epochs, whole.limits, whole.is_log, zoom), zoom)


def loss_panels(groups: Sequence[tuple[str, Sequence[Series]]]) -> tuple[Panel, ...]:
    """One panel for each loss: the values of two losses have no common scale."""
    panels = [_whole(series, loss, phrase("Mean training loss")) for loss, series in groups]
    return tuple(panel for panel in panels if panel is not None)


def _whole(series: Sequence[Series], title: str, unit: str) -> Panel | None:
    epochs = [epoch for item in series if item.curve for epoch in item.curve.epochs]
    means = [value for item in series if item.curve for value in item.curve.mean]
    edges = [edge for item in series if item.curve for edge in _ends(item.curve, 0)]
    for stray in (stray for item in series for stray in item.strays):
        epochs += stray.epochs
        means += stray.values
        edges += stray.values
    if len(set(epochs)) < 2:
        return None
    is_log = wants_log(means)
    values = [edge for edge in edges if edge > 0] + means if is_log else edges
    unit = phrase("{unit}, logarithmic", unit=unit) if is_log else unit
    return Panel(title, unit, tuple(series), (min(epochs), max(epochs)), padded(values, is_log), is_log)


def _ends(curve: Curve, start: int) -> list[float]:
    """Lower and upper edges of the band from an epoch on, the mean of the last epoch at the end."""
    stds = curve.std or (0.0,) * len(curve.mean)
    rows = [(mean, std) for epoch, mean, std in zip(curve.epochs, curve.mean, stds, strict=True) if epoch >= start]
    return [edge for mean, std in rows for edge in (mean - std, mean + std)] + [mean for mean, _ in rows[-1:]]
