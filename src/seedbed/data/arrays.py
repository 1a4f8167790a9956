"""Arrays of a user's own, brought into the one layout of images and labels that Seedbed uses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import DataError

CHANNELS = ("first", "last")
FLOATS = ("refuse", "pixels", "keep")
_CHANNEL_COUNTS = (1, 3)


def as_images(
    values: ArrayLike, where: str, *, channels: str | None = None, floats: str = "refuse"
) -> NDArray[np.uint8 | np.float32]:
    """Bring images into the layout (n, c, h, w).

    Parameters
    ----------
    values : array, shape (n, h, w), (n, c, h, w) or (n, h, w, c)
    where : str
        What they are, for messages.
    channels : {"first", "last"}, optional
        Where the channels stand; if left out, the one of both dimensions that is 1 or 3.
    floats : {"refuse", "pixels", "keep"}
        What to do with floating point values: refuse them, turn 0…1 into the pixels 0…255, or keep them as float32.

    Returns
    -------
    uint8 or float32 array, shape (n, c, h, w)

    Raises
    ------
    DataError
        If the type or the shape is none of these, or it is not clear where the channels stand.
    """
    for name, value, known in (("channels", channels, (None, *CHANNELS)), ("floats", floats, FLOATS)):
        if value not in known:
            raise DataError(f"{where}: expected {name} as {' or '.join(filter(None, known))}, got {value!r}.")
    images = _with_channels(np.asarray(values), where, channels)
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise DataError(f"{where}: expected uint8 pixels from 0 to 255, got {_conversion(images)}")
    if floats == "refuse":
        raise DataError(
            f"{where}: expected uint8 pixels from 0 to 255, got {images.dtype}. Say --floats pixels "
            "(floats='pixels') to turn values from 0 to 1 into pixels, or --floats keep (floats='keep') to keep them "
            "as float32."
        )
    if not np.isfinite(images).all():
        raise DataError(f"{where}: expected finite values, got NaN or infinity among them.")
    if floats == "keep":
        return images.astype(np.float32)
    if images.size and (images.min() < 0 or images.max() > 1):
        low, high = images.min(), images.max()
        mend = " numpy.rint(images).astype(numpy.uint8) makes them pixels." if low >= 0 and 1 < high <= 255 else ""
        raise DataError(
            f"{where}: --floats pixels (floats='pixels') expects values from 0 to 1, got {low:g} to {high:g}.{mend}"
        )
    return np.rint(images.astype(np.float64) * 255).astype(np.uint8)


def as_labels(values: ArrayLike, where: str, classes: tuple[str, ...] | None) -> NDArray[np.uint8]:
    """Bring labels into uint8, shape (n,).

    Parameters
    ----------
    values : array of whole numbers or of class names, shape (n,) or (n, 1)
    where : str
        What they are, for messages.
    classes : tuple of str, optional
        Names are looked up in it.

    Raises
    ------
    DataError
        If they are neither, or a name is not among the classes.
    """
    labels = np.asarray(values)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(
            f"{where}: expected one label per image, shape (n,), got shape {labels.shape}. "
            "Labels with one column per class become so by labels.argmax(axis=1)."
        )
    if labels.dtype.kind == "U" and classes is not None:
        numbers = {name: number for number, name in enumerate(classes)}
        unknown = sorted(set(labels.tolist()) - numbers.keys())
        if unknown:
            raise DataError(f"{where}: '{unknown[0]}' is none of the classes: {', '.join(classes)}.")
        labels = np.array([numbers[name] for name in labels.tolist()], dtype=np.int64)
    if labels.dtype.kind not in "iu":
        raise DataError(f"{where}: expected whole numbers or class names, got {labels.dtype}.")
    if labels.size and (labels.min() < 0 or labels.max() > 255):
        raise DataError(f"{where}: expected labels from 0 to 255, got {labels.min()} to {labels.max()}.")
    return labels.astype(np.uint8)


def class_names(labels: Sequence[ArrayLike]) -> tuple[str, ...]:
    """The classes that labels speak of: their names in alphabetical order, or ``"0"`` up to the largest number."""
    arrays = [np.asarray(some) for some in labels]
    if any(some.dtype.kind == "U" for some in arrays):
        return tuple(sorted({str(label) for some in arrays for label in some.ravel()}))
    largest = max((int(some.max()) for some in arrays if some.dtype.kind in "iu" and some.size), default=0)
    return tuple(str(number) for number in range(min(largest, 255) + 1))


def _conversion(images: NDArray[Any]) -> str:
    """The type of values that are no uint8 and no floats, and how to make pixels of them without wrapping any."""
    if images.dtype.kind == "b":
        return "bool. images.astype(numpy.uint8) * 255 makes black and white of them."
    if images.dtype.kind not in "iu":
        return f"{'text' if images.dtype.kind in 'US' else images.dtype}. Store numbers, best as numpy.uint8."
    if images.size == 0:
        return f"an empty array of {images.dtype}."
    low, high = int(images.min()), int(images.max())
    if low >= 0 and high <= 255:
        return f"{images.dtype} with values from {low} to {high}. images.astype(numpy.uint8) keeps them all."
    got = f"{images.dtype} with values from {low:,} to {high:,}"
    if low >= 0:
        return (
            f"{got}, too large for uint8. numpy.rint(images / WHITE * 255).astype(numpy.uint8) scales them; WHITE is "
            "the value that stands for white, such as 4095 (12 bits) or 65535 (16 bits)."
        )
    return (
        f"{got}. Values below 0 are no pixels: shift and scale them to 0 to 255, or store "
        "images.astype(numpy.float32) and say --floats keep (floats='keep')."
    )


def _with_channels(images: NDArray[Any], where: str, channels: str | None) -> NDArray[Any]:
    if images.ndim == 3:
        return images[:, np.newaxis]
    if images.ndim != 4:
        raise DataError(
            f"{where}: expected images of shape (n, h, w), (n, c, h, w) or (n, h, w, c), got shape {images.shape}."
        )
    if channels is None:
        first, last = images.shape[1] in _CHANNEL_COUNTS, images.shape[3] in _CHANNEL_COUNTS
        if first == last:
            raise DataError(
                f"{where}: shape {images.shape} does not tell where the channels stand. Say --channels first "
                "(channels='first') for (n, c, h, w), or --channels last (channels='last') for (n, h, w, c)."
            )
        channels = "first" if first else "last"
    return images if channels == "first" else images.transpose(0, 3, 1, 2)
