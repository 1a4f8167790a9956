"""CIFAR-10 in its binary version: records of a label and a picture, in six files of one archive."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.files import DataFile
from seedbed.data.local import VerifiedFile
from seedbed.data.places import folders
from seedbed.data.sets.file_set import FileSet, source_of
from seedbed.data.sources.archive import Archive, LocalArchive
from seedbed.data.sources.base import Source

FILE_NAMES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")


@dataclass(frozen=True)
class CifarSet(FileSet):
    """Records of 1 byte label and c·h·w bytes picture, channel by channel; five files to train on, one to test.

    The archive is looked for where the files are, in the folder of ``SEEDBED_DATA`` first, before it is downloaded.

    Parameters
    ----------
    sha256 : tuple of 6 str
        Of the files of the archive: ``data_batch_1.bin`` … ``data_batch_5.bin``, ``test_batch.bin``.
    archive : Archive

    Source: A. Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images", binary version of the data.
    """

    sha256: tuple[str, ...]
    archive: Archive

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The five batches of training images, then the test images."""
        channels, height, width = self.image_shape
        record = 1 + channels * height * width
        counts = [self.train_count // 5] * 5 + [self.test_count]
        return tuple(
            DataFile(name, digest, (count, record), is_idx=False)
            for name, digest, count in zip(FILE_NAMES, self.sha256, counts, strict=True)
        )

    def sources_for(self, cache: Path) -> tuple[Source, ...]:
        paths = [folder / self.archive.name for folder in folders(self.name, cache)]
        return (*(LocalArchive(self.archive, path) for path in paths if path.is_file()), *self.sources)

    def decode(self, held: list[VerifiedFile]) -> Dataset:
        records = [one.octets.reshape(one.file.shape) for one in held]
        train_images, train_labels = self._parts(records[:-1])
        test_images, test_labels = self._parts(records[-1:])
        return Dataset(
            name=self.name,
            train_images=train_images,
            train_labels=train_labels,
            test_images=test_images,
            test_labels=test_labels,
            classes=self.classes,
            source=source_of(held),
            sha256=fingerprint(self.sha256),
        )

    def _parts(self, records: list[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        images = np.concatenate([some[:, 1:] for some in records]).reshape(-1, *self.image_shape)
        labels = np.concatenate([some[:, 0] for some in records])
        # Dataset copies what can be written; nobody else holds these.
        images.flags.writeable = labels.flags.writeable = False
        return images, labels
