"""Figures that cost some time: the loss around the parameters, and the loss against the learning rate."""

import numpy as np

from seedbed.formatting import number
from seedbed.insight import LossSurface, RangeTest
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import HEAT_COLOURS, Line, LinePanel, draw_lines, draw_surface, padded, picture

_FARTHEST = 1.5
"""The loss is drawn up to so many times the height, above its lowest, at which it began: what is beyond fails."""


def surface_figure(surface: LossSurface) -> Figure:
    """Contours of the loss along two random directions."""
    name = "loss-surface"
    middle = len(surface.coordinates) // 2
    finite = surface.losses[np.isfinite(surface.losses)]
    caption = phrase(
        "The loss of one fixed batch around the trained parameters (the ring), along two random directions whose "
        "filters have the norms of the network's own (Li et al. 2018); 1 is as far as the parameters are from zero. "
        "The lighter the lower. Look at how far the light ground reaches: a wide valley forgives small changes of the "
        "parameters."
    )
    losses = [float(value) for value in (surface.losses[middle, middle], finite.min(), finite.max())]
    centre, low, high = (f"{value:.3g}" for value in losses)
    reach = number(float(surface.coordinates[-1]), 1)
    alt = phrase(
        "Loss in the middle {centre}, lowest {low}, highest {high} within the distance {reach}.",
        centre=centre,
        low=low,
        high=high,
        reach=reach,
    )
    labels, unit = (phrase("First direction"), phrase("Second direction")), phrase("loss, logarithmic")
    drawn = picture(
        name,
        alt,
        lambda width: draw_surface(surface.coordinates, surface.losses, labels, unit, width),
        HEAT_COLOURS,
    )
    return Figure(name, caption, drawn)


def range_test_figure(test: RangeTest, own_rate: float | None = None) -> Figure:
    """Loss against the growing learning rate; ``own_rate`` is that of the run."""
    name = "range-test"
    smooth = test.smooth[np.isfinite(test.smooth)]
    start, low = float(smooth[0]), float(smooth.min())
    lowest = float(test.losses[np.isfinite(test.losses)].min())
    # A loss that only rises has no height at which it began; all of it is drawn.
    highest = _FARTHEST * start - (_FARTHEST - 1) * low if test.suggestion else float(smooth.max())
    limits = padded([lowest, highest], is_log=False)
    found = phrase("It has no clear fall.")
    marks: tuple[tuple[float, str], ...] = ()
    if test.suggestion:
        found = phrase("Its steepest fall is at {rate:.2g}.", rate=test.suggestion)
        marks = ((test.suggestion, phrase("steepest at {rate:.2g}", rate=test.suggestion)),)
    if own_rate is not None and test.lrs[0] <= own_rate <= test.lrs[-1]:
        marks += ((own_rate, phrase("this run: {rate:g}", rate=own_rate)),)
    panel = LinePanel(
        phrase("Learning-rate range test"),
        phrase("Training loss of the batch"),
        phrase("Learning rate, logarithmic"),
        (
            Line("", 1, test.lrs.tolist(), np.clip(test.losses, None, limits[1]).tolist(), is_faint=True),
            Line("", 0, test.lrs.tolist(), np.clip(test.smooth, None, limits[1]).tolist()),
        ),
        (float(test.lrs[0]), float(test.lrs[-1])),
        limits,
        is_log_x=True,
        marks=marks,
    )
    caption = phrase(
        "Loss while the learning rate grows from step to step, from the first values of the parameters (Smith 2017). "
        "{found} Look at where the smooth line begins to fall and where it turns up: useful rates lie between, those "
        "beyond make training fail.",
        found=found,
    )
    alt = phrase(
        "Loss from {first} to a lowest of {lowest}. {found}",
        first=number(float(smooth[0]), 2),
        lowest=number(float(smooth.min()), 2),
        found=found,
    )
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines([panel], width)))
