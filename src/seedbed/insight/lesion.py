"""Switching units off: what a network loses without them."""

from collections.abc import Collection
from math import prod

from seedbed.errors import NetworkError
from seedbed.network import Conv2d, Linear, Network, State


def without_units(network: Network, state: State, units: Collection[tuple[str, int]]) -> State:
    """The state in which no later layer hears of some units.

    A unit is a channel of a convolution, at all its places, or a feature of a linear layer. The weights by which the
    next layer with weights reads it become 0, so that it is gone whatever the activation between them is. Units of the
    last layer with weights lose their own weights instead: their outputs are 0.

    Parameters
    ----------
    network : Network
    state : dict of str to float32 array
    units : collection of (layer, unit)
        ``("conv1", 3)``; units are counted from 0.

    Raises
    ------
    NetworkError
        There is no such unit, or what reads it is no convolution or linear layer without a table.
    """
    changed = {name: array.copy() for name, array in state.items()}
    nodes = [node for node in network.nodes if isinstance(node.layer, Conv2d | Linear)]
    names = [node.name for node in nodes]
    for layer, unit in units:
        if layer not in names:
            raise NetworkError(f"lesion: expected one of {', '.join(names)}, got '{layer}'.")
        place = names.index(layer)
        count = nodes[place].output_shape[0]
        if not 0 <= unit < count:
            raise NetworkError(f"lesion: '{layer}' has units 0 to {count - 1}, got {unit}.")
        if place + 1 == len(nodes):
            changed[f"{layer}.weight"][unit] = 0
            if f"{layer}.bias" in changed:
                changed[f"{layer}.bias"][unit] = 0
            continue
        reader = nodes[place + 1]
        weight = changed[f"{reader.name}.weight"]
        if isinstance(reader.layer, Conv2d):
            weight[:, unit] = 0
        else:
            # A flattened channel is a block of neighbouring inputs.
            width = prod(weight.shape[1:]) // count
            weight.reshape(len(weight), -1)[:, unit * width : (unit + 1) * width] = 0
    return changed
