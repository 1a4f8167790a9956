"""Augmentations of a user's own."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data._prepare import Step as NativeStep
from seedbed.data.preparation.augmentation import AUGMENTATIONS, Augmentation
from seedbed.errors import RecipeError
from seedbed.network import Shape
from seedbed.network.own import made_known
from seedbed.philox import Stream

Image = NDArray[np.float32]
_A = TypeVar("_A", bound=Augmentation)


@dataclass(frozen=True)
class OwnAugmentation(Augmentation):
    """Base of an augmentation of your own: `change` in NumPy, and its arguments as fields.

    It gets training images as they enter the network, after all other augmentations and the input steps.
    """

    _: KW_ONLY
    code: str = ""

    def __post_init__(self) -> None:
        """Check the arguments; a subclass may."""

    def change(self, image: Image, random: np.random.Generator) -> Image:
        """A changed image of the same shape.

        Parameters
        ----------
        image : float32 array, shape (channels, height, width)
        random : numpy.random.Generator
            Depends on the seed, the epoch, the image and the place of this step, and on nothing else.
        """
        raise NotImplementedError

    def lower(self, shape: Shape, unit: float, number: int) -> NativeStep:
        raise NotImplementedError

    def change_all(
        self, images: NDArray[np.float32], order: NDArray[np.int64], seed: int, epoch: int, number: int
    ) -> NDArray[np.float32]:
        """Prepared images, each changed by its own random numbers.

        Raises
        ------
        RecipeError
            An image comes out in another shape.
        """
        changed = np.empty_like(images)
        for place, sample in enumerate(order):
            key = np.array([seed, (epoch << 32) | int(sample)], dtype=np.uint64)
            counter = np.array([0, 0, number, int(Stream.AUGMENT)], dtype=np.uint64)
            random = np.random.Generator(np.random.Philox(counter=counter, key=key))
            image = np.asarray(self.change(images[place].copy(), random), dtype=np.float32)
            if image.shape != images.shape[1:]:
                wanted = images.shape[1:]
                raise RecipeError(
                    f"own augmentation '{self.notation}': change: expected an image of {wanted}, got {image.shape}.",
                    field="augment",
                )
            changed[place] = image
        return changed


def own_augmentation(**example: Any) -> Callable[[type[_A]], type[_A]]:
    """Make an augmentation of your own known.

    Parameters
    ----------
    **example
        Arguments to check it with, where they have no defaults.

    Raises
    ------
    NetworkError, RecipeError
    """

    def known(made: type[_A]) -> type[_A]:
        part: Any = made_known(made, OwnAugmentation, AUGMENTATIONS)
        own = part(**example)
        try:
            own.change_all(np.zeros((1, 1, 8, 8), np.float32), np.zeros(1, np.int64), 0, 0, 0)
        except RecipeError:
            del AUGMENTATIONS[own.notation]
            raise
        result: type[_A] = part
        return result

    return known
