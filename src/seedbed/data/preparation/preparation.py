"""What training feeds a network with: augmentation and input steps in one go."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.data import _prepare
from seedbed.data.dataset import Dataset, Images
from seedbed.data.preparation.augmentation import Augmentation, Noise, load_augment
from seedbed.data.preparation.fitted import fit_input, images_at_once
from seedbed.data.preparation.input_steps import InputStep, load_input
from seedbed.data.preparation.own import OwnAugmentation
from seedbed.errors import RecipeError, inside
from seedbed.network import Shape
from seedbed.philox import Stream

Inputs = str | InputStep | Sequence[InputStep]
Augmentations = str | Augmentation | Sequence[Augmentation]


def prepared_shape(input: Inputs, augment: Augmentations, shape: Shape) -> Shape:
    """``(channels, height, width)`` of what enters the network, for stored images of a shape.

    Raises
    ------
    NotationError, RecipeError
        A step does not take what it gets, or augmented images end up in another shape than others.
    """
    stored = augmented = shape
    changes = load_augment(augment)
    with inside("augment"):
        for change in changes:
            augmented = change.output_shape(augmented)
    after_augment = augmented
    with inside("input"):
        for step in load_input(input):
            stored, augmented = step.output_shape(stored), step.output_shape(augmented)
    if stored != augmented:
        hint = f"Begin input with crop({after_augment[1]})."
        raise RecipeError(
            f"augment '{' '.join(map(str, changes))}' gives training images {_text(augmented)}, other images enter as "
            f"{_text(stored)}. {hint}",
            field="augment",
            expected=f"training images of {_text(stored)}, as others enter",
            got=_text(augmented),
            hint=hint,
        )
    return stored


class Preparation:
    """Prepares images of a data set for a network.

    Parameters
    ----------
    input, augment : str, step or steps
        Texts of input steps and of augmentations.
    dataset : Dataset
        The input steps are fitted to its training images.
    seed : int
        0 to 2**64 - 1; decides the augmentation.
    threads : int
        Cores to use; results do not depend on it.

    Attributes
    ----------
    input : FittedInput
        The input steps with their numbers: all that evaluation needs.
    image_shape : (channels, height, width)
        Of what enters the network.
    images_at_once : int
        How many images ``train`` should be asked for at a time; they take 64 MB.

    Raises
    ------
    NotationError, RecipeError
    """

    def __init__(
        self,
        input: Inputs,
        augment: Augmentations,
        dataset: Dataset,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.image_shape = prepared_shape(input, augment, dataset.image_shape)
        self.images_at_once = images_at_once(self.image_shape)
        with inside("input"):
            self.input = fit_input(input, dataset)
        self._dataset, self._seed, self._threads = dataset, seed, threads
        steps = load_augment(augment)
        shape: Shape = dataset.image_shape
        before: list[_prepare.Step] = []
        self._noise: list[_prepare.Step] = []
        self._own: list[tuple[int, OwnAugmentation]] = []
        for number, step in enumerate(steps):
            if isinstance(step, OwnAugmentation):
                self._own.append((number, step))
            elif isinstance(step, Noise):
                self._noise.append(step.lower(self.image_shape, 1.0, number))
            else:
                before.append(step.lower(shape, dataset.unit, number))
                shape = step.output_shape(shape)
        self._steps = [*before, *self.input.lower(shape), *self._noise]
        self._is_augmented = bool(steps)
        # Worth keeping where it takes no more memory than the images themselves.
        smaller = 4 * prod(self.image_shape) <= dataset.train_images[0].nbytes
        self._is_kept = not before and smaller and self.input.affine is None

    @property
    def affine(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """``(scale, shift)``, float32, shape (channels,), if a stored value p enters as p·scale + shift and no more.

        An engine then takes the stored images and does this itself, in the order p·scale, rounded or not, + shift.
        """
        return None if self._is_augmented else self.input.affine

    def train(self, order: NDArray[np.int64], epoch: int = 0, progress: ArrayLike = 0.0) -> NDArray[np.float32]:
        """Prepare training images.

        Parameters
        ----------
        order : int64 array, shape (n,)
            Numbers of training images.
        epoch : int
            From 0.
        progress : float or array of shape (n,)
            Part of the run that was over when the image's step began, 0 to 1; for noise that decays.

        Returns
        -------
        float32 array, shape (n, *image_shape)
            Each image depends on its number, the epoch, its progress and the seed, not on the others.
        """
        each = np.ascontiguousarray(np.broadcast_to(np.asarray(progress, dtype=np.float64), order.shape))
        images, steps = (self._kept, self._noise) if self._is_kept else (self._dataset.train_images, self._steps)
        if steps:
            place = self._seed, int(Stream.AUGMENT), epoch
            prepared = _prepare.run(steps, images, np.ascontiguousarray(order), each, *place, self._threads)
        else:
            prepared = images[order].astype(np.float32, copy=False)
        for number, own in self._own:
            prepared = own.change_all(prepared, order, self._seed, epoch, number)
        return prepared

    def evaluation(self, images: Images) -> Iterator[Images]:
        """Prepare images as ``train`` does but without augmentation, at most 64 MB at a time.

        Parameters
        ----------
        images : array of the data set's type, shape (n, c, h, w)

        Yields
        ------
        float32 array, shape (m, *image_shape); or all images, untouched, where ``affine`` says what is left to do
        """
        if self.affine is not None:
            yield images
        else:
            yield from self.input.parts(images, self._threads)

    @cached_property
    def _kept(self) -> NDArray[np.float32]:
        """All training images after the input steps."""
        return self.input.apply(self._dataset.train_images, self._threads)


def _text(shape: Shape) -> str:
    return "×".join(str(n) for n in shape)
