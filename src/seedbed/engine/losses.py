"""What training minimises, with its definition in float64.

A loss is a mean over the images of a batch. Engines compute it their own way; the definitions here are what they are
checked against and what evaluation uses.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import NetworkError, RecipeError
from seedbed.network import Network, Sigmoid, Softmax
from seedbed.notation import parse_one, write

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Loss:
    """Base of all losses."""

    notation: ClassVar[str]

    def __str__(self) -> str:
        return write(self.notation, self)

    def check(self, network: Network) -> None:
        """Refuse a network whose last layer does not go with this loss.

        Raises
        ------
        NetworkError
        """

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        """Loss of each image.

        Parameters
        ----------
        outputs : float array, shape (n, classes)
        labels : integer array, shape (n,)

        Returns
        -------
        float64 array, shape (n,)
        """
        raise NotImplementedError

    def gradient(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        """Derivative of the mean loss of the batch by the outputs, shape (n, classes)."""
        raise NotImplementedError


def _one_hot(labels: ArrayLike, classes: int) -> Float64:
    return np.eye(classes)[np.asarray(labels, dtype=np.int64)]


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-log softmax(outputs)[label], computed as a log-softmax; the network must not end in ``softmax`` itself."""

    notation: ClassVar[str] = "cross_entropy"

    def check(self, network: Network) -> None:
        if isinstance(network.layers[-1], Softmax | Sigmoid):
            name = network.layers[-1].notation
            raise NetworkError(
                f"loss 'cross_entropy': expected plain outputs (logits), got those of '{network.nodes[-1].name}'. "
                f"It contains the softmax: leave out '{name}' at the end."
            )

    def _log_softmax(self, outputs: ArrayLike) -> Float64:
        shifted = np.asarray(outputs, dtype=np.float64)
        shifted = shifted - shifted.max(axis=1, keepdims=True)
        log_softmax: Float64 = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return log_softmax

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        log_softmax = self._log_softmax(outputs)
        return -log_softmax[np.arange(len(log_softmax)), np.asarray(labels, dtype=np.int64)]

    def gradient(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        log_softmax = self._log_softmax(outputs)
        return (np.exp(log_softmax) - _one_hot(labels, log_softmax.shape[1])) / len(log_softmax)


@dataclass(frozen=True)
class MSE(Loss):
    """Squared distance to the one-hot label: ``half_sum`` is ½ Σ_k (ŷ_k - y_k)², ``mean`` that of PyTorch, 1/K Σ_k.

    With K classes ``half_sum`` is K/2 times ``mean``, so the same learning rate goes K/2 times as far.
    """

    notation: ClassVar[str] = "mse"
    reduction: str = "half_sum"

    def __post_init__(self) -> None:
        if self.reduction not in ("half_sum", "mean"):
            raise RecipeError(f"mse: reduction must be half_sum or mean, got {self.reduction}.")

    def scale(self, classes: int) -> float:
        """Factor before Σ_k (ŷ_k - y_k)²."""
        return 0.5 if self.reduction == "half_sum" else 1 / classes

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        outputs = np.asarray(outputs, dtype=np.float64)
        classes = outputs.shape[1]
        squares: Float64 = np.square(outputs - _one_hot(labels, classes)).sum(axis=1)
        return self.scale(classes) * squares

    def gradient(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        outputs = np.asarray(outputs, dtype=np.float64)
        n, classes = outputs.shape
        gradient: Float64 = 2 * self.scale(classes) * (outputs - _one_hot(labels, classes)) / n
        return gradient


LOSSES: dict[str, type[Loss]] = {loss.notation: loss for loss in (CrossEntropy, MSE)}
"""Every loss by its name in text."""


def load_loss(loss: "str | Loss") -> Loss:
    """Turn ``"mse(reduction=mean)"`` or a loss into a loss."""
    parsed: Loss = parse_one("loss", LOSSES, str(loss))
    return parsed


def default_loss(network: Network) -> Loss:
    """``mse`` after ``sigmoid`` or ``softmax``, else ``cross_entropy``."""
    return MSE() if isinstance(network.layers[-1], Sigmoid | Softmax) else CrossEntropy()
