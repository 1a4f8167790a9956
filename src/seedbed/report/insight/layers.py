"""Figures of convolutions: their filters, and what an image becomes in them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.insight import FeatureMap
from seedbed.report.document import Figure
from seedbed.report.figures import Board, draw_boards, picture
from seedbed.report.words import counted

_MOST_FILTERS, _MOST_INPUTS, _MOST_MAPS = 32, 8, 16


def filters_figure(filters: Mapping[str, NDArray[np.float32]]) -> Figure:
    """All filters of the first layers, some of the wide ones.

    Parameters
    ----------
    filters : mapping of str to float32 array, shape (out, in, k, k)
    """
    name = "filters"
    boards = [_filter_board(layer, kernels) for layer, kernels in filters.items()]
    caption = (
        "The weights of the convolutions: orange above zero, blue below, near white for zero, a scale for each layer. "
        "Each picture is what one output channel looks for in one input channel. Look for edges and spots in the first "
        "layer; filters that look like noise have learned little. "
    )
    if any(max(k.shape[0] / _MOST_FILTERS, k.shape[1] / _MOST_INPUTS) > 1 for k in filters.values()):
        caption += f"Of wide layers the first {_MOST_FILTERS} outputs and {_MOST_INPUTS} inputs are shown."
    alt = "Filters as small pictures: " + "; ".join(
        f"{layer} has {len(kernels)}, weights from {kernels.min():.2f} to {kernels.max():.2f}"
        for layer, kernels in filters.items()
    )
    return Figure(name, caption.strip(), picture(name, f"{alt}.", lambda width: draw_boards(boards, width)))


def feature_maps_figure(maps: Sequence[FeatureMap], image: NDArray[np.generic], what: str) -> Figure:
    """Feature maps of one image before and after each activation.

    Parameters
    ----------
    maps : sequence of FeatureMap
    image : array, shape (c, h, w)
        As it is stored.
    what : str
        The image in words.
    """
    name = "feature-maps"
    boards = [_map_board(one) for one in maps if one.before.shape[1] * one.before.shape[2] > 1]
    caption = (
        f"{what} on its way through the convolutions: what each channel gives, before and after the activation, "
        "orange above zero, blue below, on one scale for each layer. Look at what the activation cuts off: after a "
        "relu nothing blue is left, and a map that is near white everywhere passes nothing on. "
    )
    if any(len(one.before) > _MOST_MAPS for one in maps):
        caption += f"Of wide layers the first {_MOST_MAPS} channels are shown."
    alt = f"Feature maps of {what}: " + "; ".join(
        f"{one.layer} has {len(one.before)} maps, {100 * float((one.before > 0).mean()):.0f}% of values above zero"
        for one in maps
    )
    return Figure(name, caption.strip(), picture(name, f"{alt}.", lambda width: draw_boards(boards, width, image)))


def _filter_board(layer: str, kernels: NDArray[np.float32]) -> Board:
    outputs, inputs, high, wide = kernels.shape
    shown = np.asarray(kernels[:_MOST_FILTERS, :_MOST_INPUTS], np.float64)
    labels = [f"of input channel {place + 1}" if inputs > 1 else "" for place in range(shown.shape[1])]
    rows = tuple((label, shown[:, place]) for place, label in enumerate(labels))
    note = f"{counted(outputs, 'filter')} of {high}×{wide} on {counted(inputs, 'channel')}"
    return Board(layer, note, rows, columns=16)


def _map_board(one: FeatureMap) -> Board:
    channels, high, wide = one.before.shape
    rows = [(f"before {one.activation}" if one.activation else "", np.asarray(one.before[:_MOST_MAPS], np.float64))]
    if one.after is not None:
        rows.append((f"after {one.activation}", np.asarray(one.after[:_MOST_MAPS], np.float64)))
    return Board(one.layer, f"{counted(channels, 'map')} of {high}×{wide}", tuple(rows), columns=16)
