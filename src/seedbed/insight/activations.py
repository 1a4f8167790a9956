"""What enters the activations, and which units are dead or saturated."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.reference.modules import MODULES
from seedbed.insight.probe import StateProbe
from seedbed.insight.series import Series
from seedbed.insight.sites import FUNCTIONS, ActivationPlace, activation_places
from seedbed.network import ReLU
from seedbed.network.layers import Layer

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]

QUANTILES: Float64 = np.linspace(0, 1, 201)
"""Levels of the quantiles that are kept, float64, shape (201,)."""

_FLAT = 0.01


@dataclass(frozen=True)
class ActivationInputs(Series):
    """How the values that enter each activation are distributed, in training mode.

    Where batch norm stands before the activation, these are its outputs.

    Attributes
    ----------
    sources : tuple of str
        The layer with weights before each activation, ``conv1``.
    mean, std : float64 array, shape (epochs, layers)
    quantiles : float64 array, shape (epochs, layers, 201)
        At the levels ``QUANTILES``; the first is the minimum, the last the maximum.
    """

    sources: tuple[str, ...]
    mean: Float64
    std: Float64
    quantiles: Float64

    def at(self, level: float) -> Float64:
        """The quantile of any level from 0 to 1, float64, shape (epochs, layers)."""
        place = level * (len(QUANTILES) - 1)
        low = min(int(place), len(QUANTILES) - 2)
        below, above = self.quantiles[..., low], self.quantiles[..., low + 1]
        with np.errstate(invalid="ignore"):
            between: Float64 = (1 - (place - low)) * below + (place - low) * above
        return between

    def density(self, edges: Float64) -> Float64:
        """Share of values in each interval divided by its width, float64, shape (epochs, layers, len(edges) - 1).

        Values are taken as evenly spread between two neighbouring quantiles.

        Parameters
        ----------
        edges : float64 array, ascending
        """
        below = np.apply_along_axis(lambda own: np.interp(edges, own, QUANTILES, left=0, right=1), 2, self.quantiles)
        density: Float64 = np.diff(below, axis=2) / np.diff(edges)
        return density


@dataclass(frozen=True)
class Units(Series):
    """Units that are dead or saturated: that answer to no image of the probe batch, in training mode.

    A unit is a channel, with all its places, or a feature. The derivative of its activation is less than 0.01 of the
    largest that the function has, for every image: then no gradient passes it. For relu that means that it gives 0 for
    every image ("dead"), for tanh or sigmoid that it sits at an end ("saturated").

    Attributes
    ----------
    sources : tuple of str
        The layer with weights before each activation.
    counts : tuple of int
        Units of each layer.
    kinds : tuple of str
        ``dead`` or ``saturated``.
    inactive : float64 array, shape (epochs, layers)
        Share of units that are dead or saturated, 0 to 1.
    saturation : float64 array, shape (epochs, layers)
        Share of single values, of one image at one place, where the derivative is that small.
    """

    sources: tuple[str, ...]
    counts: tuple[int, ...]
    kinds: tuple[str, ...]
    inactive: Float64
    saturation: Float64


def activation_inputs(probe: StateProbe) -> ActivationInputs:
    """How the values that enter each activation, and the loss, are distributed."""
    places = activation_places(probe.network)
    # Sorted once, quantiles can be read off.
    in_order = [np.sort(_entering(probe, place), axis=None) for place in places]
    with np.errstate(over="ignore", invalid="ignore"):
        return ActivationInputs(
            (probe.epoch,),
            tuple(place.name for place in places),
            tuple(place.source for place in places),
            mean=np.array([[values.mean(dtype=np.float64) for values in in_order]]),
            std=np.array([[_std(values) for values in in_order]]),
            quantiles=np.array([[_quantiles(values) for values in in_order]]),
        )


def units(probe: StateProbe) -> Units:
    """Count the units that are dead or saturated."""
    places = [(place, place.layer) for place in activation_places(probe.network) if isinstance(place.layer, FUNCTIONS)]
    flat = [_is_flat(layer, _entering(probe, place)) for place, layer in places]
    # A unit's values: all images, and all places of a channel.
    by_unit = [part.reshape(*part.shape[:2], -1).all(axis=(0, 2)) for part in flat]
    return Units(
        (probe.epoch,),
        tuple(place.name for place, _ in places),
        tuple(place.source for place, _ in places),
        tuple(own.size for own in by_unit),
        tuple("dead" if isinstance(layer, ReLU) else "saturated" for _, layer in places),
        inactive=np.array([[own.mean() for own in by_unit]]),
        saturation=np.array([[np.count_nonzero(part) / part.size for part in flat]]),
    )


def _entering(probe: StateProbe, place: ActivationPlace) -> Float32:
    return probe.result.values[place.before] if place.before else probe.batch.images


def _std(values: Float32) -> float:
    """Standard deviation, summed in float64; each deviation is rounded to float32."""
    deviations = values - np.float32(values.mean(dtype=np.float64))
    return float(np.sqrt(np.square(deviations, out=deviations).mean(dtype=np.float64)))


def _quantiles(in_order: Float32) -> Float64:
    """Quantiles of sorted numbers at the levels ``QUANTILES``, as ``np.quantile`` interpolates; NaN if one is NaN."""
    # NaN is sorted behind all else.
    if np.isnan(in_order[-1]):
        return np.full(len(QUANTILES), np.nan)
    place = QUANTILES * (len(in_order) - 1)
    low = place.astype(np.int64)
    below = in_order[low].astype(np.float64)
    above = in_order[np.minimum(low + 1, len(in_order) - 1)].astype(np.float64)
    quantiles: Float64 = below + (place - low) * (above - below)
    return quantiles


def _is_flat(layer: Layer, inputs: Float32) -> NDArray[np.bool_]:
    """Where the derivative of an activation is less than 0.01 of its largest."""
    largest = np.abs(_derivative(layer, np.linspace(-10, 10, 4001))).max()
    flat: NDArray[np.bool_] = np.abs(_derivative(layer, inputs)) < _FLAT * largest
    return flat


def _derivative(layer: Layer, inputs: Float32 | Float64) -> Float32 | Float64:
    """In the precision of the inputs."""
    # The modules' arithmetic takes any precision.
    module, numbers = MODULES[type(layer)](layer), cast(Float64, inputs)
    with np.errstate(over="ignore", invalid="ignore"):
        module.forward(numbers, training=False)
        return module.backward(np.ones_like(numbers))
