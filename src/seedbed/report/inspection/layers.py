"""Figures of convolutions: their filters, and what an image becomes in them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.insight import FeatureMap
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import Board, draw_boards, picture

_MOST_FILTERS, _MOST_INPUTS, _MOST_MAPS = 32, 8, 64


def filters_figure(name: str, filters: Mapping[str, NDArray[np.float32]]) -> Figure:
    """All filters of the first layers, some of the wide ones.

    Parameters
    ----------
    name : str
    filters : mapping of str to float32 array, shape (out, in, k, k)
    """
    boards = [_filter_board(layer, kernels) for layer, kernels in filters.items()]
    caption = phrase(
        "The weights of the convolutions: orange above zero, blue below, near white for zero, a scale for each layer. "
        "Each picture is what one output channel looks for in one input channel. Look for edges and spots in the first "
        "layer; filters that look like noise have learned little."
    )
    if any(max(k.shape[0] / _MOST_FILTERS, k.shape[1] / _MOST_INPUTS) > 1 for k in filters.values()):
        first = phrase(
            "Of wide layers the first {outputs} outputs and {inputs} inputs are shown.",
            outputs=_MOST_FILTERS,
            inputs=_MOST_INPUTS,
        )
        caption = f"{caption} {first}"
    texts = [
        phrase(
            "{layer} has {count}, weights from {low:.2f} to {high:.2f}",
            layer=layer,
            count=len(kernels),
            low=kernels.min(),
            high=kernels.max(),
        )
        for layer, kernels in filters.items()
    ]
    alt = phrase("Filters as small pictures: {layers}.", layers="; ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_boards(boards, width)))


def feature_maps_figure(name: str, maps: Sequence[FeatureMap], image: NDArray[np.generic], what: str) -> Figure:
    """Feature maps of one image before and after each activation.

    Parameters
    ----------
    name : str
    maps : sequence of FeatureMap
    image : array, shape (c, h, w)
        As it is stored.
    what : str
        The image in words.
    """
    boards = [_map_board(one) for one in maps if one.before.shape[1] * one.before.shape[2] > 1]
    caption = phrase(
        "{image} on its way through the convolutions: what each channel gives, before and after the activation, orange "
        "above zero, blue below, on one scale for each layer. Look at what the activation cuts off: after a relu "
        "nothing blue is left, and a map that is near white everywhere passes nothing on.",
        image=what,
    )
    if any(len(one.before) > _MOST_MAPS for one in maps):
        first = phrase("Of wide layers the first {count} channels are shown.", count=_MOST_MAPS)
        caption = f"{caption} {first}"
    texts = [
        phrase(
            "{layer} has {count} maps, {share:.0f}% of values above zero",
            layer=one.layer,
            count=len(one.before),
            share=100 * float((one.before > 0).mean()),
        )
        for one in maps
    ]
    alt = phrase("Feature maps of {image}: {layers}.", image=what, layers="; ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_boards(boards, width, image)))


def _filter_board(layer: str, kernels: NDArray[np.float32]) -> Board:
    outputs, inputs, high, wide = kernels.shape
    shown = np.asarray(kernels[:_MOST_FILTERS, :_MOST_INPUTS], np.float64)
    places = range(shown.shape[1])
    labels = [phrase("of input channel {number}", number=place + 1) if inputs > 1 else "" for place in places]
    rows = tuple((label, shown[:, place]) for place, label in enumerate(labels))
    return Board(layer, _filters_text(outputs, inputs, f"{high}×{wide}"), rows, columns=16)


def _filters_text(outputs: int, inputs: int, size: str) -> str:
    filters = phrase("1 filter") if outputs == 1 else phrase("{count:,} filters", count=outputs)
    channels = phrase("1 channel") if inputs == 1 else phrase("{count:,} channels", count=inputs)
    return phrase("{filters} of {size} on {channels}", filters=filters, size=size, channels=channels)


def _map_board(one: FeatureMap) -> Board:
    channels, high, wide = one.before.shape
    before = phrase("before {activation}", activation=one.activation) if one.activation else ""
    rows = [(before, np.asarray(one.before[:_MOST_MAPS], np.float64))]
    if one.after is not None:
        after = phrase("after {activation}", activation=one.activation)
        rows.append((after, np.asarray(one.after[:_MOST_MAPS], np.float64)))
    maps = phrase("1 map") if channels == 1 else phrase("{count:,} maps", count=channels)
    note = phrase("{maps} of {size}", maps=maps, size=f"{high}×{wide}")
    return Board(one.layer, note, tuple(rows), columns=16)
