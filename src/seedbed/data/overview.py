"""What is in a data set: how many images of which class, how balanced, and which images occur more than once."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.data.dataset import Dataset

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Duplicates:
    """Images that occur more than once, pixel for pixel.

    Attributes
    ----------
    within : dict of str to int
        By part: how many of its images are there once more in the same part.
    across : dict of (str, str) to int
        By two parts: how many images of the latter are in the former too: ``("train", "test")``.
    with_other_class : int
        How many different images have more than one class.
    examples : tuple of str
        Some of what is found across parts and with several classes: ``test image 17 (cat) is training image 3 (dog)``.
    """

    within: dict[str, int]
    across: dict[tuple[str, str], int]
    with_other_class: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """What is in a data set.

    Attributes
    ----------
    dataset : Dataset
    counts : dict of str to tuple of int
        By part: images of each class.
    duplicates : Duplicates
    """

    dataset: Dataset
    counts: dict[str, tuple[int, ...]]
    duplicates: Duplicates

    @property
    def imbalance(self) -> float:
        """Training images of the largest class for one of the smallest that has any."""
        some = [count for count in self.counts["train"] if count]
        return max(some) / min(some)

    @property
    def majority_error(self) -> float | None:
        """Percent of test images that are wrong if the largest training class is always answered; None without any."""
        largest = int(np.argmax(self.counts["train"]))
        tests = self.counts["test"]
        return 100 * (1 - tests[largest] / sum(tests)) if sum(tests) else None

    @property
    def value_range(self) -> tuple[float, float]:
        """The smallest and the largest value of the training images."""
        images = self.dataset.train_images
        return float(images.min()), float(images.max())

    def as_json(self) -> dict[str, Any]:
        """What ``seedbed data show --json`` prints."""
        dataset, duplicates = self.dataset, self.duplicates
        return {
            "name": dataset.name,
            "source": dataset.source,
            "fingerprint": dataset.sha256,
            "image_shape": list(dataset.image_shape),
            "dtype": str(dataset.train_images.dtype),
            "value_range": list(self.value_range),
            "images": {part: sum(self.counts[part]) for part in PARTS},
            "classes": [
                {"name": name} | {part: self.counts[part][number] for part in PARTS}
                for number, name in enumerate(dataset.classes)
            ],
            "imbalance": self.imbalance,
            "majority_error_percent": self.majority_error,
            "duplicates": {
                "within": duplicates.within,
                "across": {"/".join(parts): count for parts, count in duplicates.across.items()},
                "with_other_class": duplicates.with_other_class,
                "examples": list(duplicates.examples),
            },
        }


def look_over(dataset: Dataset) -> Overview:
    """Count the images of a data set and find those that occur more than once."""
    counts = {
        part: tuple(map(int, np.bincount(getattr(dataset, f"{part}_labels"), minlength=len(dataset.classes))))
        for part in PARTS
    }
    return Overview(dataset, counts, _duplicates(dataset))


_MOST_EXAMPLES = 5


def _duplicates(dataset: Dataset) -> Duplicates:
    hashes = {
        part: [hashlib.blake2b(image.data, digest_size=16).digest() for image in getattr(dataset, f"{part}_images")]
        for part in PARTS
    }
    first: dict[bytes, tuple[str, int, int]] = {}
    classes: dict[bytes, set[int]] = {}
    examples: list[str] = []
    for part in PARTS:
        for number, (digest, label) in enumerate(
            zip(hashes[part], getattr(dataset, f"{part}_labels").tolist(), strict=True)
        ):
            other_part, other_number, other_label = first.setdefault(digest, (part, number, label))
            classes.setdefault(digest, set()).add(label)
            if (other_part != part or other_label != label) and len(examples) < _MOST_EXAMPLES:
                one, other = dataset.classes[label], dataset.classes[other_label]
                examples.append(f"{part} image {number} ({one}) is {other_part} image {other_number} ({other})")
    present = {part: Counter(hashes[part]) for part in PARTS}
    pairs = [(one, other) for place, one in enumerate(PARTS) for other in PARTS[place + 1 :]]
    return Duplicates(
        within={part: len(hashes[part]) - len(present[part]) for part in PARTS},
        across={(one, other): sum(digest in present[one] for digest in hashes[other]) for one, other in pairs},
        with_other_class=sum(len(labels) > 1 for labels in classes.values()),
        examples=tuple(examples),
    )
