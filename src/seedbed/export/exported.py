"""What is exported: a network with its numbers, its input steps and the names of its classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed import __version__
from seedbed.data.preparation import FittedInput
from seedbed.network import Conv2d, Network, Node, Sigmoid, Softmax, State


@dataclass(frozen=True, eq=False)
class Exported:
    """A trained network, as every form takes it.

    Attributes
    ----------
    network : Network
    state : State
        Parameters and buffers by full name.
    input : FittedInput
        What is done to stored images before they enter the network.
    classes : tuple of str
        Names of its first outputs; further outputs are left out.
    provenance : mapping, optional
        How it was trained: plain values for JSON.
    said : str
        The same in a sentence.
    """

    network: Network
    state: State
    input: FittedInput
    classes: tuple[str, ...]
    provenance: Mapping[str, Any] | None = None
    said: str = ""

    @cached_property
    def numbers(self) -> dict[str, NDArray[np.float32]]:
        """Parameters and buffers by full name, float32; weights of pairs of channels that a table leaves out are 0."""
        numbers = {key: np.asarray(array, dtype=np.float32) for key, array in self.state.items()}
        for node in self.network.nodes:
            if isinstance(node.layer, Conv2d):
                connected = node.layer.connections(node.input_shape[0])
                if connected is not None:
                    numbers[f"{node.name}.weight"] = numbers[f"{node.name}.weight"] * connected[:, :, None, None]
        return numbers

    def of(self, node: Node) -> dict[str, NDArray[np.float32]]:
        """The numbers of one layer by their own name, ``weight``."""
        names = node.layer.parameter_shapes(node.input_shape) | node.layer.buffer_shapes(node.input_shape)
        return {name: self.numbers[f"{node.name}.{name}"] for name in names}

    @property
    def ending(self) -> str:
        """How outputs become probabilities: ``none``, as they are; ``shares``, divided by their sum; ``softmax``.

        As `seedbed.training.probabilities`.
        """
        last = self.network.layers[-1]
        return "none" if isinstance(last, Softmax) else "shares" if isinstance(last, Sigmoid) else "softmax"

    @property
    def about(self) -> dict[str, Any]:
        """What a file says of itself: plain values for JSON."""
        return {
            "seedbed": __version__,
            "network": str(self.network),
            "input": str(self.input),
            "images": {"shape": list(self.input.stored_shape), "dtype": self.input.dtype},
            "classes": list(self.classes),
            "provenance": None if self.provenance is None else dict(self.provenance),
        }
