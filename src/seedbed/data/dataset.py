"""A data set in memory: training, validation and test images, their labels, and what they are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.checks import as_whole
from seedbed.data.arrays import as_images, unpaired
from seedbed.data.formats.idx import idx_header
from seedbed.data.labels import as_class_names, as_labels, class_names, label_array
from seedbed.data.splits import TEST, held_count, held_out
from seedbed.data.statistics import moments
from seedbed.data.strips import png_address, strip
from seedbed.errors import DataError
from seedbed.formatting import printable
from seedbed.language import phrase
from seedbed.notebook import html_table

Images = NDArray[np.uint8 | np.float32]
Labels = NDArray[np.uint8]

ARRAYS = tuple(f"{part}_{what}" for part in ("train", "test", "validation") for what in ("images", "labels"))
"""Names of the arrays of a data set; those of the validation come last."""

_MOST_CLASSES, _MOST_NAMED, _PICTURES = 256, 10, 8
_NOTHING = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images of a few classes, split into training, validation and test images.

    Images are uint8 or float32, all of a data set alike. The input steps ``scale`` and ``standardize`` are stated for
    values from 0 to 1: a uint8 pixel is divided by 255 first (`unit`), a float32 value enters as it is.

    Parameters
    ----------
    name : str
    train_images, test_images : uint8 or float32 array, shape (n, c, h, w)
        Pixels from 0 to 255, or any finite values. All arrays become read-only; one that can be written is copied.
    train_labels, test_labels : uint8 array, shape (n,)
        Indices into `classes`. Test images may be none, (0, c, h, w); there is no test error then.
    classes : tuple of str
        One name per class.
    source : str
        Where the data came from, in words.
    sha256 : str
        The fingerprint of the arrays; computed if left out. See `fingerprint`.
    validation_images, validation_labels : arrays as above
        Held out of the training images to choose by; of length 0 if nothing is. See `split`.

    Raises
    ------
    DataError
        If a shape, a type or a label is not as stated.
    """

    name: str
    train_images: Images = field(repr=False)
    train_labels: Labels = field(repr=False)
    test_images: Images = field(repr=False)
    test_labels: Labels = field(repr=False)
    classes: tuple[str, ...]
    source: str
    sha256: str = ""
    validation_images: Images = field(default_factory=lambda: _NOTHING, repr=False)
    validation_labels: Labels = field(default_factory=lambda: _NOTHING, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise DataError(f"name: expected the name of a data set as text, got {self.name!r}.")
        object.__setattr__(self, "classes", as_class_names(self.classes, f"data set '{self.name}', classes"))
        _check_classes(self.name, self.classes)
        self._check_part("train")
        if self.validation_images is _NOTHING:
            empty = np.empty((0, *self.train_images.shape[1:]), dtype=self.train_images.dtype)
            object.__setattr__(self, "validation_images", empty)
        self._check_part("validation", may_be_empty=True)
        self._check_part("test", may_be_empty=True)
        for part in ("validation", "test"):
            self._check_alike(part)
        for name in ARRAYS:
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        if not self.sha256:
            used = ARRAYS if len(self.validation_labels) else ARRAYS[:4]
            sums = [_idx_sha256(getattr(self, name)) for name in used]
            object.__setattr__(self, "sha256", fingerprint(sums))

    @classmethod
    def from_arrays(
        cls,
        train_images: ArrayLike | tuple[ArrayLike, ArrayLike],
        train_labels: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
        test_images: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
        test_labels: ArrayLike | None = None,
        *,
        validation_images: ArrayLike | None = None,
        validation_labels: ArrayLike | None = None,
        classes: Sequence[Any] | None = None,
        numbers: str = "positions",
        name: str = "arrays",
        source: str = "arrays in memory",
        test: float = 0.2,
        seed: int = 0,
        channels: str | None = None,
        floats: str = "refuse",
    ) -> "Dataset":
        """Make a data set of arrays in any usual layout.

        Parameters
        ----------
        train_images, test_images, validation_images : array, shape (n, h, w), (n, c, h, w) or (n, h, w, c)
            Whole numbers from 0 to 255; floating point only if `floats` says what to do with it. Also pairs, as Keras
            gives them: ``from_arrays((x, y), (x_test, y_test))``.
        train_labels, test_labels, validation_labels : array of whole numbers or of class names, shape (n,)
        classes : sequence of str, optional
            If left out: the names that occur in natural order, or ``"0"`` up to the largest number, all of which must
            occur; of truth values ``"False"`` and ``"True"``.
        numbers : {"positions", "names"}
            Whether whole numbers count the classes from 0, or are names, of which those that occur are the classes.
        name, source : str
        test : float
            Without test images: the part of the training images (below 1) or their number that is held out as test
            images, stratified by class; 0 for no test images.
        seed : int
            Decides which.
        channels : {"first", "last"}, optional
            Where the channels stand, if the shape does not tell.
        floats : {"refuse", "pixels", "keep"}
            Refuse floating point values, turn 0…1 into the pixels 0…255, or keep them as float32.

        Raises
        ------
        DataError
            If an array is not as stated.
        """
        given = unpaired(train_images, train_labels, test_images, test_labels)
        train_images, train_labels, test_images, test_labels = given
        parts: dict[str, tuple[Any, Any]] = {}
        for part, images, labels in (
            ("train", train_images, train_labels),
            ("test", test_images, test_labels),
            ("validation", validation_images, validation_labels),
        ):
            if images is not None and labels is not None:
                parts[part] = images, labels
            elif images is not None or labels is not None or part == "train":
                raise DataError(f"data set '{name}': expected both {part}_images and {part}_labels, one is missing.")
        where = {part: f"data set '{name}', {part}" for part in parts}
        labelled = {part: label_array(labels, f"{where[part]}_labels", numbers) for part, (_, labels) in parts.items()}
        if classes is not None:
            known = as_class_names(classes, f"data set '{name}', classes")
        else:
            known = class_names(list(labelled.values()), f"data set '{name}'")
        _check_classes(name, known)
        arrays: dict[str, Any] = {}
        for part, (images, _) in parts.items():
            arrays[f"{part}_images"] = as_images(images, f"{where[part]}_images", channels=channels, floats=floats)
            arrays[f"{part}_labels"] = as_labels(labelled[part], f"{where[part]}_labels", known)
        if "test" not in parts and test == 0 and test is not False:
            images, labels = arrays["train_images"], arrays["train_labels"]
            arrays |= {"test_images": images[:0], "test_labels": labels[:0]}
        elif "test" not in parts:
            arrays |= _with_test(name, arrays["train_images"], arrays["train_labels"], test, seed)
        return cls(name=name, classes=known, source=source, **arrays)

    def split(self, validation: int, seed: int = 0) -> "Dataset":
        """Hold out some of the training images to choose by.

        They are stratified by class, by the largest remainder, and drawn by the seed; both parts keep their order.
        The same count and seed always hold out the same images.

        Parameters
        ----------
        validation : int
            How many; 0 returns the data set as it is.
        seed : int
            0 to 2**64 - 1.

        Returns
        -------
        Dataset
            Its fingerprint is derived from that of the whole, the count and the seed.

        Raises
        ------
        DataError
            If the count or the seed is out of its range, or the data set has validation images already.
        """
        if as_whole(validation) == 0:
            return self
        if len(self.validation_labels):
            got, hint = f"{len(self.validation_labels):,}", f"Leave out validation={validation} to use them."
            raise DataError(
                f"data set '{self.name}' comes with {got} validation images. {hint}",
                field="validation",
                expected="data without validation images of its own",
                got=got,
                hint=hint,
            )
        chosen = held_out(self.train_labels, validation, seed)
        return replace(
            self,
            train_images=self.train_images[~chosen],
            train_labels=self.train_labels[~chosen],
            validation_images=self.train_images[chosen],
            validation_labels=self.train_labels[chosen],
            sha256=hashlib.sha256(f"{self.sha256} validation={validation} seed={seed}\n".encode()).hexdigest(),
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{count:,} {part}" for part, count in self._counts.items() if count)
        shape = "×".join(map(str, self.image_shape))
        return f"<Dataset {self.name!r}: {counts}; {shape} {self.train_images.dtype}; {len(self.classes)} classes>"

    def _repr_html_(self) -> str:
        """Counts, shape and some training images of every class, for notebooks."""
        about = {
            "images": ", ".join(f"{count:,} {part}" for part, count in self._counts.items() if count),
            "shape": f"{'×'.join(map(str, self.image_shape))} {self.train_images.dtype}",
            "classes": str(len(self.classes)),
            "source": self.source,
        }
        return html_table([self.name, ""], list(about.items())) + self._pictures()

    def _pictures(self) -> str:
        """A few training images of each class as HTML; none of plain features."""
        if self.image_shape[1:] == (1, 1):
            return ""
        images = self.train_images
        ends = (0.0, 255.0) if images.dtype == np.uint8 else (float(images.min()), float(images.max()))
        rows = [
            f"<tr><td>{escape(printable(name))}</td><td><img alt='{escape(printable(name))}' "
            f"src='{png_address(strip(images, self.train_labels, number, _PICTURES, ends))}'></td></tr>"
            for number, name in enumerate(self.classes[:_MOST_NAMED])
        ]
        more = len(self.classes) - len(rows)
        return f"<table>{''.join(rows)}</table>" + (f"<p>… and {more} more classes</p>" if more else "")

    @property
    def _counts(self) -> dict[str, int]:
        return {part: len(getattr(self, f"{part}_labels")) for part in ("train", "validation", "test")}

    def answer_names(self, outputs: int) -> tuple[str, ...]:
        """What each output of a network means: a class, or ``output 7`` where it has more outputs than classes."""
        more = range(len(self.classes), outputs)
        return (*self.classes, *(phrase("output {number}", number=number) for number in more))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(c, h, w)`` of one image."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    @property
    def unit(self) -> float:
        """The value that counts as 1 for the input steps: 255 for uint8 images, 1 for float32 images."""
        return 255.0 if self.train_images.dtype == np.uint8 else 1.0

    @cached_property
    def channel_mean(self) -> NDArray[np.float64]:
        """Mean of ``train_images / unit`` per channel: float64 array, shape (c,)."""
        return self._moments[0]

    @cached_property
    def channel_std(self) -> NDArray[np.float64]:
        """Standard deviation (of the population) of ``train_images / unit`` per channel: float64 array, shape (c,)."""
        return self._moments[1]

    @cached_property
    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        means, deviations = moments(self.train_images)
        return _frozen(means), _frozen(deviations)

    def _check_part(self, part: str, *, may_be_empty: bool = False) -> None:
        images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
        for name, array, dimensions, shape, kinds in (
            ("images", images, 4, "(n, c, h, w)", ("uint8", "float32")),
            ("labels", labels, 1, "(n,)", ("uint8",)),
        ):
            if not isinstance(array, np.ndarray) or array.dtype not in kinds or array.ndim != dimensions:
                got = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                raise DataError(
                    f"data set '{self.name}': expected {part}_{name} as {' or '.join(kinds)} array of shape {shape}, "
                    f"got {got}."
                )
            if array.size == 0 and (len(array) or not may_be_empty):
                raise DataError(f"data set '{self.name}': {part}_{name} are empty: shape {array.shape}.")
        if images.dtype == np.float32 and not np.isfinite(images).all():
            raise DataError(f"data set '{self.name}': expected finite {part}_images, got NaN or infinity among them.")
        if len(images) != len(labels):
            raise DataError(
                f"data set '{self.name}': got {len(images):,} {part}_images but {len(labels):,} {part}_labels."
            )
        if len(labels) and int(labels.max()) >= len(self.classes):
            raise DataError(
                f"data set '{self.name}': expected {part}_labels from 0 to {len(self.classes) - 1} "
                f"({len(self.classes)} classes), got {int(labels.max())}."
            )

    def _check_alike(self, part: str) -> None:
        first, other = self.train_images, getattr(self, f"{part}_images")
        if first.shape[1:] != other.shape[1:] or first.dtype != other.dtype:
            raise DataError(
                f"data set '{self.name}': train_images are {first.dtype} {first.shape[1:]} (c, h, w) but {part}_images "
                f"are {other.dtype} {other.shape[1:]}."
            )


def _check_classes(name: str, classes: tuple[str, ...]) -> None:
    if not classes or len(set(classes)) < len(classes) or len(classes) > _MOST_CLASSES:
        named = ", ".join(classes[:_MOST_NAMED]) + (", …" if len(classes) > _MOST_NAMED else "")
        raise DataError(
            f"data set '{name}': expected 1 to {_MOST_CLASSES} different class names, got {len(classes)}: "
            f"{named or 'none'}."
        )


def _with_test(name: str, images: Images, labels: Labels, test: float, seed: int) -> dict[str, Images | Labels]:
    if len(images) != len(labels):
        raise DataError(f"data set '{name}': got {len(images):,} train_images but {len(labels):,} train_labels.")
    chosen = held_out(labels, held_count(len(labels), test), seed, TEST)
    return {
        "train_images": images[~chosen],
        "train_labels": labels[~chosen],
        "test_images": images[chosen],
        "test_labels": labels[chosen],
    }


def fingerprint(file_sha256: Sequence[str]) -> str:
    """One SHA-256 for the arrays of a data set, the same wherever they came from.

    It is the SHA-256 of the hexadecimal SHA-256 sums, one a line, that training images, training labels, test images
    and test labels have as uncompressed IDX files (images of one channel without the channel dimension); those of the
    validation follow if a set comes with one. So the fingerprint of a data set that is published as IDX follows from
    sums that were verified already. A data set that is published in other files takes the sums of those.

    Parameters
    ----------
    file_sha256 : sequence of str, 64 hexadecimal digits each

    Returns
    -------
    str, 64 hexadecimal digits
    """
    return hashlib.sha256("".join(f"{digest}\n" for digest in file_sha256).encode()).hexdigest()


def _idx_sha256(array: NDArray[Any]) -> str:
    shape = (len(array), *array.shape[2:]) if array.ndim == 4 and array.shape[1] == 1 else array.shape
    is_float = array.dtype == np.float32
    digest = hashlib.sha256(idx_header(shape, is_float=is_float))
    digest.update(array.astype(">f4").data if is_float else array.data)
    return digest.hexdigest()


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    if array.flags.writeable or not array.flags.c_contiguous:
        array = array.copy(order="C")
        array.flags.writeable = False
    return array
