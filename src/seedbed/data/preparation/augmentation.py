"""Random changes of training images.

A text such as ``"random_crop(24) flip brightness(63)"`` is a row of them; they come before the input steps, except for
noise. All draws are Philox4x32-10 (`seedbed.philox`) with counter (2**24 · place of the step in the text + block,
sample, epoch, ``Stream.AUGMENT``) and the seed as key. So an image of an epoch is a function of (text, seed, epoch,
number of the image), whatever the batch, the engine or the number of threads. With words w0, w1, … of a step,
u = (w + ½) / 2**32 is uniform between 0 and 1, and ⌊w·n / 2**32⌋ is one of 0 … n - 1.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, radians
from typing import ClassVar

import numpy as np

from seedbed.data._prepare import Step as NativeStep
from seedbed.data.preparation.step import LONGEST_SIDE, Step, read_steps
from seedbed.errors import RecipeError, compose
from seedbed.network import Shape

_MOST_STEPS = 256


@dataclass(frozen=True)
class Augmentation(Step):
    """Base of all augmentations."""

    @abstractmethod
    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        """The step for images of this shape; ``unit`` is the value that counts as 1, ``number`` its place."""


@dataclass(frozen=True)
class RandomCrop(Augmentation):
    """A window of size×size pixels anywhere in the image with ``padding`` pixels of 0 added on every side.

    Its top row is drawn from w0, its left column from w1.
    """

    notation: ClassVar[str] = "random_crop"
    size: int
    padding: int = 0

    def __post_init__(self) -> None:
        self._require_whole("size", least=1, most=LONGEST_SIDE)
        self._require_whole("padding", least=0, most=LONGEST_SIDE)

    def output_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        most = min(height, width) + 2 * self.padding
        self._require(self.size <= most, "size", f"at most {most}, the size of the padded image")
        return channels, self.size, self.size

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("random_crop", shape, self.padding, output=self.output_shape(shape), number=number)


@dataclass(frozen=True)
class Flip(Augmentation):
    """Left and right swapped in half of the images: where w0 < 2**31."""

    notation: ClassVar[str] = "flip"

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("flip", shape, number=number)


@dataclass(frozen=True)
class Brightness(Augmentation):
    """U(-most, most) added to all pixels, on the scale from 0 to 255; nothing is cut off at its ends.

    Drawn from w0. As ``tf.image.random_brightness``.
    """

    notation: ClassVar[str] = "brightness"
    most: float

    def __post_init__(self) -> None:
        self._require_number("most", least=0)

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("brightness", shape, self.most * unit / 255, number=number)


@dataclass(frozen=True)
class Contrast(Augmentation):
    """Distance of each pixel from the mean of its channel in the image multiplied by U(low, high), drawn from w0.

    As ``tf.image.random_contrast``; nothing is cut off at 0 or 255.
    """

    notation: ClassVar[str] = "contrast"
    low: float
    high: float

    def __post_init__(self) -> None:
        self._require_number("low", least=0)
        self._require_number("high", least=0)
        self._require(self.high >= self.low, "high", "a finite number of at least low")

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("contrast", shape, self.low, self.high, number=number)


@dataclass(frozen=True)
class Shift(Augmentation):
    """Moved by -most … most whole pixels down (drawn from w0) and to the right (w1); 0 comes in from outside."""

    notation: ClassVar[str] = "shift"
    most: int

    def __post_init__(self) -> None:
        self._require_whole("most", least=0, most=LONGEST_SIDE)

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("shift", shape, self.most, number=number)


@dataclass(frozen=True)
class Affine(Augmentation):
    """Rotated, scaled and sheared about the centre of the image, with bilinear interpolation and 0 outside.

    A point p = (to the right, down) of the image goes to R·S·D·p: D scales both axes, each by its own factor from
    U(1 - scale, 1 + scale) (w1 and w2), S shears along rows by U(-shear, shear) pixels per row (w3), R turns clockwise
    by U(-rotate, rotate) degrees (w0). With ``shift`` these are the distortions of LeCun et al. (1998), section III.A.
    """

    notation: ClassVar[str] = "affine"
    rotate: float = 15.0
    scale: float = 0.1
    shear: float = 0.1

    def __post_init__(self) -> None:
        self._require_number("rotate", least=0, most=180, note=", in degrees")
        self._require_number("scale", least=0, below=1)
        self._require_number("shear", least=0)

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("affine", shape, radians(self.rotate), self.scale, self.shear, number=number)


@dataclass(frozen=True)
class Elastic(Augmentation):
    """Every pixel moved by a smooth random field, with bilinear interpolation and 0 outside.

    Displacements are drawn from U(-1, 1), those to the right from words 0 … h·w - 1 in reading order, those down from
    the next h·w, as w / 2**31 - 1, smoothed by a Gaussian of standard deviation ``sigma`` pixels (cut off at 3 sigma,
    sum 1; 0 beyond the image) and multiplied by ``alpha``. Inside, they then have a standard deviation of about
    0.16·alpha/sigma pixels.

    Source: Simard, Steinkraus and Platt (2003), section 2, who found alpha=34, sigma=4 best on images of 29×29.
    """

    notation: ClassVar[str] = "elastic"
    alpha: float = 8.0
    sigma: float = 4.0

    def __post_init__(self) -> None:
        self._require_number("alpha", least=0)
        self._require_number("sigma", above=0, most=100)

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        radius = ceil(3 * self.sigma)
        weights = np.array([exp(-0.5 * (i / self.sigma) ** 2) for i in range(-radius, radius + 1)])
        return self._native("elastic", shape, self.alpha, weights / weights.sum(), number=number)


@dataclass(frozen=True)
class Noise(Augmentation):
    """Gaussian noise on the values that enter the network, after all input steps, so it stands last.

    Its standard deviation is ``std``; with ``decay=linear`` std·(1 - steps done / steps of the run). Two words make two
    numbers: Box and Muller (1958).
    """

    notation: ClassVar[str] = "noise"
    std: float
    decay: str | None = None

    def __post_init__(self) -> None:
        self._require_number("std", least=0)
        self._require(self.decay in (None, "linear"), "decay", "linear or none")

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        return self._native("noise", shape, self.std, 0 if self.decay is None else 1, number=number)


AUGMENTATIONS: dict[str, type[Augmentation]] = {
    made.notation: made for made in (RandomCrop, Flip, Brightness, Contrast, Shift, Affine, Elastic, Noise)
}
"""Every augmentation by its name in text."""


def load_augment(steps: "str | Augmentation | Sequence[Augmentation]") -> tuple[Augmentation, ...]:
    """Turn ``"shift(2) noise(0.1)"``, or one or more steps, into steps; an empty text means none.

    Raises
    ------
    NotationError, RecipeError
    """
    made: tuple[Augmentation, ...] = read_steps("augmentation", AUGMENTATIONS, steps)
    text = " ".join(map(str, made))
    if len(made) > _MOST_STEPS:
        expected, got = f"at most {_MOST_STEPS} steps", str(len(made))
        raise RecipeError(compose("augment", expected, got), expected=expected, got=got, text=text)
    noisy = [isinstance(step, Noise) for step in made]
    if noisy != sorted(noisy):
        raise RecipeError(
            f"augment: noise is added to the values that enter the network, so it must stand last, got '{text}'.",
            expected="noise as the last step",
            got=text,
            text=text,
        )
    return made
