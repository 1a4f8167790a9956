"""Steps that every image passes, in training and in evaluation, before it enters the network.

A text such as ``"crop(24) standardize_image"`` is a row of them. What a step takes from the training images (never
from others) it takes from them as they reach it, without augmentation. Stored uint8 pixels count from 0 to 255 = 1
unit; the first step that scales them leaves values whose unit is 1. float32 images are in units from the start.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data._prepare import Step as NativeStep
from seedbed.data.preparation.components import principal_components
from seedbed.data.preparation.fit_data import FitData
from seedbed.data.preparation.step import LONGEST_SIDE, Step, read_steps
from seedbed.errors import RecipeError
from seedbed.machine import available_bytes
from seedbed.network import Shape

Numbers = dict[str, NDArray[np.float32]]
"""What a step took from the training images, by name."""

_BLOCK = 16


@dataclass(frozen=True)
class InputStep(Step):
    """Base of all input steps."""

    keeps_unit: ClassVar[bool] = False

    @property
    def needs_images(self) -> bool:
        """Whether it takes numbers from the training images, not from their shape and type alone."""
        return False

    @abstractmethod
    def fit(self, data: FitData) -> Numbers:
        """Take from the training images what the step needs of them."""

    @abstractmethod
    def lower(self, numbers: Numbers, shape: Shape) -> NativeStep:
        """The step for images of this shape."""


@dataclass(frozen=True)
class _PerChannel(InputStep):
    """A scale and a shift for each channel: numbers ``scale`` and ``shift``, float32, shape (channels,)."""

    def lower(self, numbers: Numbers, shape: Shape) -> NativeStep:
        return self._native("channels", shape, numbers["scale"], numbers["shift"])


@dataclass(frozen=True)
class Scale(_PerChannel):
    """Pixels from 0…255 to 0…1; float32 images stay as they are."""

    notation: ClassVar[str] = "scale"

    def fit(self, data: FitData) -> Numbers:
        channels = data.shape[0]
        return {
            "scale": np.full(channels, 1 / data.unit, dtype=np.float32),
            "shift": np.zeros(channels, dtype=np.float32),
        }


@dataclass(frozen=True)
class Standardize(_PerChannel):
    """(p/255 - mean) / std, by the given constants or by those of the training images, per channel.

    float32 images are not divided by 255.
    """

    notation: ClassVar[str] = "standardize"
    mean: float | None = None
    std: float | None = None

    def __post_init__(self) -> None:
        rule = "both mean and std, or neither to take those of the training images"
        self._require((self.mean is None) == (self.std is None), "mean" if self.mean is None else "std", rule)
        self._require_number("std", above=0)
        self._require_number("mean")

    @property
    def needs_images(self) -> bool:
        return self.mean is None

    def fit(self, data: FitData) -> Numbers:
        if self.mean is not None and self.std is not None:
            mean, std = np.full(data.shape[0], self.mean), np.full(data.shape[0], self.std)
        else:
            mean, std = data.channel_moments()
        # A channel that never changes carries nothing; any finite scale serves.
        std = np.where(std > 0, std, 1.0)
        return {
            "scale": (1 / (data.unit * std)).astype(np.float32),
            "shift": (-mean / std).astype(np.float32),
        }


@dataclass(frozen=True)
class StandardizeImage(InputStep):
    """(x - mean) / max(std, 1/√N) over all N values of an image, as ``tf.image.per_image_standardization``.

    The floor is stated for values x from 0 to 255, as TensorFlow feeds them; elsewhere the scale does not matter.
    Number ``floor``: the floor for values as they reach the step, float32, shape (1,).
    """

    notation: ClassVar[str] = "standardize_image"

    def fit(self, data: FitData) -> Numbers:
        return {"floor": np.array([data.unit / 255 / sqrt(prod(data.shape))], dtype=np.float32)}

    def lower(self, numbers: Numbers, shape: Shape) -> NativeStep:
        return self._native("standardize_image", shape, numbers["floor"])


@dataclass(frozen=True)
class PCA(InputStep):
    """The first k principal components of the images, which become k channels of one pixel.

    Image x becomes W (x/255 - m): m is the mean training image, the rows of W are the eigenvectors of the covariance of
    the training images with the largest eigenvalues, largest first, of length 1; the largest entry of each in magnitude
    is positive, as in scikit-learn. float32 images are not divided by 255. Not whitened; ``pca(70) standardize`` is.
    Numbers: ``mean``, shape (c·h·w,), and ``components``, shape (k, c·h·w), float32, for values as they reach the step.

    Source: Hotelling (1933), "Analysis of a complex of statistical variables into principal components".
    """

    notation: ClassVar[str] = "pca"
    k: int

    def __post_init__(self) -> None:
        self._require_whole("k", least=1, most=LONGEST_SIDE)

    @property
    def needs_images(self) -> bool:
        return True

    def output_shape(self, shape: Shape) -> Shape:
        self._require(self.k <= prod(shape), "k", f"at most {prod(shape)}, the values of an image")
        return self.k, 1, 1

    def fit(self, data: FitData) -> Numbers:
        count = len(data.dataset.train_images)
        self._require(self.k <= count, "k", f"at most {count}, the number of training images")
        size, free_bytes = prod(data.shape), available_bytes()
        # The covariance, its part from some images, and LAPACK's copy.
        needed_bytes = 3 * 8 * size**2
        if free_bytes is not None and needed_bytes > free_bytes:
            raise RecipeError(
                f"pca: not enough memory: components of {size:,} values need {needed_bytes / 1e9:,.1f} GB, "
                f"{free_bytes / 1e9:,.1f} GB can be had. Choose smaller images, as with crop.",
                field="input",
            )
        mean, components = principal_components(data.chunks, self.k)
        return {
            "mean": (mean * data.unit).astype(np.float32),
            "components": (components / data.unit).astype(np.float32),
        }

    def lower(self, numbers: Numbers, shape: Shape) -> NativeStep:
        k, size = numbers["components"].shape
        self._require(size == prod(shape), "images", f"{size} values each, as it was fitted to", prod(shape))
        weights = np.zeros((size, -(-k // _BLOCK) * _BLOCK), dtype=np.float32)
        weights[:, :k] = numbers["components"].T
        return self._native("project", shape, numbers["mean"], weights, output=(k, 1, 1))


@dataclass(frozen=True)
class _Window(InputStep):
    """A window in the middle of the image."""

    keeps_unit: ClassVar[bool] = True

    def fit(self, data: FitData) -> Numbers:
        return {}

    def lower(self, numbers: Numbers, shape: Shape) -> NativeStep:
        return self._native("window", shape, output=self.output_shape(shape))


@dataclass(frozen=True)
class PadInput(_Window):
    """n pixels of value 0 on every side: black before ``standardize``, the mean after it."""

    notation: ClassVar[str] = "pad"
    n: int

    def __post_init__(self) -> None:
        self._require_whole("n", least=0, most=LONGEST_SIDE)

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        return channels, height + 2 * self.n, width + 2 * self.n


@dataclass(frozen=True)
class Crop(_Window):
    """The n×n pixels in the middle; of an odd number too many, one more goes at the bottom and at the right."""

    notation: ClassVar[str] = "crop"
    n: int

    def __post_init__(self) -> None:
        self._require_whole("n", least=1, most=LONGEST_SIDE)

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        self._require(self.n <= min(height, width), "n", f"at most {min(height, width)}, the size it gets")
        return channels, self.n, self.n


INPUTS: dict[str, type[InputStep]] = {
    made.notation: made for made in (Scale, Standardize, StandardizeImage, PCA, PadInput, Crop)
}
"""Every input step by its name in text."""


def load_input(steps: "str | InputStep | Sequence[InputStep]") -> tuple[InputStep, ...]:
    """Turn ``"standardize pca(70)"``, or one or more steps, into steps; an empty text leaves values as they are stored.

    Raises
    ------
    NotationError, RecipeError
    """
    made: tuple[InputStep, ...] = read_steps("input step", INPUTS, steps)
    return made
