"""Outputs of a network as probabilities of the classes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.network import Network, Sigmoid, Softmax

Float64 = NDArray[np.float64]


def probabilities(outputs: ArrayLike, network: Network) -> Float64:
    """Outputs as numbers that add up to 1 for each image.

    After softmax they are taken as they are, after sigmoid divided by their sum, else put through softmax. That is what
    the loss ``cross_entropy`` means by them; for ``mse`` and the hinge losses they are scores of the same form, which
    no loss has made probabilities.

    Parameters
    ----------
    outputs : float array, shape (n, classes)
    network : Network

    Returns
    -------
    float64 array, shape (n, classes)
    """
    values = np.asarray(outputs, dtype=np.float64)
    last = network.layers[-1]
    if isinstance(last, Softmax):
        return values
    if isinstance(last, Sigmoid):
        # All outputs may have fallen to 0.
        values = np.maximum(values, np.finfo(np.float32).tiny)
    else:
        values = np.exp(values - values.max(axis=1, keepdims=True))
    shares: Float64 = values / values.sum(axis=1, keepdims=True)
    return shares
