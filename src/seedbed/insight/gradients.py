"""How large the gradient is in each layer, and what the loss makes of it at the output."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.insight.probe import StateProbe
from seedbed.insight.series import Series
from seedbed.insight.sites import weighted_layers
from seedbed.insight.weights import norm

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class GradientShare(Series):
    """Norms of gradients by epoch and layer with weights.

    Attributes
    ----------
    outputs : float64 array, shape (epochs, layers)
        ‖δ^l‖₂, with δ^l = ∂L/∂z^l the derivative of the loss of the probe batch by what the layer's weighted sum
        gives, z^l = W^l·x + b^l, before batch norm and activation; over all images and all values together.
    weights : float64 array, shape (epochs, layers)
        ‖∂L/∂W^l‖₂.
    """

    outputs: Float64
    weights: Float64

    @property
    def share(self) -> Float64:
        """‖δ^l‖ / Σ_k ‖δ^k‖, float64, shape (epochs, layers); NaN where all are 0."""
        return _share(self.outputs)

    @property
    def weight_share(self) -> Float64:
        """‖∂L/∂W^l‖ / Σ_k ‖∂L/∂W^k‖, float64, shape (epochs, layers); NaN where all are 0."""
        return _share(self.weights)


def gradient_share(probe: StateProbe) -> GradientShare:
    """How large the gradient is in each layer with weights.

    Where gradients vanish, layers near the images have a small share. Source: Glorot and Bengio (2010), section 4.2,
    look at the same gradients.
    """
    names, found = weighted_layers(probe.network), probe.result
    outputs = np.array([[norm(found.derivatives[name]) for name in names]])
    weights = np.array([[norm(found.gradients[f"{name}.weight"]) for name in names]])
    return GradientShare((probe.epoch,), names, outputs, weights)


@dataclass(frozen=True)
class OutputGradient:
    """What a loss sends back into an output, by the value of that output.

    Attributes
    ----------
    outputs : float64 array, shape (points,)
        ŷ, from 0 to 1.
    label : int
        y: 1 for the output of the right class, else 0.
    error : float64 array, shape (points,)
        ŷ - y, the derivative of ½(ŷ - y)² by ŷ.
    slope : float64 array, shape (points,)
        ŷ(1 - ŷ), the derivative of the sigmoid.
    """

    outputs: Float64
    label: int
    error: Float64
    slope: Float64

    @property
    def mse(self) -> Float64:
        """(ŷ - y)·ŷ(1 - ŷ): what squared error sends through a sigmoid."""
        return self.error * self.slope

    @property
    def cross_entropy(self) -> Float64:
        """ŷ - y: what cross entropy sends through a softmax; it has no factor that falls to 0 where ŷ is wrong."""
        return self.error


def mse_sigmoid_gradient(label: int, points: int = 201) -> OutputGradient:
    """The gradient that squared error sends through a sigmoid, with its two factors.

    For y = 0 it is largest at ŷ = 2/3 and falls to 0 where ŷ is most wrong.

    Parameters
    ----------
    label : int
        0 or 1.
    points : int
    """
    outputs = np.linspace(0, 1, points)
    return OutputGradient(outputs, label, outputs - label, outputs * (1 - outputs))


def _share(norms: Float64) -> Float64:
    with np.errstate(invalid="ignore"):
        share: Float64 = norms / norms.sum(axis=1, keepdims=True)
    return share
