"""Figures of what enters the activations, and of the units that no longer answer."""

from collections.abc import Sequence

import numpy as np

from seedbed.insight import ActivationInputs, Units
from seedbed.report.document import Figure
from seedbed.report.figures import LEVELS, Band, BandRow, draw_bands, draw_lines, picture
from seedbed.report.insight.courses import course_text, epoch_panel, shared_limits
from seedbed.report.words import listed, number


def activation_figure(items: Sequence[tuple[str, ActivationInputs]]) -> Figure:
    """The distribution of every activation's inputs over the epochs, a row of panels for each network.

    Parameters
    ----------
    items : sequence of (title, ActivationInputs)
    """
    name = "activation-inputs"
    rows = [_row(title, index, inputs) for index, (title, inputs) in enumerate(items)]
    is_one_epoch = all(len(inputs.epochs) < 2 for _, inputs in items)
    epochs = "at the end of training" if is_one_epoch else "over the epochs (0 is before training)"
    caption = (
        f"What enters each activation, on one fixed batch, {epochs}. Line: median; bands: the middle 50, 90 and 98% of "
        "all values. Look at bands that widen until most values lie where tanh or sigmoid is flat, or that sink below "
        "zero before a relu: such units hardly learn any more. "
    )
    if len(items) > 1:
        caption += "Panels of one column share their scale, so rows can be compared."
    texts = [_in_words(title, inputs) for title, inputs in items]
    drawn = picture(name, f"Quantiles of activation inputs. {' '.join(texts)}", lambda width: draw_bands(rows, width))
    return Figure(name, caption.strip(), drawn)


def units_figure(items: Sequence[tuple[str, Units]]) -> Figure:
    """Share of units that are dead or saturated for the whole batch, over the epochs."""
    name = "units"
    what = (
        "Units that are the same for every image of the batch: dead (a relu that gives 0 for all) or saturated (the "
        "slope of its activation below 1% of the largest, for all). "
    )
    some = [(title, units) for title, units in items if np.nanmax(units.asleep, initial=0) > 0]
    if not some:
        return Figure(name, f"{what}There was none.", None)
    if all(len(units.epochs) < 2 for _, units in some):
        worst = max(float(np.nanmax(units.asleep)) for _, units in some)
        return Figure(name, f"{what}At most {number(100 * worst, 1)}% of a layer's units were.", None)
    limits = shared_limits(100 * units.asleep for _, units in some)
    panels = [
        epoch_panel(
            title or "Dead or saturated units",
            "% of the layer's units",
            units.epochs,
            _labels(units),
            100 * units.asleep,
            limits,
        )
        for title, units in some
    ]
    texts = [course_text(title, units.epochs, _labels(units), 100 * units.asleep) for title, units in some]
    caption = f"{what}Look at lines that rise and stay: these units learn nothing from this batch any more. "
    if without := [title for title, units in items if not np.nanmax(units.asleep, initial=0) > 0]:
        caption += f"None in {listed(without)}."
    drawn = picture(name, f"Shares of units in percent. {' '.join(texts)}", lambda width: draw_lines(panels, width))
    return Figure(name, caption.strip(), drawn)


def _row(title: str, index: int, inputs: ActivationInputs) -> BandRow:
    levels = [inputs.at(level) for level in LEVELS]
    bands = tuple(
        Band(_title(inputs, layer), inputs.epochs, [level[:, layer].tolist() for level in levels])
        for layer in range(len(inputs.names))
    )
    return BandRow(title or "Activation inputs by layer", index, bands)


def _title(inputs: ActivationInputs, layer: int) -> str:
    source, name = inputs.sources[layer], inputs.names[layer]
    return f"{source} → {name}" if source and name != "outputs" else source or name


def _labels(units: Units) -> list[str]:
    return [source or name for source, name in zip(units.sources, units.names, strict=True)]


def _in_words(title: str, inputs: ActivationInputs) -> str:
    low, high = inputs.at(0.05), inputs.at(0.95)
    parts = [
        f"{name}: 90% between {number(float(low[-1, place]), 1)} and {number(float(high[-1, place]), 1)}"
        for place, name in enumerate(inputs.names)
    ]
    return f"{title + ', ' if title else ''}at epoch {inputs.epochs[-1]}: {'; '.join(parts)}."
