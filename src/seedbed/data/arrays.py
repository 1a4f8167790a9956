"""Arrays of a user's own, brought into the one layout of images and labels that Seedbed uses."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import DataError

CHANNELS = ("first", "last")
FLOATS = ("refuse", "pixels", "keep")
_CHANNEL_COUNTS = (1, 3)


def as_array(values: ArrayLike, where: str) -> NDArray[Any]:
    """Make an array of what a user gave.

    Raises
    ------
    DataError
        If it is ragged or nothing that NumPy makes an array of.
    """
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"{where}: expected an array, or lists of one length, got something that NumPy makes no array of ({error})."
        ) from None


def as_images(
    values: ArrayLike, where: str, *, channels: str | None = None, floats: str = "refuse"
) -> NDArray[np.uint8 | np.float32]:
    """Bring images into the layout (n, c, h, w).

    Parameters
    ----------
    values : array, shape (n, h, w), (n, c, h, w) or (n, h, w, c)
        uint8, or other whole numbers from 0 to 255.
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
    images = _with_channels(as_array(values, where), where, channels)
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind in "iu" and images.size and images.min() >= 0 and images.max() <= 255:
        return images.astype(np.uint8)
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


def unpaired(train_images: Any, train_labels: Any, test_images: Any, test_labels: Any) -> tuple[Any, Any, Any, Any]:
    """Take apart pairs of images and labels: ``((x, y), (x_test, y_test))`` becomes four arrays."""
    if not _is_pair(train_images) or test_labels is not None:
        return train_images, train_labels, test_images, test_labels
    pairs = [train_images, *(one for one in (train_labels, test_images) if one is not None)]
    if len(pairs) > 2 or not all(map(_is_pair, pairs)):
        return train_images, train_labels, test_images, test_labels
    images, labels = pairs[0]
    return images, labels, *(pairs[1] if len(pairs) == 2 else (None, None))


def _is_pair(values: Any) -> bool:
    """Whether it is images and as many labels."""
    if not isinstance(values, tuple) or len(values) != 2:
        return False
    try:
        images, labels = map(np.shape, values)
    except (ValueError, TypeError):
        return False
    return len(images) in (3, 4) and labels in ((images[0],), (images[0], 1))


def _conversion(images: NDArray[Any]) -> str:
    """The type of values that are no uint8 and no floats, and how to make pixels of them without wrapping any."""
    if images.dtype.kind == "b":
        return "bool. images.astype(numpy.uint8) * 255 makes black and white of them."
    if images.dtype.kind not in "iu":
        return f"{'text' if images.dtype.kind in 'US' else images.dtype}. Store numbers, best as numpy.uint8."
    if images.size == 0:
        return f"an empty array of {images.dtype}."
    low, high = int(images.min()), int(images.max())
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
