"""The figure of weights and of what one step changes in them."""

import numpy as np

from seedbed.insight import Weights
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import draw_lines, picture
from seedbed.report.insight.courses import course_text, epoch_panel, shared_limits


def weights_figure(weights: Weights) -> Figure:
    """Norms of weights, of one step, and their ratio over the epochs; biases are left out."""
    name = "weights"
    places = [place for place, parameter in enumerate(weights.names) if parameter.endswith(".weight")]
    names = [weights.names[place].removesuffix(".weight") for place in places]
    if len(weights.epochs) < 2 or not names:
        return Figure(name, phrase("One epoch alone shows no course of the weights."), None)
    views = [
        (phrase("Weights"), phrase("Norm"), weights.norms[:, places]),
        (phrase("One step"), phrase("Norm of the change"), weights.steps[:, places]),
        (phrase("One step against the weights"), phrase("Ratio of the norms"), weights.ratio[:, places]),
    ]
    panels = [
        epoch_panel(title, unit, weights.epochs, names, values, shared_limits([values], is_from_zero=False))
        for title, unit, values in views
    ]
    caption = phrase(
        "Norm of each layer's weights, norm of the change that one step of the optimizer makes with the fixed batch, "
        "and the second divided by the first. Look at the ratio: about 0.001 is common; far above it, steps undo each "
        "other; far below, the layer hardly moves. Steps shrink as the loss falls."
    )
    ratio = np.where(np.isfinite(weights.ratio[:, places]), weights.ratio[:, places], 0.0)
    course = course_text("", weights.epochs, names, ratio, 5)
    alt = phrase("Ratios of step and weights. {course}", course=course)
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines(panels, width)))
