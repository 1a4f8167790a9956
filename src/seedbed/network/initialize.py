"""First values of the parameters, the same for every engine.

Each array draws from its own place of the counter-based generator, so an array's values depend on the seed, its number
in the network and its shape alone.
"""

from collections.abc import Callable
from math import prod, sqrt

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NotationError
from seedbed.network.layers import BatchNorm, Shape
from seedbed.network.network import Network
from seedbed.philox import Stream, uniform

State = dict[str, NDArray[np.float32]]
"""Arrays by full name, float32, in PyTorch's layout."""


def _fans(shape: Shape) -> tuple[int, int]:
    """Number of inputs and outputs one weight array connects."""
    window = prod(shape[2:])
    return shape[1] * window, shape[0] * window


INITIALIZERS: dict[str, Callable[[int, int], float]] = {
    "lecun_uniform": lambda fan_in, fan_out: sqrt(1 / fan_in),
    "xavier_uniform": lambda fan_in, fan_out: sqrt(6 / (fan_in + fan_out)),
}
"""Bound b of weights drawn from U(-b, b), from fan-in and fan-out. ``lecun_uniform`` is the bound of SimpleNN and of
PyTorch's layers; ``xavier_uniform`` is Glorot and Bengio (2010), equation 16."""


def initial_state(network: Network, init: str, seed: int) -> State:
    """Draw all parameters and buffers.

    Weights follow ``init``; biases are 0; batch norm starts as the identity.

    Parameters
    ----------
    network : Network
    init : str
        A name from ``INITIALIZERS``.
    seed : int
        0 to 2**64 - 1.

    Returns
    -------
    dict of str to float32 array
        In the order of the layers; parameters and buffers.
    """
    if init not in INITIALIZERS:
        raise NotationError(f"unknown init '{init}'. Known: {', '.join(INITIALIZERS)}.")
    state: State = {}
    for index, node in enumerate(network.nodes):
        for key, shape in (node.parameter_shapes | node.buffer_shapes).items():
            kind = key.rpartition(".")[2]
            if kind == "weight" and not isinstance(node.layer, BatchNorm):
                bound = INITIALIZERS[init](*_fans(shape))
                draws = uniform(prod(shape), seed, Stream.PARAMETERS, index=index)
                values = ((2 * draws - 1) * bound).reshape(shape)
            elif kind == "weight":
                values = np.ones(shape)
            elif kind == "running_var" and isinstance(node.layer, BatchNorm):
                values = np.full(shape, node.layer.initial_var)
            else:
                values = np.zeros(shape)
            state[key] = values.astype(np.float32)
    return state
