"""scikit-learn's digits: 1,797 real 8×8 images that every installation has, so nothing is fetched."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.data.dataset import Dataset
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.local import Note
from seedbed.data.sources.base import Progress
from seedbed.errors import DataError

_TEST_PER_CLASS = 36
_MAX_VALUE = 16


@dataclass(frozen=True)
class Digits(Entry):
    """The digits of scikit-learn, values 0 to 16 scaled to 0 to 255, split into 1,437 training and 360 test images.

    The test images are the last 36 of each class in scikit-learn's order; both parts keep that order. Nothing is drawn
    at random.

    Parameters
    ----------
    sha256 : str
        The fingerprint that the four arrays must have.

    Source: E. Alpaydin, C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository; the copy is its test part.
    """

    sha256: str

    is_built_in = True

    def load(self, cache: Path, progress: Progress, note: Note) -> Dataset:
        # Imported here because it costs 20 ms that other data sets need not pay.
        from importlib.metadata import version

        images, labels = _read()
        test = np.sort(np.concatenate([np.flatnonzero(labels == digit)[-_TEST_PER_CLASS:] for digit in range(10)]))
        is_test = np.zeros(len(labels), dtype=bool)
        is_test[test] = True
        dataset = Dataset(
            name=self.name,
            train_images=images[~is_test],
            train_labels=labels[~is_test],
            test_images=images[is_test],
            test_labels=labels[is_test],
            classes=self.classes,
            source=f"scikit-learn {version('scikit-learn')}",
        )
        if dataset.sha256 != self.sha256:
            raise DataError(
                f"digits of {dataset.source}: expected fingerprint {self.sha256}, got {dataset.sha256}. "
                "The installation is damaged, or this version changed its data; install scikit-learn again."
            )
        return dataset

    def fetch(self, cache: Path, progress: Progress, note: Note) -> Fetched:
        return Fetched((), self.load(cache, progress, note).source)

    def verify(self, cache: Path) -> list[FileCheck]:
        try:
            dataset = self.load(cache, progress=lambda what, done, total: None, note=lambda text: None)
        except DataError as error:
            return [FileCheck(_file(), False, str(error))]
        return [FileCheck(_file(), True, f"fingerprint {dataset.sha256}")]

    def locate(self, cache: Path) -> tuple[Path, ...]:
        return ()


def _file() -> Path:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("digits: scikit-learn is not installed. 'pip install scikit-learn' adds it.")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"


def _read() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All images, uint8 (1797, 1, 8, 8), and labels, uint8 (1797,), in scikit-learn's order."""
    path = _file()
    if path.is_file():
        # Importing scikit-learn's readers takes a hundred times as long as reading the file that they read.
        table = np.loadtxt(path, delimiter=",", dtype=np.int64)
        values, labels = table[:, :-1], table[:, -1]
    else:
        from sklearn.datasets import load_digits

        values, labels = load_digits(return_X_y=True)
    scaled = (values.astype(np.int64) * 255 + _MAX_VALUE // 2) // _MAX_VALUE
    return scaled.astype(np.uint8).reshape(-1, 1, 8, 8), labels.astype(np.uint8)
