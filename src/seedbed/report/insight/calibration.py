"""The figure of calibration: is an answer given with 90% right nine times in ten?"""

import numpy as np

from seedbed.insight import Calibration
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import Line, LinePanel, draw_lines, picture
from seedbed.report.words import number


def calibration_figure(calibration: Calibration) -> Figure:
    """Accuracy against stated probability, and how often each probability is stated."""
    name = "calibration"
    filled = calibration.counts > 0
    confidence, accuracy = 100 * calibration.confidence[filled], 100 * calibration.accuracy[filled]
    edges = 100 * calibration.edges
    total = max(int(calibration.counts.sum()), 1)
    shares = 100 * calibration.counts / total
    low = 0.5 * 100 / total
    error = number(100 * calibration.error)
    reliability = LinePanel(
        phrase("Right answers (ECE {error} points)", error=error),
        phrase("Right, % of the bin"),
        phrase("Probability of the answer, %"),
        (
            Line("", 1, (0.0, 100.0), (0.0, 100.0), is_faint=True),
            Line("", 0, confidence.tolist(), accuracy.tolist()),
        ),
        (0.0, 100.0),
        (0.0, 103.0),
    )
    how_often = LinePanel(
        phrase("How often"),
        phrase("Images, % of all, logarithmic"),
        phrase("Probability of the answer, %"),
        (),
        (0.0, 100.0),
        (low, 150.0),
        is_log_y=True,
        bars=tuple(
            (float(edges[place]) + 0.4, float(edges[place + 1]) - 0.4, float(shares[place]))
            for place in np.flatnonzero(filled)
        ),
    )
    caption = phrase(
        "Whether probabilities can be taken at their word: answers in bins of equal probability, and the share of them "
        "that is right. On the thin diagonal they agree; below it the network is too sure. The expected calibration "
        "error is {error} points (Guo et al. 2017, {count} bins). Look at the second panel first: points of rare bins "
        "rest on few images.",
        error=error,
        count=len(calibration.counts),
    )
    parts = [
        phrase("{stated}% stated, {right}% right", stated=number(float(said), 0), right=number(float(right), 0))
        for said, right in zip(confidence, accuracy, strict=True)
    ]
    alt = phrase("Stated probability and share of right answers: {bins}.", bins="; ".join(parts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines([reliability, how_often], width)))
