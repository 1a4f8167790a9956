"""The training images as they reach an input step: what the step is fitted to."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data import _prepare
from seedbed.data.dataset import Dataset, Images
from seedbed.network import Shape

_STRETCH_BYTES = 16 << 20


def run_steps(steps: tuple[_prepare.Step, ...], images: Images, threads: int = 1) -> NDArray[np.float32]:
    """Carry out steps that draw no random numbers.

    Parameters
    ----------
    images : uint8 or float32 array, shape (n, c, h, w)

    Returns
    -------
    float32 array, shape (n, c, h, w)
    """
    count = len(images)
    order, progress = np.arange(count, dtype=np.int64), np.zeros(count)
    return _prepare.run(steps, np.ascontiguousarray(images), order, progress, 0, 0, 0, threads)


@dataclass(frozen=True)
class FitData:
    """The training images after all steps before this one.

    Attributes
    ----------
    dataset : Dataset
    steps : tuple of native steps
        Those before this one.
    shape : tuple of int
        Of one image after them.
    unit : float
        The value that counts as 1: 255 for pixels of uint8 that no step has scaled yet.
    """

    dataset: Dataset
    steps: tuple[_prepare.Step, ...]
    shape: Shape
    unit: float

    def chunks(self) -> Iterator[NDArray[np.float64]]:
        """All values in units, float64, shape (n, c, h, w) each; always cut at the same places."""
        images = self.dataset.train_images
        at_once = max(1, _STRETCH_BYTES // (8 * int(np.prod(self.shape))))
        for first in range(0, len(images), at_once):
            part = images[first : first + at_once]
            yield (run_steps(self.steps, part) if self.steps else part).astype(np.float64) / self.unit

    def channel_moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation (of the population) of each channel in units, float64, shape (c,)."""
        if not self.steps:
            return self.dataset.channel_mean, self.dataset.channel_std
        axes, count = (0, 2, 3), len(self.dataset.train_images) * self.shape[1] * self.shape[2]
        mean = sum(part.sum(axis=axes) for part in self.chunks()) / count
        squares = sum(((part - mean[:, None, None]) ** 2).sum(axis=axes) for part in self.chunks())
        return mean, np.sqrt(squares / count)
