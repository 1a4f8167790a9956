"""A data set in memory: training and test images, their labels, and what they are."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.formats.idx import idx_header
from seedbed.errors import DataError

_CHUNK_PIXELS = 1 << 18


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images of a few classes, split into training and test images.

    Parameters
    ----------
    name : str
    train_images, test_images : uint8 array, shape (n, c, h, w)
        Pixels from 0 to 255. All four arrays become read-only; one that can be written is copied.
    train_labels, test_labels : uint8 array, shape (n,)
        Indices into `classes`.
    classes : tuple of str
        One name per class.
    source : str
        Where the data came from, in words.
    sha256 : str
        The fingerprint of the four arrays; computed if left out. See `fingerprint`.

    Raises
    ------
    DataError
        If a shape, a type or a label is not as stated.
    """

    name: str
    train_images: NDArray[np.uint8] = field(repr=False)
    train_labels: NDArray[np.uint8] = field(repr=False)
    test_images: NDArray[np.uint8] = field(repr=False)
    test_labels: NDArray[np.uint8] = field(repr=False)
    classes: tuple[str, ...]
    source: str
    sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        if not self.classes or len(set(self.classes)) < len(self.classes) or len(self.classes) > 256:
            raise DataError(
                f"data set '{self.name}': expected 1 to 256 different class names, got {len(self.classes)}: "
                f"{', '.join(self.classes) or 'none'}."
            )
        for part in ("train", "test"):
            self._check_part(part)
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise DataError(
                f"data set '{self.name}': train_images are {self.train_images.shape[1:]} (c, h, w) but test_images are "
                f"{self.test_images.shape[1:]}."
            )
        for name in ("train_images", "train_labels", "test_images", "test_labels"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        if not self.sha256:
            arrays = (self.train_images, self.train_labels, self.test_images, self.test_labels)
            object.__setattr__(self, "sha256", fingerprint([_idx_sha256(array) for array in arrays]))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(c, h, w)`` of one image."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    @cached_property
    def channel_mean(self) -> NDArray[np.float64]:
        """Mean of ``train_images / 255`` per channel: float64 array, shape (c,)."""
        return self._moments[0]

    @cached_property
    def channel_std(self) -> NDArray[np.float64]:
        """Standard deviation (of the population) of ``train_images / 255`` per channel: float64 array, shape (c,)."""
        return self._moments[1]

    @cached_property
    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        # Whole numbers until the last step: exact, and the same on every machine.
        means, deviations = [], []
        for channel in range(self.image_shape[0]):
            counts = [int(count) for count in _histogram(self.train_images[:, channel])]
            pixels = sum(counts)
            total = sum(value * count for value, count in enumerate(counts))
            squares = sum(value * value * count for value, count in enumerate(counts))
            means.append(total / (pixels * 255))
            deviations.append((pixels * squares - total * total) ** 0.5 / (pixels * 255))
        return _frozen(np.array(means)), _frozen(np.array(deviations))

    def _check_part(self, part: str) -> None:
        images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
        for name, array, dimensions, shape in (("images", images, 4, "(n, c, h, w)"), ("labels", labels, 1, "(n,)")):
            if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim != dimensions:
                got = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                raise DataError(
                    f"data set '{self.name}': expected {part}_{name} as uint8 array of shape {shape}, got {got}."
                )
            if array.size == 0:
                raise DataError(f"data set '{self.name}': {part}_{name} are empty: shape {array.shape}.")
        if len(images) != len(labels):
            raise DataError(
                f"data set '{self.name}': got {len(images):,} {part}_images but {len(labels):,} {part}_labels."
            )
        if int(labels.max()) >= len(self.classes):
            raise DataError(
                f"data set '{self.name}': expected {part}_labels from 0 to {len(self.classes) - 1} "
                f"({len(self.classes)} classes), got {int(labels.max())}."
            )


def fingerprint(file_sha256: list[str]) -> str:
    """One SHA-256 for the four arrays of a data set, the same wherever they came from.

    It is the SHA-256 of the four hexadecimal SHA-256 sums, one a line, that training images, training labels, test
    images and test labels have as uncompressed IDX files (images of one channel without the channel dimension). So
    the fingerprint of a data set that is published as IDX follows from sums that were verified already.

    Parameters
    ----------
    file_sha256 : list of 4 str, 64 hexadecimal digits each

    Returns
    -------
    str, 64 hexadecimal digits
    """
    return hashlib.sha256("".join(f"{digest}\n" for digest in file_sha256).encode()).hexdigest()


def _idx_sha256(array: NDArray[np.uint8]) -> str:
    is_grey = array.ndim == 4 and array.shape[1] == 1
    digest = hashlib.sha256(idx_header((len(array), *array.shape[2:]) if is_grey else array.shape))
    digest.update(array.data)
    return digest.hexdigest()


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    if array.flags.writeable or not array.flags.c_contiguous:
        array = array.copy(order="C")
        array.flags.writeable = False
    return array


def _histogram(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count each of the 256 values, two neighbouring pixels at a time: twice as fast as one at a time.

    Parameters
    ----------
    images : uint8 array, shape (n, h, w)

    Returns
    -------
    int64 array, shape (256,)
    """
    pairs = np.zeros((256, 256), dtype=np.int64)
    single = np.zeros(256, dtype=np.int64)
    step = max(1, _CHUNK_PIXELS // images[0].size)
    for start in range(0, len(images), step):
        pixels = images[start : start + step].ravel()
        even = pixels.size // 2 * 2
        pairs += np.bincount(pixels[:even].view(np.uint16), minlength=1 << 16).reshape(256, 256)
        single += np.bincount(pixels[even:], minlength=256)
    counts: NDArray[np.int64] = pairs.sum(axis=0) + pairs.sum(axis=1) + single
    return counts
