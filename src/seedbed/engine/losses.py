"""What training minimises, with its definition in float64.

Engines compute a loss their own way; the definitions here are what they are checked against and what evaluation uses.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import NetworkError, compose
from seedbed.network import Architecture, Network, Sigmoid, Softmax
from seedbed.notation import checked, parse_one
from seedbed.written import Written

Float64 = NDArray[np.float64]

_TINY = float(np.finfo(np.float32).tiny)
"""In the place of a sum of weights that is 0."""


@dataclass(frozen=True)
class Loss(Written):
    """Base of all losses."""

    @property
    def is_sum(self) -> bool:
        """True if the loss of a batch is the sum over its images, False if it is their mean."""
        return False

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

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        """Derivative of each image's loss by its outputs, float64, shape (n, classes)."""
        raise NotImplementedError

    def value(self, outputs: ArrayLike, labels: ArrayLike, class_weights: ArrayLike | None = None) -> float:
        """Loss of the batch; see ``shares`` for class weights."""
        values = self.values(outputs, labels)
        if class_weights is not None:
            return float(self.shares(labels, class_weights) @ values)
        return float(values.sum() if self.is_sum else values.mean())

    def mean_value(self, outputs: ArrayLike, labels: ArrayLike, class_weights: ArrayLike | None = None) -> float:
        """Loss of an image on average, over any number of them: of a loss that is a sum too."""
        value = self.value(outputs, labels, class_weights)
        return value / len(np.asarray(labels)) if self.is_sum else value

    def gradient(self, outputs: ArrayLike, labels: ArrayLike, class_weights: ArrayLike | None = None) -> Float64:
        """Derivative of the loss of the batch by the outputs, float64, shape (n, classes)."""
        slopes = self.slopes(outputs, labels)
        if class_weights is not None:
            weighted: Float64 = slopes * self.shares(labels, class_weights)[:, np.newaxis]
            return weighted
        return slopes if self.is_sum else slopes / len(slopes)

    def shares(self, labels: ArrayLike, class_weights: ArrayLike) -> Float64:
        """What the loss of each image counts in that of the batch, where classes have weights w.

        For the label y of an image: w_y / Σ w_y over the batch, so that the batch's loss is a weighted mean; w_y if the
        loss is a sum; 0 where all weights of the batch are 0. Source: ``torch.nn.CrossEntropyLoss(weight)``.

        Parameters
        ----------
        labels : integer array, shape (n,)
        class_weights : float array, shape (classes,)

        Returns
        -------
        float64 array, shape (n,)
        """
        weights: Float64 = np.asarray(class_weights, dtype=np.float64)[np.asarray(labels, dtype=np.int64)]
        return weights if self.is_sum else weights / max(float(weights.sum()), _TINY)

    def _check_plain(self, network: Network, mend: str) -> None:
        last = network.layers[-1]
        if isinstance(last, Softmax | Sigmoid):
            expected, got = "plain outputs (logits)", f"those of '{network.nodes[-1].name}'"
            hint = mend.format(last.notation)
            message = compose(f"loss '{self.notation}'", expected, got, hint)
            raise NetworkError(message, field="loss", expected=expected, got=got, hint=hint)


