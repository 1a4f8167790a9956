"""The silhouette that every layer of the reference engine has."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""float64; values of a batch have shape (n, channels, height, width) or (n, features)."""


class Module(ABC):
    """A layer that computes.

    Attributes
    ----------
    parameters : dict of str to float64 array
        What training changes, by short name: ``weight``, ``bias``.
    gradients : dict of str to float64 array
        Derivative of the loss by each parameter, after ``backward``.
    buffers : dict of str to float64 array
        What is kept beside the parameters and not trained.
    index : int
        Place of the layer in ``Network.nodes``.
    """

    def __init__(self) -> None:
        self.index = 0
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.buffers: dict[str, Array] = {}

    def begin_batch(self, seed: int, epoch: int, samples: NDArray[np.int64]) -> None:  # noqa: B027 - most layers do nothing
        """Hear of a batch before it goes forward in training: what random masks depend on.

        Parameters
        ----------
        seed, epoch : int
        samples : int64 array, shape (n,)
            Number of each image in the data set.
        """

    @abstractmethod
    def forward(self, inputs: Array, training: bool) -> Array:
        """Compute the outputs of a batch and keep what ``backward`` needs."""

    @abstractmethod
    def backward(self, gradient: Array) -> Array:
        """Apply the chain rule to the batch that went forward last.

        Parameters
        ----------
        gradient : float64 array
            Derivative of the loss by the outputs, in their shape.

        Returns
        -------
        float64 array
            Derivative of the loss by the inputs, in their shape; ``gradients`` is filled on the way.
        """
