"""Input steps with what they took from the training images: all that evaluation needs."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.data._prepare import Step as NativeStep
from seedbed.data.dataset import Dataset, Images
from seedbed.data.preparation.fit_data import FitData, run_steps
from seedbed.data.preparation.input_steps import InputStep, Numbers, Scale, Standardize, load_input
from seedbed.errors import RecipeError
from seedbed.network import Shape

_PART_BYTES = 64 << 20


class FittedInput:
    """Input steps, ready for images.

    Parameters
    ----------
    steps : tuple of InputStep
    numbers : tuple of dict of str to float32 array
        What each step took from the training images.
    stored_shape : (channels, height, width)
        Of an image as it is stored.
    dtype : str
        ``uint8`` or ``float32``: the type of stored images.

    Raises
    ------
    RecipeError
        The steps do not take images of this shape.
    """

    def __init__(
        self, steps: tuple[InputStep, ...], numbers: tuple[Numbers, ...], stored_shape: Shape, dtype: str
    ) -> None:
        self.steps, self.numbers, self.stored_shape, self.dtype = steps, numbers, stored_shape, dtype
        self._native = self.lower(stored_shape)

    def __str__(self) -> str:
        return " ".join(map(str, self.steps))

    @property
    def image_shape(self) -> Shape:
        """``(channels, height, width)`` of what enters the network."""
        shape = self.stored_shape
        for step in self.steps:
            shape = step.output_shape(shape)
        return shape

    @property
    def affine(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """``(scale, shift)``, float32, shape (channels,), if all that happens to a value p is p·scale + shift."""
        if not all(isinstance(step, Scale | Standardize) for step in self.steps):
            return None
        scale, shift = np.ones(self.stored_shape[0], np.float32), np.zeros(self.stored_shape[0], np.float32)
        for numbers in self.numbers:
            scale, shift = scale * numbers["scale"], shift * numbers["scale"] + numbers["shift"]
        return scale, shift

    def lower(self, shape: Shape) -> tuple[NativeStep, ...]:
        """The native steps for images that come in this shape.

        Raises
        ------
        RecipeError
        """
        lowered = []
        for step, numbers in zip(self.steps, self.numbers, strict=True):
            lowered.append(step.lower(numbers, shape))
            shape = step.output_shape(shape)
        return tuple(lowered)

    def apply(self, images: Images, threads: int = 1) -> NDArray[np.float32]:
        """Prepare images.

        Parameters
        ----------
        images : array of the stored type and shape, (n, c, h, w)

        Returns
        -------
        float32 array, shape (n, *image_shape)
        """
        return run_steps(self._native, images, threads) if self._native else images.astype(np.float32)

    def parts(self, images: Images, threads: int = 1) -> Iterator[NDArray[np.float32]]:
        """Prepare images, at most 64 MB at a time."""
        for first in range(0, len(images), images_at_once(self.image_shape)):
            yield self.apply(images[first : first + images_at_once(self.image_shape)], threads)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """All numbers by place and name, ``0.scale``; ``load`` reads them back."""
        return {f"{place}.{name}": array for place, own in enumerate(self.numbers) for name, array in own.items()}

    @classmethod
    def load(
        cls, text: str, arrays: Mapping[str, NDArray[np.float32]], stored_shape: Shape, dtype: str
    ) -> "FittedInput":
        """Make it again from its text and ``arrays()``.

        Raises
        ------
        NotationError, RecipeError, KeyError
        """
        steps = load_input(text)
        numbers: tuple[Numbers, ...] = tuple({} for _ in steps)
        for key, array in arrays.items():
            place, _, name = key.partition(".")
            numbers[int(place)][name] = array
        return cls(steps, numbers, stored_shape, dtype)


def images_at_once(shape: Shape) -> int:
    """How many prepared images 64 MB hold, at least 1."""
    return max(1, _PART_BYTES // (4 * prod(shape)))


def fixed_input(steps: "str | InputStep | Sequence[InputStep]", shape: Shape) -> FittedInput:
    """Input steps for uint8 images of a shape, without training images.

    Raises
    ------
    NotationError
    RecipeError
        A step needs training images, or changes the shape, so that the shape of stored images is not known.
    """
    made = load_input(steps)
    for step in made:
        if step.needs_images or step.output_shape(shape) != shape:
            why = "takes numbers from the training images" if step.needs_images else "changes the shape of images"
            hint = "Name the data: data='mnist', or --data mnist."
            raise RecipeError(f"input: '{step}' {why}, and there are none. {hint}", field="input", hint=hint)
    blank, labels = np.zeros((1, *shape), np.uint8), np.zeros(1, np.uint8)
    dataset = Dataset("blank", blank, labels, blank[:0], labels[:0], ("0",), "nothing")
    return fit_input(made, dataset)


_FITTED: dict[tuple[str, str], FittedInput] = {}
_MOST_FITTED = 16
"""Kept, of those used last: principal components take megabytes each."""


def fit_input(steps: "str | InputStep | Sequence[InputStep]", dataset: Dataset) -> FittedInput:
    """Fit input steps to the training images of a data set; once for each text and data set, as long as few others
    are asked for.

    Steps that leave pixels from 0 to 255 are told of, as a warning of the logger ``seedbed.data``.

    Raises
    ------
    NotationError, RecipeError
    """
    made = load_input(steps)
    key = (dataset.sha256, " ".join(map(str, made)))
    fitted = _FITTED.pop(key, None)
    if fitted is None:
        numbers: list[Numbers] = []
        before: list[NativeStep] = []
        shape: Shape = dataset.image_shape
        unit = dataset.unit
        for step in made:
            output = step.output_shape(shape)
            numbers.append(step.fit(FitData(dataset, tuple(before), shape, unit)))
            before.append(step.lower(numbers[-1], shape))
            shape, unit = output, unit if step.keeps_unit else 1.0
        if unit != 1.0:
            _warn_of_pixels(key[1])
        fitted = FittedInput(made, tuple(numbers), dataset.image_shape, str(dataset.train_images.dtype))
    _FITTED[key] = fitted
    for old in list(_FITTED)[:-_MOST_FITTED]:
        _FITTED.pop(old, None)
    return fitted


def _warn_of_pixels(text: str) -> None:
    # Every way to train passes here: the program, Python, studies. No error, as a network may begin with batchnorm.
    logging.getLogger("seedbed.data").warning(
        f"input '{text}' leaves pixels from 0 to 255, and networks learn badly from such values: "
        f"'{f'{text} standardize'.strip()}' brings them to mean 0 and standard deviation 1."
    )
