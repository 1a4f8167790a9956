"""Making a picture like the images of a data set: colours, ground, place and size; and saying what was done."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data.centering import centered, is_centered
from seedbed.data.likeness.appearance import Appearance, border_values
from seedbed.errors import DataError
from seedbed.network import Shape, shape_text

_MIDDLE = 127
_EVEN = 24
"""Standard deviation of border pixels, of 255, up to which they are one ground."""


@dataclass(frozen=True)
class Handling:
    """What may be done to a picture.

    Parameters
    ----------
    invert : bool, optional
        Whether bright becomes dark; if left out, where its ground is bright and theirs dark, or the other way round.
    center : bool, optional
        Whether what is drawn is scaled and moved as MNIST's digits are; if left out, where the training images are.
    as_is : bool
        Nothing but what the network cannot do without: its size and colours.

    Raises
    ------
    DataError
        `as_is` beside one of the others.
    """

    invert: bool | None = None
    center: bool | None = None
    as_is: bool = False

    def __post_init__(self) -> None:
        if self.as_is and (self.invert or self.center):
            raise DataError("as_is: expected alone, got it beside invert or center. Leave one of them out.")


def matched(
    pixels: NDArray[np.uint8], shape: Shape, appearance: Appearance | None, handling: Handling
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """A picture as the training images are.

    Parameters
    ----------
    pixels : uint8 array, shape (h, w) or (h, w, 3)
    shape : (channels, height, width)
        Of the images of the data set.
    appearance : Appearance, optional
        Theirs. Without it nothing is inverted or centred unless `handling` says so.
    handling : Handling

    Returns
    -------
    (uint8 array of `shape`, tuple of str)
        And what was done, in a few words each.

    Raises
    ------
    DataError
        The images have other than 1 or 3 channels, or cannot be centred.
    """
    channels, height, width = shape
    if channels not in (1, 3):
        raise DataError(f"pictures are gray or of three colours; the network takes images of {shape_text(shape)}.")
    done: list[str] = []
    picture = _coloured(pixels, channels, done)
    if _is_inverted(picture, appearance, handling, done):
        picture = 255 - picture
    if _wants_centering(appearance, handling, shape):
        picture = _centered(picture, height, done)
    elif picture.shape[:2] != (height, width):
        picture = _resized(_of_ratio(picture, height, width, done), height, width, done)
    stacked = picture[np.newaxis] if picture.ndim == 2 else picture.transpose(2, 0, 1)
    return np.ascontiguousarray(stacked), tuple(done)


def _coloured(pixels: NDArray[np.uint8], channels: int, done: list[str]) -> NDArray[np.uint8]:
    from PIL import Image

    if channels == 1 and pixels.ndim == 3:
        if (pixels == pixels[..., :1]).all():
            return np.ascontiguousarray(pixels[..., 0])
        done.append("made gray")
        return np.asarray(Image.fromarray(pixels).convert("L"))
    if channels == 3 and pixels.ndim == 2:
        done.append("gray in all three colours")
        return np.repeat(pixels[..., np.newaxis], 3, axis=2)
    return pixels


def _border(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    planes = picture[np.newaxis] if picture.ndim == 2 else picture.transpose(2, 0, 1)
    values: NDArray[np.uint8] = border_values(planes[np.newaxis])[0]
    return values


def _is_inverted(
    picture: NDArray[np.uint8], appearance: Appearance | None, handling: Handling, done: list[str]
) -> bool:
    if handling.as_is or handling.invert is False:
        return False
    if handling.invert:
        done.append("inverted, as asked")
        return True
    if appearance is None or appearance.ground == "mixed":
        return False
    ground = "bright" if np.median(_border(picture)) > _MIDDLE else "dark"
    if ground == appearance.ground:
        return False
    done.append(f"inverted: its ground is {ground}, that of the training images {appearance.ground}")
    return True


def _wants_centering(appearance: Appearance | None, handling: Handling, shape: Shape) -> bool:
    if handling.as_is or handling.center is False:
        return False
    if handling.center and (shape[0] != 1 or shape[1] != shape[2]):
        raise DataError(
            f"center: expected a network that takes gray square images, got one that takes {shape_text(shape)}. "
            "Leave it out."
        )
    return bool(handling.center) or (appearance is not None and appearance.is_centered)


def _centered(picture: NDArray[np.uint8], size: int, done: list[str]) -> NDArray[np.uint8]:
    if picture.shape == (size, size) and is_centered(picture):
        return picture
    ground, top = float(np.median(_border(picture))), float(picture.max())
    if top > ground and (ground > 0 or top < 255):
        stretched = (picture.astype(np.float32) - ground) * (255 / (top - ground))
        picture = np.rint(np.clip(stretched, 0, 255)).astype(np.uint8)
        done.append(f"contrast stretched: {ground:.0f}…{top:.0f} became 0…255")
    done.append(f"what is drawn was scaled and centred in {size}×{size}, as MNIST's digits are")
    return centered(picture, size)


def _of_ratio(picture: NDArray[np.uint8], height: int, width: int, done: list[str]) -> NDArray[np.uint8]:
    """Padded with its ground, or else cropped, to the ratio of the sides that is wanted."""
    rows, columns = picture.shape[:2]
    if rows * width == columns * height:
        return picture
    ends = _border(picture)
    if ends.std() <= _EVEN:
        whole = max(rows, -(-columns * height // width)), max(columns, -(-rows * width // height))
        edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        page = np.empty((*whole, *picture.shape[2:]), np.uint8)
        page[:] = np.median(edges, axis=0).astype(np.uint8)
        top, left = (whole[0] - rows) // 2, (whole[1] - columns) // 2
        page[top : top + rows, left : left + columns] = picture
        done.append(f"padded with its ground to {whole[1]}×{whole[0]}")
        return page
    kept = min(rows, max(1, columns * height // width)), min(columns, max(1, rows * width // height))
    top, left = (rows - kept[0]) // 2, (columns - kept[1]) // 2
    done.append(f"cropped to the {kept[1]}×{kept[0]} in its middle")
    return picture[top : top + kept[0], left : left + kept[1]]


def _resized(picture: NDArray[np.uint8], height: int, width: int, done: list[str]) -> NDArray[np.uint8]:
    from PIL import Image

    if picture.shape[:2] == (height, width):
        return picture
    done.append(f"resized from {picture.shape[1]}×{picture.shape[0]} to {width}×{height}")
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))
