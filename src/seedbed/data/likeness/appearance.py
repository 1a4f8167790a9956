"""What the training images look like: their ground, whether they are centred, and how far another is from them."""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.data.centering import is_centered
from seedbed.data.dataset import Dataset
from seedbed.network import Shape

GROUNDS = ("dark", "bright", "mixed")
_DARK, _BRIGHT = 85, 170
_MOST_ALIKE = 0.9
_LOOKED_AT, _FEW, _SIDE = 5000, 50, 8
_AT_ONCE = 1000
_QUANTILE = 0.99


@dataclass(frozen=True, eq=False)
class Appearance:
    """What pictures are compared with.

    Attributes
    ----------
    ground : {"dark", "bright", "mixed"}
        What the border of nine training images of ten is.
    is_centered : bool
        Whether the images are centred as the digits of MNIST are.
    thumbnails : uint8 array, shape (n, values)
        Up to 3,000 training images, each channel averaged over square blocks to at most 8×8 values.
    scale : float
        The 99% quantile, over training images that are not among them, of the distance to the nearest thumbnail.
    """

    ground: str
    is_centered: bool
    thumbnails: NDArray[np.uint8]
    scale: float

    def distances(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """How unlike the training images others are: 1 is what one of a hundred training images exceeds.

        Thumbnails lose their mean and are brought to length 1, so that brightness and contrast do not count; the
        distance to the nearest one of the training images, over `scale`, is the answer.

        Parameters
        ----------
        images : uint8 array, shape (n, c, h, w)
            As the data set stores them.

        Returns
        -------
        float64 array, shape (n,)

        References
        ----------
        Ramaswamy, Rastogi and Shim (2000), "Efficient algorithms for mining outliers from large data sets": the
        distance to the nearest neighbour as the measure of an outlier.
        """
        return _nearest(_reduced(images), self.thumbnails) / self.scale


def look_at(dataset: Dataset) -> Appearance | None:
    """What the training images of a data set look like; None for floating point values and images of one pixel."""
    if dataset.train_images.dtype != np.uint8 or prod(dataset.image_shape[1:]) == 1:
        return None
    if dataset.sha256 not in _KNOWN:
        _KNOWN[dataset.sha256] = _look_at(dataset)
    return _KNOWN[dataset.sha256]


_KNOWN: dict[str, Appearance] = {}


def _look_at(dataset: Dataset) -> Appearance:
    count = len(dataset.train_images)
    chosen = np.unique(np.linspace(0, count - 1, _LOOKED_AT).round().astype(np.int64))
    images = np.asarray(dataset.train_images[chosen], dtype=np.uint8)
    borders = np.median(border_values(images), axis=1)
    ground = "mixed"
    if (borders <= _DARK).mean() >= _MOST_ALIKE:
        ground = "dark"
    elif (borders >= _BRIGHT).mean() >= _MOST_ALIKE:
        ground = "bright"
    is_gray_square = images.shape[1] == 1 and images.shape[2] == images.shape[3]
    centered = is_gray_square and ground == "dark"
    centered = centered and np.mean([is_centered(image[0]) for image in images]) >= _MOST_ALIKE
    values = _reduced(images)
    is_held = np.arange(len(values)) % 5 > 2 if len(values) > _FEW else np.zeros(len(values), np.bool_)
    thumbnails = values[~is_held]
    # Few images cannot spare any: each is then compared with the others.
    left = (
        _nearest(values[is_held], thumbnails) if is_held.any() else _nearest(thumbnails, thumbnails, among_others=True)
    )
    return Appearance(ground, bool(centered), thumbnails, float(np.quantile(left, _QUANTILE)) or 1.0)


def border_values(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outermost pixels of each image, uint8, shape (n, values)."""
    sides = (images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1])
    return np.concatenate([side.reshape(len(images), -1) for side in sides], axis=1)


def thumbnail_values(shape: Shape) -> int:
    """How many values a thumbnail of an image of a shape (c, h, w) has."""
    channels, height, width = shape
    block = _block(height, width)
    return channels * (height // block) * (width // block)


def _reduced(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each image as a thumbnail: means over square blocks, the incomplete ones at the end left out."""
    count, channels, height, width = images.shape
    block = _block(height, width)
    rows, columns = height // block, width // block
    cut = images[:, :, : rows * block, : columns * block].reshape(count, channels, rows, block, columns, block)
    thumbnails: NDArray[np.uint8] = np.rint(cut.mean(axis=(3, 5), dtype=np.float32)).astype(np.uint8)
    return thumbnails.reshape(count, -1)


def _block(height: int, width: int) -> int:
    return min(-(-max(height, width) // _SIDE), height, width)


def _nearest(
    values: NDArray[np.uint8], thumbnails: NDArray[np.uint8], among_others: bool = False
) -> NDArray[np.float64]:
    """Distance of each from the nearest thumbnail, or, of the thumbnails themselves, from the nearest other."""
    known, found = _directions(thumbnails), np.empty(len(values), np.float64)
    for first in range(0, len(values), _AT_ONCE):
        part = _directions(values[first : first + _AT_ONCE])
        squares = (part**2).sum(axis=1)[:, None] - 2 * part @ known.T + (known**2).sum(axis=1)
        if among_others:
            squares[np.arange(len(part)), np.arange(first, first + len(part))] = np.inf
        found[first : first + _AT_ONCE] = np.sqrt(np.maximum(squares.min(axis=1), 0))
    return np.where(np.isfinite(found), found, 1.0)


def _directions(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    around = values - values.mean(axis=1, keepdims=True, dtype=np.float32)
    # One gray level keeps an image without any contrast from being divided by 0.
    directions: NDArray[np.float32] = around / np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1)
    return directions
