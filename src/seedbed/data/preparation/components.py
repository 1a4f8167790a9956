"""Principal components of more images than fit into memory as float64."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def principal_components(chunks: Callable[[], Iterable[Array]], k: int) -> tuple[Array, Array]:
    """Mean and first k eigenvectors of the covariance (LAPACK, float64).

    One thread, so that the number of cores leaves no trace; processors of another kind may differ in the last bits.

    Parameters
    ----------
    chunks : callable
        Gives all images, float64 arrays of shape (n, ...); called twice.

    Returns
    -------
    float64 arrays, shape (d,) and (k, d)
        Largest eigenvalue first; the largest entry of each row in magnitude is positive.
    """
    # Imported here because both cost more than all other steps together need.
    from scipy.linalg import eigh
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        count, mean = 0, np.zeros(1)
        for part in chunks():
            count, mean = count + len(part), mean + part.reshape(len(part), -1).sum(axis=0)
        mean = mean / count
        covariance = np.zeros((len(mean), len(mean)))
        for part in chunks():
            rows = part.reshape(len(part), -1) - mean
            covariance += rows.T @ rows
        _, vectors = eigh(covariance / count, subset_by_index=(len(mean) - k, len(mean) - 1))
    components = vectors.T[::-1]
    largest = np.abs(components).argmax(axis=1)
    return mean, components * np.sign(components[np.arange(k), largest])[:, np.newaxis]