def _one_hot(labels: ArrayLike, classes: int) -> Float64:
    return np.eye(classes)[np.asarray(labels, dtype=np.int64)]


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-Σ_k t_k·log softmax(outputs)_k; the network must not end in ``softmax`` itself.

    The target t is 1 for the label and 0 else; with ``label_smoothing`` ε it is 1 - ε + ε/K for the label and ε/K for
    each other of K classes. Source: Szegedy et al. (2016), section 7, as in PyTorch.
    """

    notation: ClassVar[str] = "cross_entropy"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        self._require_number("label_smoothing", least=0, below=1)

    def check(self, network: Network) -> None:
        self._check_plain(network, "It contains the softmax: leave out '{}' at the end.")

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        log_softmax = self._log_softmax(outputs)
        right: Float64 = -log_softmax[np.arange(len(log_softmax)), np.asarray(labels, dtype=np.int64)]
        if self.label_smoothing == 0:
            return right
        evenly: Float64 = -log_softmax.mean(axis=1)
        return (1 - self.label_smoothing) * right + self.label_smoothing * evenly

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        log_softmax = self._log_softmax(outputs)
        classes = log_softmax.shape[1]
        target = (1 - self.label_smoothing) * _one_hot(labels, classes) + self.label_smoothing / classes
        slopes: Float64 = np.exp(log_softmax) - target
        return slopes

    def _log_softmax(self, outputs: ArrayLike) -> Float64:
        shifted = np.asarray(outputs, dtype=np.float64)
        shifted = shifted - shifted.max(axis=1, keepdims=True)
        log_softmax: Float64 = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return log_softmax


@dataclass(frozen=True)
class MSE(Loss):
    """Squared distance to the one-hot label: ``half_sum`` is ½ Σ_k (ŷ_k - y_k)², ``mean`` that of PyTorch, 1/K Σ_k.

    With K classes ``half_sum`` is K/2 times ``mean``, so the same learning rate goes K/2 times as far. Both are means
    over the images of a batch.
    """

    notation: ClassVar[str] = "mse"
    reduction: str = "half_sum"

    def __post_init__(self) -> None:
        self._require_one_of("reduction", ("half_sum", "mean"))

    def scale(self, classes: int) -> float:
        """Factor before Σ_k (ŷ_k - y_k)²."""
        return 0.5 if self.reduction == "half_sum" else 1 / classes

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        outputs = np.asarray(outputs, dtype=np.float64)
        classes = outputs.shape[1]
        squares: Float64 = np.square(outputs - _one_hot(labels, classes)).sum(axis=1)
        return self.scale(classes) * squares

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        outputs = np.asarray(outputs, dtype=np.float64)
        classes = outputs.shape[1]
        slopes: Float64 = 2 * self.scale(classes) * (outputs - _one_hot(labels, classes))
        return slopes


@dataclass(frozen=True)
class Hinge(Loss):
    """C·Σ_k max(0, 1 - t_k·ŷ_k) with t_k = 1 for the label, -1 for the others: one support vector machine a class.

    ``mean`` averages over the images of a batch, ``sum`` adds them up: then the gradient grows with the batch.
    The ½‖w‖² of a support vector machine is no part of the loss; write it as weight decay of the last layer,
    ``weight_decay="l2(1, of=linear1)"``.

    Source: Tang (2013), "Deep Learning using Linear Support Vector Machines", equations 5 and 8.
    """

    notation: ClassVar[str] = "hinge"
    C: float = 1.0
    reduction: str = "mean"

    def __post_init__(self) -> None:
        self._require_number("C", above=0)
        self._require_one_of("reduction", ("mean", "sum"))

    @property
    def is_sum(self) -> bool:
        return self.reduction == "sum"

    def check(self, network: Network) -> None:
        self._check_plain(network, "A margin needs outputs on both sides of 0: leave out '{}' at the end.")

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        _, lacking = self._margins(outputs, labels)
        values: Float64 = self.C * lacking.sum(axis=1)
        return values

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        signs, lacking = self._margins(outputs, labels)
        return -self.C * signs * (lacking > 0)

    def _margins(self, outputs: ArrayLike, labels: ArrayLike) -> tuple[Float64, Float64]:
        """t_k and what each output lacks of its margin, max(0, 1 - t_k·ŷ_k); a NaN stays one."""
        outputs = np.asarray(outputs, dtype=np.float64)
        signs = 2 * _one_hot(labels, outputs.shape[1]) - 1
        return signs, np.maximum(0, 1 - signs * outputs)


@dataclass(frozen=True)
class SquaredHinge(Hinge):
    """C·Σ_k max(0, 1 - t_k·ŷ_k)²: ``hinge`` with squares, the L2-SVM of Tang (2013), equations 6 and 10."""

    notation: ClassVar[str] = "squared_hinge"

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        _, lacking = self._margins(outputs, labels)
        values: Float64 = self.C * np.square(lacking).sum(axis=1)
        return values

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        signs, lacking = self._margins(outputs, labels)
        return -2 * self.C * signs * lacking


@dataclass(frozen=True)
class Score(Loss):
    """ŷ_label, the output of the label: no loss to train by but something to ask of a network by ``Session.probe``."""

    notation: ClassVar[str] = "score"

    @property
    def is_sum(self) -> bool:
        return True

    def values(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        outputs = np.asarray(outputs, dtype=np.float64)
        scores: Float64 = outputs[np.arange(len(outputs)), np.asarray(labels, dtype=np.int64)]
        return scores

    def slopes(self, outputs: ArrayLike, labels: ArrayLike) -> Float64:
        return _one_hot(labels, np.asarray(outputs).shape[1])


LOSSES: dict[str, type[Loss]] = {loss.notation: loss for loss in (CrossEntropy, MSE, Hinge, SquaredHinge)}
"""Every loss to train by, by its name in text."""


def load_loss(loss: "str | Loss") -> Loss:
    """Turn ``"mse(reduction=mean)"`` or a loss into a loss.

    Raises
    ------
    NotationError, RecipeError
    """
    found: Loss = checked("loss", LOSSES, loss) if isinstance(loss, Loss) else parse_one("loss", LOSSES, loss)
    return found


def default_loss(network: Network | Architecture) -> Loss:
    """``mse`` after ``sigmoid`` or ``softmax`` at the end of the network, else ``cross_entropy``."""
    last = network.layers[-1:]
    return MSE() if last and isinstance(last[0], Sigmoid | Softmax) else CrossEntropy()
