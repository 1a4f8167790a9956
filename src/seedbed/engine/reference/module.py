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
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.buffers: dict[str, Array] = {}

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
