"""Figures of what enters the activations, and of the units that no longer answer."""

from collections.abc import Sequence

import numpy as np

from seedbed.formatting import listed, number
from seedbed.insight import ActivationInputs, Units
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import LEVELS, Band, BandRow, draw_bands, draw_lines, picture
from seedbed.report.inspection.courses import course_text, epoch_panel, shared_limits


def activation_figure(items: Sequence[tuple[str, ActivationInputs]]) -> Figure:
    """The distribution of every activation's inputs over the epochs, a row of panels for each network.

    Parameters
    ----------
    items : sequence of (title, ActivationInputs)
    """
    name = "activation-inputs"
    rows = [_row(title, index, inputs) for index, (title, inputs) in enumerate(items)]
    is_one_epoch = all(len(inputs.epochs) < 2 for _, inputs in items)
    caption = phrase(
        "What enters each activation, on one fixed batch, over the epochs (0 is before training). Line: median; bands: "
        "the middle 50, 90 and 98% of all values."
    )
    if is_one_epoch:
        caption = phrase(
            "What enters each activation, on one fixed batch, at the end of training. Line: median; bands: the middle "
            "50, 90 and 98% of all values."
        )
    look = phrase(
        "Look at bands that widen until most values lie where tanh or sigmoid is flat, or that sink below zero before "
        "a relu: such units hardly learn any more."
    )
    caption = f"{caption} {look}"
    if len(items) > 1:
        caption = f"{caption} {phrase('Panels of one column share their scale, so rows can be compared.')}"
    texts = " ".join(_in_words(title, inputs) for title, inputs in items)
    alt = phrase("Quantiles of activation inputs. {rows}", rows=texts)
    return Figure(name, caption, picture(name, alt, lambda width: draw_bands(rows, width)))


def units_figure(items: Sequence[tuple[str, Units]]) -> Figure:
    """Share of units that are dead or saturated for the whole batch, over the epochs."""
    name = "units"
    what = phrase(
        "Units that are the same for every image of the batch: dead (a relu that gives 0 for all) or saturated (the "
        "slope of its activation below 1% of the largest, for all)."
    )
    some = [(title, units) for title, units in items if np.nanmax(units.inactive, initial=0) > 0]
    if not some:
        return Figure(name, f"{what} {phrase('There was none.')}", None)
    if all(len(units.epochs) < 2 for _, units in some):
        worst = max(float(np.nanmax(units.inactive)) for _, units in some)
        most = phrase("At most {share}% of a layer's units were.", share=number(100 * worst, 1))
        return Figure(name, f"{what} {most}", None)
    limits = shared_limits(100 * units.inactive for _, units in some)
    panels = [
        epoch_panel(
            title or phrase("Dead or saturated units"),
            phrase("% of the layer's units"),
            units.epochs,
            _labels(units),
            100 * units.inactive,
            limits,
        )
        for title, units in some
    ]
    texts = [course_text(title, units.epochs, _labels(units), 100 * units.inactive) for title, units in some]
    look = phrase("Look at lines that rise and stay: these units learn nothing from this batch any more.")
    caption = f"{what} {look}"
    if without := [title for title, units in items if not np.nanmax(units.inactive, initial=0) > 0]:
        caption = f"{caption} {phrase('None in {names}.', names=listed(without))}"
    alt = phrase("Shares of units in percent. {courses}", courses=" ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines(panels, width)))


def _row(title: str, index: int, inputs: ActivationInputs) -> BandRow:
    levels = [inputs.at(level) for level in LEVELS]
    bands = tuple(
        Band(_title(inputs, layer), inputs.epochs, [level[:, layer].tolist() for level in levels])
        for layer in range(len(inputs.names))
    )
    return BandRow(title or phrase("Activation inputs by layer"), index, bands)


def _title(inputs: ActivationInputs, layer: int) -> str:
    source, name = inputs.sources[layer], inputs.names[layer]
    return f"{source} → {name}" if source and name != "outputs" else source or name


def _labels(units: Units) -> list[str]:
    return [source or name for source, name in zip(units.sources, units.names, strict=True)]


def _in_words(title: str, inputs: ActivationInputs) -> str:
    low, high = inputs.at(0.05), inputs.at(0.95)
    parts = [
        phrase(
            "{name}: 90% between {low} and {high}",
            name=name,
            low=number(float(low[-1, place]), 1),
            high=number(float(high[-1, place]), 1),
        )
        for place, name in enumerate(inputs.names)
    ]
    told = phrase("at epoch {epoch}: {layers}.", epoch=inputs.epochs[-1], layers="; ".join(parts))
    return f"{title}, {told}" if title else told
