"""Which values dropout keeps: the same for every engine, batch size and order of images."""

from collections.abc import Sequence
from math import floor, prod

import numpy as np
from numpy.typing import NDArray

from seedbed.network.layers import Shape
from seedbed.philox import Stream, philox


def dropout_mask(
    p: float, seed: int, epoch: int, samples: "NDArray[np.int64] | Sequence[int]", node_index: int, shape: Shape
) -> NDArray[np.bool_]:
    """Draw what a dropout layer keeps of some images.

    Element i of an image (channels, rows, columns, in that order) takes word i mod 4 of the Philox4x32-10 block with

        counter = (i div 4, sample, epoch, stream + 256·node_index),  key = (low, high half of the seed),

    and is kept if that word is at least floor(p·2³²). So the mask depends on the image itself, not on its place in a
    batch.

    Parameters
    ----------
    p : float
        Probability to drop a value, 0 ≤ p < 1.
    seed : int
        0 to 2**64 - 1.
    epoch : int
        0 to 2**32 - 1.
    samples : integers, shape (n,)
        Number of each image in its data set, 0 to 2**32 - 1.
    node_index : int
        Place of the layer in ``Network.nodes``, from 0.
    shape : Shape
        Of the layer's value for one image.

    Returns
    -------
    bool array, shape (n, *shape)
        True where the value is kept.
    """
    count = prod(shape)
    blocks = -(-count // 4)
    counter = np.empty((len(samples), blocks, 4), dtype=np.uint64)
    counter[..., 0] = np.arange(blocks)
    counter[..., 1] = np.asarray(samples)[:, np.newaxis]
    counter[..., 2:] = (epoch, Stream.DROPOUT + 256 * node_index)
    words = philox(counter.reshape(-1, 4), (seed & 0xFFFFFFFF, seed >> 32)).reshape(len(samples), 4 * blocks)
    return (words[:, :count] >= np.uint32(floor(p * 2**32))).reshape(len(samples), *shape)
