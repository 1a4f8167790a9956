"""Axes for a reader: a range that shows the differences, round ticks, no scientific notation."""

import math
from collections.abc import Iterable, Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from seedbed.formatting import number

LOG_RATIO = 8.0
"""From this ratio of largest to smallest value on, a linear axis hides the small ones."""

_ROUNDING = 1e-12


def wants_log(values: Iterable[float]) -> bool:
    """Whether values span so much that only a logarithmic axis shows them all."""
    kept = list(values)
    return bool(kept) and min(kept) > 0 and max(kept) / min(kept) >= LOG_RATIO


def padded(values: Iterable[float], is_log: bool, share: float = 0.06) -> tuple[float, float]:
    """The range of the values with some air; a range of no length but rounding is opened around its value."""
    low, high = _ends(values)
    if is_log:
        factor = max((high / low) ** share, 1.1)
        return low / factor, high * factor
    is_one = high - low <= _ROUNDING * max(abs(low), abs(high))
    margin = max(abs(high) * 0.1, 0.05) if is_one else share * (high - low)
    return (max(0.0, low - margin) if low >= 0 else low - margin), high + margin


def set_ticks(axis: Axis, low: float, high: float, is_log: bool, count: int = 6) -> None:
    """Round ticks within a range, written as plain decimals."""
    ticks = _log_ticks(low, high, count + 2) if is_log else []
    if len(ticks) < 2:
        ticks = [tick for tick in MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter(_tick_texts(ticks, is_log)))
    axis.set_minor_locator(NullLocator())


def set_epoch_ticks(axis: Axis, first: int, last: int, count: int) -> None:
    """Whole epochs, the first and the last among them."""
    ticks = _epoch_ticks(first, last, count)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([str(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def _epoch_ticks(first: int, last: int, count: int) -> list[int]:
    span = last - first
    even = next((step for step in range(1, span) if span % step == 0 and span // step <= count), span)
    if first > 1 and span // even >= 3:
        return list(range(first, last + 1, even))
    step = next(base * 10**power for power in range(12) for base in (1, 2, 5) if span / (base * 10**power) <= count)
    inner = [epoch for epoch in range(step, last + 1, step) if min(epoch - first, last - epoch) >= 0.6 * step]
    return sorted({first, *inner, last})


def _ends(values: Iterable[float]) -> tuple[float, float]:
    kept = list(values)
    return min(kept), max(kept)


def _log_ticks(low: float, high: float, count: int) -> list[float]:
    """The densest of three patterns of round numbers that does not crowd the axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for pattern in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,)):
        ticks = [base * 10.0**decade for decade in decades for base in pattern]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= count:
            return ticks
    return ticks[:: math.ceil(len(ticks) / count)]


def _tick_texts(ticks: Sequence[float], is_log: bool) -> list[str]:
    """Every tick with the digits it needs; the same for all of them on a linear axis."""
    digits = [_decimals(tick) for tick in ticks]
    if not is_log:
        digits = [max(digits)] * len(ticks)
    return [number(tick, digit) for tick, digit in zip(ticks, digits, strict=True)]


def _decimals(value: float) -> int:
    text = f"{value:.12f}".rstrip("0")
    return len(text.partition(".")[2])
