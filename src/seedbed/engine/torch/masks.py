"""What dropout keeps, drawn on the device: bit for bit that of ``seedbed.network.dropout_mask``."""

from math import floor, prod

import torch
from torch import Tensor

from seedbed.network import Dropout, Network, Shape
from seedbed.philox import Stream

_ROUND, _WEYL, _LOW = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 0xFFFFFFFF


def dropout_mask(p: float, seed: int, epoch: int, samples: Tensor, node_index: int, shape: Shape) -> Tensor:
    """Draw what a dropout layer keeps of some images.

    The arguments are those of ``seedbed.network.dropout_mask``, which defines the result; ``samples`` is an int64
    tensor of shape (n,) on the device.

    Returns
    -------
    bool tensor, shape (n, *shape)
    """
    count = prod(shape)
    blocks = -(-count // 4)
    # int64 holds the 64 bits of a product of two words; its sign is shifted in from the left and masked away.
    x0 = torch.arange(blocks, device=samples.device).expand(len(samples), blocks)
    x1 = samples[:, None].expand_as(x0)
    x2, x3 = torch.full_like(x0, epoch), torch.full_like(x0, Stream.DROPOUT + 256 * node_index)
    k0, k1 = seed & _LOW, seed >> 32
    for _ in range(10):
        product_0, product_1 = x0 * _ROUND[0], x2 * _ROUND[1]
        x0, x2 = (product_1 >> 32 & _LOW) ^ x1 ^ k0, (product_0 >> 32 & _LOW) ^ x3 ^ k1
        x1, x3 = product_1 & _LOW, product_0 & _LOW
        k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
    words = torch.stack((x0, x1, x2, x3), dim=2).flatten(1)[:, :count]
    return (words >= floor(p * 2**32)).reshape(-1, *shape)


def draw_masks(network: Network, seed: int, epoch: int, samples: Tensor) -> dict[str, Tensor]:
    """The mask of every dropout layer by the name of its buffer, ``dropout1.kept``."""
    return {
        f"{node.name}.kept": dropout_mask(node.layer.p, seed, epoch, samples, index, node.input_shape)
        for index, node in enumerate(network.nodes)
        if isinstance(node.layer, Dropout)
    }
