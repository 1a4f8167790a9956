"""The curves of one run, as a figure that a notebook shows inline."""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedbed.errors import StoreError
from seedbed.files import given_path, write_file
from seedbed.language import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from seedbed.training import History

_WIDTH_PX, _MOST_POINTS = 900, 120
_SUFFIXES = (".svg", ".png", ".pdf")


class TrainingPlot:
    """Errors by epoch and the loss by step; a notebook shows them inline, ``write(path)`` puts them on the disk.

    Parameters
    ----------
    history : History
        With at least one step.
    title : str
        What is plotted, for who cannot see it.
    """

    def __init__(self, history: "History", title: str = "") -> None:
        if len(history.step_losses) == 0:
            raise StoreError("plot: the history has no step yet, so there is no curve to draw.")
        self.history, self.title = history, title

    @property
    def figure(self) -> "Figure":
        """A new figure of matplotlib, to be changed as you like."""
        from seedbed.report.figures.lines import Line, LinePanel, draw_lines
        from seedbed.report.figures.scales import padded, wants_log

        history, panels = self.history, []
        epochs = [float(record.epoch) for record in history.epochs]
        named = (
            (phrase("test error"), history.test_error),
            (phrase("training error"), history.train_error),
            (phrase("validation error"), history.validation_error),
        )
        errors = tuple(
            Line(label, index, epochs, values)
            for index, (label, values) in enumerate(named)
            if any(map(isfinite, values))
        )
        if len(epochs) > 1 and errors:
            seen = [value for line in errors for value in line.y if isfinite(value)]
            is_log, ends = wants_log(seen), (epochs[0], epochs[-1])
            limits, unit, below = padded(seen, is_log), phrase("% wrong"), phrase("Epoch")
            panels.append(
                LinePanel(phrase("Error"), unit, below, errors, ends, limits, is_log_y=is_log, is_epochs=True)
            )
        steps, losses = _thinned(history)
        shown = [value for value in losses if isfinite(value)] or [0.0, 1.0]
        is_log = wants_log(shown)
        line = Line(phrase("training loss"), 0, steps, losses)
        across = (steps[0], steps[-1]) if len(steps) > 1 else (steps[0] - 1, steps[0] + 1)
        panels.append(
            LinePanel(phrase("Loss"), "", phrase("Step"), (line,), across, padded(shown, is_log), is_log_y=is_log)
        )
        return draw_lines(panels, _WIDTH_PX)

    def write(self, path: str | Path) -> Path:
        """Write the figure; the suffix says how: .svg, .png or .pdf.

        Raises
        ------
        StoreError
            The suffix is another, or the file cannot be written.
        """
        import io

        target = given_path("path", path, StoreError)
        if target.suffix.lower() not in _SUFFIXES:
            raise StoreError(f"plot: expected a path that ends in {', '.join(_SUFFIXES)}, got '{target}'.")
        content = io.BytesIO()
        self.figure.savefig(content, format=target.suffix.lower()[1:], facecolor="white", dpi=144)
        try:
            write_file(target, content.getvalue())
        except OSError as error:
            raise StoreError(f"plot: '{target}' cannot be written: {error.strerror}.") from None
        return target

    def _repr_html_(self) -> str:
        from seedbed.report.figures.style import COLOURS
        from seedbed.report.figures.svg import to_svg

        colours, alt = {colour: colour for colour in COLOURS}, self.title or phrase("Errors and loss")
        svg = to_svg(self.figure, f"plot-{id(self):x}", colours, alt)
        return f'<div style="background:#fff;color:#222;max-width:{_WIDTH_PX}px">{svg}</div>'


def _thinned(history: "History") -> tuple[list[float], list[float]]:
    """Steps from 1 and their losses, means over a few steps where there are many."""
    losses = np.asarray(history.step_losses, np.float64)
    parts = np.array_split(np.arange(len(losses)), min(_MOST_POINTS, len(losses)))
    return [float(part.mean()) + 1 for part in parts], [float(losses[part].mean()) for part in parts]
