"""The figure of calibration: is an answer given with 90% right nine times in ten?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seedbed.formatting import listed, number
from seedbed.insight import Calibration
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import Line, LinePanel, draw_lines, picture

if TYPE_CHECKING:
    from seedbed.training.recipe import Recipe

_NAME = "calibration"


def calibration_figure(calibration: Calibration, recipe: "Recipe | None") -> Figure:
    """Accuracy against stated probability, and how often each probability is stated, of one network."""
    title = phrase("Right answers (ECE {error} points)", error=number(100 * calibration.error))
    panels = [_reliability(title, calibration, networks=1), _how_often(calibration)]
    caption = _caption(
        phrase(
            "The expected calibration error is {error} points (Guo et al. 2017, {count} bins). Look at the second "
            "panel first: points of rare bins rest on few images.",
            error=number(100 * calibration.error),
            count=len(calibration.counts),
        ),
        [recipe],
    )
    alt = phrase("Stated probability and share of right answers: {bins}.", bins=_bins_text(calibration))
    return Figure(_NAME, caption, picture(_NAME, alt, lambda width: draw_lines(panels, width)))


def calibrations_figure(items: Sequence[tuple[str, Calibration, int]], recipes: "Sequence[Recipe | None]") -> Figure:
    """Accuracy against stated probability, a panel for each variant.

    Parameters
    ----------
    items : sequence of (title, Calibration, int)
        The calibration of the answers of that many networks together.
    recipes : sequence of Recipe
    """
    panels = [_reliability(title, calibration, networks) for title, calibration, networks in items]
    caption = _caption(
        phrase("The answers of all seeds are put together. Look at the side of the diagonal on which a variant lies."),
        recipes,
    )
    texts = [f"{title}: {_bins_text(calibration)}" for title, calibration, _ in items]
    alt = phrase("Stated probability and share of right answers: {bins}.", bins=". ".join(texts))
    return Figure(_NAME, caption, picture(_NAME, alt, lambda width: draw_lines(panels, width)))


def _caption(what_else: str, recipes: "Sequence[Recipe | None]") -> str:
    what = phrase(
        "Whether probabilities can be taken at their word: answers in bins of equal probability, and the share of them "
        "that is right, with the 95% interval that so few or so many images leave (Wilson 1927). On the thin diagonal "
        "they agree; below it the network is too sure, above it not sure enough."
    )
    losses = sorted({recipe.loss for recipe in recipes if recipe and not recipe.loss.startswith("cross_entropy")})
    if losses:
        scores = phrase(
            "The loss {losses} makes scores, not probabilities; they are only scaled to add up to 100%.",
            losses=listed(losses),
        )
        what_else = f"{what_else} {scores}"
    return f"{what} {what_else}"


def _reliability(title: str, calibration: Calibration, networks: int) -> LinePanel:
    filled = calibration.counts > 0
    confidence, accuracy = 100 * calibration.confidence[filled], 100 * calibration.accuracy[filled]
    intervals = 100 * calibration.intervals(networks)[filled]
    return LinePanel(
        title,
        phrase("Right, % of the bin"),
        phrase("Probability of the answer, %"),
        (
            Line("", 1, (0.0, 100.0), (0.0, 100.0), is_faint=True),
            Line("", 0, confidence.tolist(), accuracy.tolist()),
        ),
        (0.0, 100.0),
        (0.0, 103.0),
        whiskers=tuple(
            (float(x), float(low), float(high)) for x, (low, high) in zip(confidence, intervals, strict=True)
        ),
    )


def _how_often(calibration: Calibration) -> LinePanel:
    total = max(int(calibration.counts.sum()), 1)
    shares, edges = 100 * calibration.counts / total, 100 * calibration.edges
    return LinePanel(
        phrase("How often"),
        phrase("Images, % of all, logarithmic"),
        phrase("Probability of the answer, %"),
        (),
        (0.0, 100.0),
        (0.5 * 100 / total, 150.0),
        is_log_y=True,
        bars=tuple(
            (float(edges[place]) + 0.4, float(edges[place + 1]) - 0.4, float(shares[place]))
            for place in np.flatnonzero(calibration.counts)
        ),
    )


def _bins_text(calibration: Calibration) -> str:
    filled = calibration.counts > 0
    pairs = zip(100 * calibration.confidence[filled], 100 * calibration.accuracy[filled], strict=True)
    return "; ".join(
        phrase("{stated}% stated, {right}% right", stated=number(float(said), 0), right=number(float(right), 0))
        for said, right in pairs
    )
