"""What a model is made of, between its file and what computes its answers."""

from dataclasses import dataclass

from seedbed.data.likeness import Appearance
from seedbed.data.preparation import FittedInput
from seedbed.network import Network, State
from seedbed.training.provenance import Provenance


@dataclass(frozen=True, eq=False)
class ModelParts:
    """Network and numbers, and what is known of where they come from.

    Attributes
    ----------
    network : Network
    state : State
        Parameters and buffers by full name.
    input : FittedInput
        What is done to stored images before they enter the network.
    classes : tuple of str, optional
        Names of its first outputs.
    provenance : Provenance, optional
        How it was trained.
    appearance : Appearance, optional
        What its training images look like.
    """

    network: Network
    state: State
    input: FittedInput
    classes: tuple[str, ...] | None = None
    provenance: Provenance | None = None
    appearance: Appearance | None = None
