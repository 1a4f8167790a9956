"""Figures of gradients: how they are shared among the layers, and what the loss does to them at the output."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seedbed.formatting import number
from seedbed.insight import GradientShare, mse_sigmoid_gradient
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import Line, LinePanel, draw_lines, picture
from seedbed.report.inspection.courses import course_text, epoch_panel, last_text, shared_limits

if TYPE_CHECKING:
    from seedbed.training.recipe import Recipe


def gradient_share_figure(items: Sequence[tuple[str, GradientShare]]) -> Figure:
    """Each layer's share of the gradient over the epochs: a panel for each network, or outputs beside weights for one.

    Parameters
    ----------
    items : sequence of (title, GradientShare)
    """
    name = "gradient-share"
    what = phrase(
        "The gradient of the loss of one fixed batch by the outputs of each layer that has weights, before its "
        "activation: the norm at the layer as a share of the sum over the layers."
    )
    if all(len(share.epochs) < 2 for _, share in items):
        texts = [f"{title + ': ' if title else ''}{last_text(s.names, 100 * s.share)} %" for title, s in items]
        only = phrase("Only one epoch was recorded: {layers}.", layers="; ".join(texts))
        return Figure(name, f"{what} {only}", None)
    if len(items) == 1:
        share = items[0][1]
        views = [
            (phrase("At the outputs of the layers"), share, share.share),
            (phrase("At their weights"), share, share.weight_share),
        ]
    else:
        views = [(title, share, share.share) for title, share in items]
    limits = shared_limits(100 * values for _, _, values in views)
    unit = phrase("Share of the gradient, %")
    panels = [
        _with_equal_share(epoch_panel(title, unit, share.epochs, share.names, 100 * values, limits), len(share.names))
        for title, share, values in views
    ]
    courses = " ".join(course_text(title, share.epochs, share.names, 100 * values) for title, share, values in views)
    look = phrase(
        "On the thin grey line all layers would have equal shares. Look at the lines of the first layers: where they "
        "stay near zero, the loss hardly reaches them and they learn slowly; lines that keep together learn together."
    )
    alt = phrase("Shares of the gradient in percent. {courses}", courses=courses)
    return Figure(name, f"{what} {look}", picture(name, alt, lambda width: draw_lines(panels, width)))


def _with_equal_share(panel: LinePanel, layers: int) -> LinePanel:
    ends = panel.x_limits
    return replace(panel, lines=(Line("", 0, ends, [100 / layers] * 2, is_faint=True), *panel.lines))


def has_mse_sigmoid(recipe: "Recipe | None") -> bool:
    """Whether a recipe has what `output_gradient_figure` is about."""
    return recipe is not None and recipe.loss.startswith("mse") and recipe.network.split()[-1] == "sigmoid"


def output_gradient_figure() -> Figure:
    """The gradient of squared error after a sigmoid, taken apart, for both labels."""
    name = "output-gradient"
    panels = []
    for label in (0, 1):
        gradient = mse_sigmoid_gradient(label)
        lines = (
            Line(phrase("error"), 1, gradient.outputs.tolist(), gradient.error.tolist()),
            Line(phrase("slope"), 2, gradient.outputs.tolist(), gradient.slope.tolist()),
            Line(phrase("gradient"), 0, gradient.outputs.tolist(), gradient.mse.tolist()),
        )
        title = phrase("An output that should be {label}", label=label)
        limits = (-1.05, 0.4) if label else (-0.4, 1.05)
        # Where the derivative of (ŷ − y)·ŷ(1 − ŷ) is zero.
        peak = 1 / 3 if label else 2 / 3
        marks = ((peak, phrase("strongest at {output}", output=number(peak))),)
        unit, below = phrase("Factors and gradient"), phrase("Output ŷ")
        panels.append(LinePanel(title, unit, below, lines, (0.0, 1.0), limits, marks=marks))
    caption = phrase(
        "Why squared error after a sigmoid learns slowly: its gradient by what enters the sigmoid is the product of "
        "the error ŷ − y and the slope ŷ(1 − ŷ) of the sigmoid. Look at the end where the error is largest: there the "
        "slope is nearly zero, and the gradient with it. With cross entropy the slope cancels, and the gradient is the "
        "line of the error itself."
    )
    alt = phrase(
        "For an output that should be 0, the error grows from 0 to 1 with the output, the slope rises to 0.25 at one "
        "half and falls to 0 again, and their product has its peak of 0.15 at two thirds and is 0 at both ends. For an "
        "output that should be 1 it is the mirror image, below zero."
    )
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines(panels, width)))
