"""How a convolution is computed: directly, or by minimal filtering (Winograd 1980; Lavin and Gray 2016).

Minimal filtering makes tile × tile results of a window from (tile + window - 1)² products for each pair of channels,
where the direct way has tile² · window² multiply-adds. What it costs beside is to transform values, gradients and
products, numbers of which there are as many as channels: it pays where there are many of them.
"""

import os
from dataclasses import dataclass

from seedbed.engine.native import _native
from seedbed.errors import EngineError
from seedbed.network import Conv2d, Shape

VARIABLE = "SEEDBED_CONVOLUTION"
"""Environment variable that forces a way; empty: the one that costs less."""
_WAYS = ("", "direct")
_TILES = {3: (2, 3, 4), 5: (2,)}
"""Sides of tiles by window. Larger ones (5 and 6 for windows of 3, 4 for those of 5) have more than four times the
rounding errors of the direct way."""
_TRANSFORM = 16
"""Multiply-adds in whose time one number is transformed, stored and read again: 10 in the forward pass, 19 in those of
gradients, measured on a Xeon with 2 MB of second-level cache."""
_CACHE_BYTES = 600_000
"""Of transformed numbers at a time: they stay in a second-level cache of 1 MB, beside weights."""


@dataclass(frozen=True)
class Minimal:
    """Minimal filtering with tiles of ``tile`` × ``tile`` results, ``tiles`` of them at a time."""

    tile: int
    tiles: int

    def packed_floats(self, layer: Conv2d, channels: int) -> int:
        """Floats of transformed weights; between two products lie an odd number of vectors."""
        side = self.tile + layer.kernel_size - 1
        return side**2 * (channels * layer.out_channels // _native.LANES | 1) * _native.LANES

    def __str__(self) -> str:
        return f"minimal {self.tile}×{self.tile}"


def forces_direct() -> bool:
    """Whether ``SEEDBED_CONVOLUTION`` asks for direct convolutions.

    Raises
    ------
    EngineError
        It holds another word.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in _WAYS:
        raise EngineError(f"{VARIABLE}: expected 'direct' or nothing, got '{wanted}'.")
    return wanted == "direct"


def choose_method(layer: Conv2d, start: Shape, pool: int) -> Minimal | None:
    """The tiles of minimal filtering that cost least, or None if the direct way costs less.

    Counted are the multiply-adds of a training step, forward and both gradients, for one image.

    Parameters
    ----------
    layer : Conv2d
    start : tuple of int
        Channels, height and width of its input.
    pool : int
        2 if 2 × 2 results are pooled at once, else 1.
    """
    ins, height, width = start
    outs, window = layer.out_channels, layer.kernel_size
    block = _native.VECTOR_CHANNELS
    if layer.stride > 1 or window not in _TILES or ins % block or outs % block or layer.connections(ins) is not None:
        return None
    rows, columns = (side + 2 * layer.padding - window + 1 for side in (height, width))
    rows, columns = rows // pool * pool, columns // pool * pool
    # Directly, the input gradient leaves out window rows that meet no result, but not window columns.
    cost, best = window**2 * ins * outs * rows * (2 * columns + width), None
    for tile in _TILES[window]:
        if tile % pool:
            continue
        side = tile + window - 1
        numbers = -(-rows // tile) * -(-columns // tile) * side**2
        needed = numbers * (3 * ins * outs + 3 * _TRANSFORM * (ins + outs))
        if needed < cost:
            cost, best = needed, Minimal(tile, _tiles_at_a_time(tile, window, ins + outs, -(-columns // tile)))
    return best


def _tiles_at_a_time(tile: int, window: int, channels: int, columns: int) -> int:
    """As many as stay in the cache together, and no more than a row has."""
    side = tile + window - 1
    # Of each row of products there are columns, as many as results, and those that are products just now.
    fit = _CACHE_BYTES // (side * (tile + 1) * channels * _native.LANES * 4)
    return max(1, min(fit, columns, 1 + (_native.MINIMAL_COLUMNS - side) // tile))
