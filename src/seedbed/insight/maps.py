"""Filters, and the pictures that they make of an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import NetworkError
from seedbed.insight.probe import probe_scores
from seedbed.insight.sites import activation_places
from seedbed.network import Conv2d, Network
from seedbed.training import Model


def convolutions(network: Network) -> tuple[str, ...]:
    """Names of the convolutions."""
    return tuple(node.name for node in network.nodes if isinstance(node.layer, Conv2d))


def filters(model: Model, layer: str) -> NDArray[np.float32]:
    """The kernels of a convolution.

    Parameters
    ----------
    model : Model
    layer : str
        Such as ``conv1``.

    Returns
    -------
    float32 array, shape (out, in, k, k)

    Raises
    ------
    NetworkError
        It is no convolution of this network.
    """
    known = convolutions(model.network)
    if layer not in known:
        raise NetworkError(
            f"filters: expected a convolution, got '{layer}'. This network has {', '.join(known) or 'none'}."
        )
    return model.state[f"{layer}.weight"]


@dataclass(frozen=True)
class FeatureMap:
    """What a layer makes of one image.

    Attributes
    ----------
    layer : str
        The layer with weights, ``conv1``.
    activation : str
        Name of the activation behind it, ``relu1``; empty if there is none.
    before : float32 array, shape (c, h, w)
        What enters the activation: behind batch norm, if there is one.
    after : float32 array, shape (c, h, w), or None
        What the activation gives; None without one.
    """

    layer: str
    activation: str
    before: NDArray[np.float32]
    after: NDArray[np.float32] | None


def feature_maps(model: Model, image: ArrayLike) -> tuple[FeatureMap, ...]:
    """What every layer that gives pictures makes of an image, in evaluation mode, before and behind its activation.

    Parameters
    ----------
    model : Model
    image : array, shape (c, h, w), or (h, w) for one channel
        As it is stored.

    Returns
    -------
    tuple of FeatureMap
        Of each activation of pictures behind weights, and of each convolution without an activation, in order.

    Raises
    ------
    DataError
        The image is not of the type or the shape of those that the network was trained with.
    """
    images = prepared(model, np.asarray(image)[np.newaxis])
    values = probe_scores(model.network, model.state, images, np.zeros(1, np.uint8)).values
    found: dict[str, FeatureMap] = {}
    for place in activation_places(model.network):
        if place.layer is not None and place.source and values[place.name].ndim == 4:
            found[place.name] = FeatureMap(place.source, place.name, values[place.before][0], values[place.name][0])
    seen = {one.layer for one in found.values()}
    for name in convolutions(model.network):
        if name not in seen:
            found[name] = FeatureMap(name, "", values[name][0], None)
    order = list(values)
    return tuple(found[name] for name in sorted(found, key=order.index))


def prepared(model: Model, images: ArrayLike) -> NDArray[np.float32]:
    """Images as they enter the network, float32, shape (n, c, h, w).

    Raises
    ------
    DataError
        The images are not of the type or the shape of those that the network was trained with.
    """
    # It refuses images of another kind.
    model.logits(images)
    return model.input.apply(np.ascontiguousarray(images).reshape(-1, *model.input.stored_shape))
