"""What the training images look like: their ground, whether they are centred, and how far another is from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data.centering import is_centered
from seedbed.data.dataset import Dataset
from seedbed.data.likeness.features import LEAST_SIDE, softened, textures, thumbnails

GROUNDS = ("dark", "bright", "mixed")
_DARK, _BRIGHT = 85, 170
_MOST_ALIKE = 0.9
_LOOKED_AT, _KEPT_OF_FIVE, _FEW = 4000, 3, 50
_AT_ONCE = 500
_QUANTILE = 0.995


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
        Of up to 2,400 training images: see `features.thumbnails`.
    textures : float32 array, shape (n, 15)
        Of the same: see `features.textures`.
    thumbnail_scale, texture_scale : float
        The 99.5% quantiles, over training images that are not among them, of the distances to the nearest.
    """

    ground: str
    is_centered: bool
    thumbnails: NDArray[np.uint8]
    textures: NDArray[np.float32]
    thumbnail_scale: float
    texture_scale: float

    def distances(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """How unlike the training images others are: 1 is what about two of a hundred training images exceed.

        The larger of two distances to the nearest training image, each over its scale: of thumbnails brought to length
        1, so that contrast does not count, and of whitened textures.

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
        found = np.empty(len(images), np.float64)
        for first in range(0, len(images), _AT_ONCE):
            part = images[first : first + _AT_ONCE]
            shape = _nearest(_directions(thumbnails(part)), _directions(self.thumbnails)) / self.thumbnail_scale
            centre, whitening = _whitening(self.textures)
            strokes = _nearest((textures(part) - centre) @ whitening, (self.textures - centre) @ whitening)
            found[first : first + _AT_ONCE] = np.maximum(shape, strokes / self.texture_scale)
        return found


def look_at(dataset: Dataset) -> Appearance | None:
    """What the training images of a data set look like; None for floating point values and tiny or very few images."""
    images = dataset.train_images
    if images.dtype != np.uint8 or min(dataset.image_shape[1:]) < LEAST_SIDE or len(images) < _FEW:
        return None
    if dataset.sha256 not in _KNOWN:
        _KNOWN[dataset.sha256] = _look_at(dataset)
    return _KNOWN[dataset.sha256]


_KNOWN: dict[str, Appearance] = {}


def _look_at(dataset: Dataset) -> Appearance:
    chosen = np.unique(np.linspace(0, len(dataset.train_images) - 1, _LOOKED_AT).round().astype(np.int64))
    images = np.asarray(dataset.train_images[chosen], dtype=np.uint8)
    borders = np.median(border_values(images), axis=1)
    ground = "mixed"
    if (borders <= _DARK).mean() >= _MOST_ALIKE:
        ground = "dark"
    elif (borders >= _BRIGHT).mean() >= _MOST_ALIKE:
        ground = "bright"
    may_be_centered = images.shape[1] == 1 and images.shape[2] == images.shape[3] and ground == "dark"
    centered = may_be_centered and np.mean([is_centered(image[0]) for image in images]) >= _MOST_ALIKE
    images = softened(images)
    is_kept = np.arange(len(images)) % 5 < _KEPT_OF_FIVE
    raw = Appearance(ground, bool(centered), thumbnails(images[is_kept]), textures(images[is_kept]), 1.0, 1.0)
    held = images[~is_kept]
    shape = _nearest(_directions(thumbnails(held)), _directions(raw.thumbnails))
    centre, whitening = _whitening(raw.textures)
    strokes = _nearest((textures(held) - centre) @ whitening, (raw.textures - centre) @ whitening)
    # Images that are all alike have no distances; 1 then stands for any.
    scales = (float(np.quantile(one, _QUANTILE)) or 1.0 for one in (shape, strokes))
    return Appearance(raw.ground, raw.is_centered, raw.thumbnails, raw.textures, *scales)


def border_values(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outermost pixels of each image, uint8, shape (n, values)."""
    sides = (images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1])
    return np.concatenate([side.reshape(len(images), -1) for side in sides], axis=1)


def _nearest(values: NDArray[np.floating], known: NDArray[np.floating]) -> NDArray[np.float64]:
    """Euclidean distance of each row from the nearest of the known ones."""
    squares = (values**2).sum(axis=1)[:, None] - 2 * values @ known.T + (known**2).sum(axis=1)
    nearest: NDArray[np.float64] = np.sqrt(np.maximum(squares.min(axis=1), 0), dtype=np.float64)
    return nearest


def _directions(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(values.astype(np.float32), axis=1, keepdims=True)
    directions: NDArray[np.float32] = values / np.maximum(lengths, np.float32(1))
    return directions


def _whitening(known: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean of textures, and what makes their covariance the identity."""
    centre = known.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((known - centre).T))
    # Directions in which they hardly differ would otherwise decide alone.
    made: NDArray[np.float32] = (vectors / np.sqrt(values + 1e-6 * max(values[-1], 1e-12))).astype(np.float32)
    return np.asarray(centre, np.float32), made
