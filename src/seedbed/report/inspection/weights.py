"""The figures of weights and of what one step changes in them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.insight import Weights
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import draw_lines, picture
from seedbed.report.inspection.courses import course_text, epoch_panel, shared_limits

_NAME = "weights"


def weights_figure(weights: Weights, layers: Sequence[str]) -> Figure:
    """Norms of weights, of one step, and their ratio over the epochs, of one network.

    Parameters
    ----------
    weights : Weights
    layers : sequence of str
        Whose weights are shown, in the order that gives them their styles; biases and batch norms are left out.
    """
    if len(weights.epochs) < 2 or not layers:
        return Figure(_NAME, phrase("One epoch alone shows no course of the weights."), None)
    views = [
        (phrase("Weights"), phrase("Norm"), weights.norms),
        (phrase("One step"), phrase("Norm of the change"), weights.steps),
        (phrase("One step against the weights"), phrase("Ratio of the norms"), weights.ratio),
    ]
    shown = [(title, unit, _of(layers, weights, values)) for title, unit, values in views]
    panels = [
        epoch_panel(title, unit, weights.epochs, layers, values, shared_limits([values], is_from_zero=False))
        for title, unit, values in shown
    ]
    caption = phrase(
        "Norm of each layer's weights, norm of the change that one step of the optimizer makes with the fixed batch, "
        "and the second divided by the first. Look at the ratio: about 0.001 is common; far above it, steps undo each "
        "other; far below, the layer hardly moves. Steps shrink as the loss falls."
    )
    alt = phrase("Ratios of step and weights. {course}", course=_course("", weights, layers))
    return Figure(_NAME, caption, picture(_NAME, alt, lambda width: draw_lines(panels, width)))


def ratios_figure(items: Sequence[tuple[str, Weights, Sequence[str]]]) -> Figure:
    """One step against the weights over the epochs, a panel for each network.

    Parameters
    ----------
    items : sequence of (title, Weights, layers)
        As `weights_figure` takes them.
    """
    some = [(title, weights, layers) for title, weights, layers in items if len(weights.epochs) > 1 and layers]
    if not some:
        return Figure(_NAME, phrase("One epoch alone shows no course of the weights."), None)
    values = [_of(layers, weights, weights.ratio) for _, weights, layers in some]
    limits = shared_limits(values, is_from_zero=False)
    unit = phrase("Ratio of the norms")
    panels = [
        epoch_panel(title, unit, weights.epochs, layers, ratio, limits)
        for (title, weights, layers), ratio in zip(some, values, strict=True)
    ]
    caption = phrase(
        "Norm of the change that one step of the optimizer makes with the fixed batch, divided by the norm of the "
        "layer's weights. Look for layers far below the others, which hardly move, and for ratios far above the common "
        "0.001, where steps undo each other. Steps shrink as the loss falls."
    )
    alt = phrase("Ratios of step and weights. {course}", course=" ".join(_course(*item) for item in some))
    return Figure(_NAME, caption, picture(_NAME, alt, lambda width: draw_lines(panels, width)))


def _of(layers: Sequence[str], weights: Weights, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[:, [weights.names.index(f"{layer}.weight") for layer in layers]]


def _course(title: str, weights: Weights, layers: Sequence[str]) -> str:
    ratio = _of(layers, weights, weights.ratio)
    return course_text(title, weights.epochs, layers, np.where(np.isfinite(ratio), ratio, 0.0), 5)
