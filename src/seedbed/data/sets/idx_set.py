"""Data sets published like MNIST: four IDX files, verified by their SHA-256."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.files import DataFile
from seedbed.data.formats.idx import decode_idx
from seedbed.data.local import VerifiedFile
from seedbed.data.sets.file_set import FileSet, source_of


@dataclass(frozen=True)
class IdxSet(FileSet):
    """Grey images in the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-…``.

    Parameters
    ----------
    sha256 : tuple of 4 str
        Of the uncompressed files: training images, training labels, test images, test labels.
    family : mapping of str to tuple of 4 str
        The same sums of all data sets whose files have these names, so that one is not taken for a damaged other.
    """

    sha256: tuple[str, str, str, str]
    family: Mapping[str, tuple[str, str, str, str]]

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Training images, training labels, test images, test labels."""
        _, height, width = self.image_shape
        counts = (self.train_count, self.test_count)
        shapes = [shape for count in counts for shape in ((count, height, width), (count,))]
        return tuple(
            DataFile(name, digest, shape) for name, digest, shape in zip(FILE_NAMES, self.sha256, shapes, strict=True)
        )

    @property
    def others(self) -> Collection[str]:
        return {digest for name, sums in self.family.items() if name != self.name for digest in sums}

    def decode(self, held: list[VerifiedFile]) -> Dataset:
        train_images, train_labels, test_images, test_labels = (
            decode_idx(one.octets.data, str(one.path or one.source)) for one in held
        )
        return Dataset(
            name=self.name,
            train_images=_with_channel(train_images),
            train_labels=train_labels,
            test_images=_with_channel(test_images),
            test_labels=test_labels,
            classes=self.classes,
            source=source_of(held),
            sha256=fingerprint(self.sha256),
        )


FILE_NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def _with_channel(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """View ``(n, h, w)`` as ``(n, 1, h, w)``."""
    return images[:, np.newaxis]
