"""Which training images each epoch takes, in which order."""

import numpy as np
from numpy.typing import NDArray

from seedbed.data.preparation import Preparation
from seedbed.data.resampling import resampled
from seedbed.engine.base import Labels
from seedbed.philox import Stream, permutation
from seedbed.training.recipe import Recipe
from seedbed.training.settings import MOST_EPOCHS

Numbers = NDArray[np.int64]

_WORD = 2**32
"""Samples and epochs are words of the generator's counter."""


class Order:
    """The order of the training images, epoch by epoch; it follows from the recipe, the labels and the seed alone.

    With ``sampling="balanced"`` an epoch has as many images as there are training images and as many of each class as
    of any other, to one: each image of a class of n_c occurs ⌊n/(K·n_c)⌋ or ⌈n/(K·n_c)⌉ times, drawn anew for every
    epoch (`resampled`). With ``order="once"`` every epoch is the first.

    Parameters
    ----------
    recipe : Recipe
    labels : uint8 array, shape (n,)
        Of the training images.
    seed : int
    """

    def __init__(self, recipe: Recipe, labels: Labels, seed: int) -> None:
        self._recipe, self._labels, self._seed = recipe, labels, seed
        self._kept: tuple[int, Numbers, Numbers | None] | None = None

    def of(self, epoch: int) -> tuple[Numbers, Numbers | None]:
        """The order of an epoch.

        Returns
        -------
        images : int64 array, shape (n,)
            Numbers of training images.
        times : int64 array, shape (n,), or None
            How often each was there before in this epoch; None where each is there once.
        """
        epoch = 0 if self._recipe.order == "once" else epoch
        if self._kept is None or self._kept[0] != epoch:
            self._kept = epoch, *self._draw(epoch)
        return self._kept[1:]

    def _draw(self, epoch: int) -> tuple[Numbers, Numbers | None]:
        order = permutation(len(self._labels), self._seed, Stream.ORDER, epoch)
        if self._recipe.sampling != "balanced":
            return order, None
        counts = np.bincount(self._labels)
        weights = 1 / counts[self._labels]
        drawn = resampled(weights, self._seed, place=(Stream.SAMPLING, epoch), strata=self._labels)
        # Ascending, so that what is the same stands together.
        first = np.flatnonzero(np.diff(drawn, prepend=-1))
        times = np.arange(len(drawn)) - np.repeat(first, np.diff(first, append=len(drawn)))
        return drawn[order], times[order]


def samples(images: Numbers, times: Numbers | None, count: int) -> Numbers | None:
    """Numbers that decide random masks: of its own for every time that an image is there; None where each is once."""
    return None if times is None else (images + count * times) % _WORD


def prepared(
    preparation: Preparation, images: Numbers, times: Numbers | None, epoch: int, progress: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Images as a step takes them, augmented in a way of its own every time that one is there."""
    if times is None:
        return preparation.train(images, epoch, progress)
    found = np.empty((len(images), *preparation.image_shape), dtype=np.float32)
    for time in np.unique(times):
        rows = times == time
        # Beyond all epochs that there can be.
        own = (epoch + int(time) * MOST_EPOCHS) % _WORD
        found[rows] = preparation.train(images[rows], own, progress[rows])
    return found
