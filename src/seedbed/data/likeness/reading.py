"""Opening a picture, whatever holds it, by the one door through which imported pictures come."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.importing.bounds import MOST_FILE_BYTES, check_pixels, regular_size
from seedbed.data.importing.pictures import Picture, PictureOptions, decode_picture
from seedbed.errors import DataError

_AS_PNG = ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16")


def is_picture(source: Any) -> bool:
    """Whether something is a path, the content of a file, or an image of Pillow."""
    return isinstance(source, str | Path | bytes) or _is_pillow(source)


def read_picture(source: Any, name: str = "") -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels of a picture, and what was done to get them.

    Parameters
    ----------
    source : str or Path, bytes, PIL.Image.Image, or uint8 array of shape (h, w), (h, w, 3) or (h, w, 4)
        A path, the content of a file, or the picture itself.
    name : str
        For messages.

    Returns
    -------
    (uint8 array of shape (h, w) or (h, w, 3), tuple of str)

    Raises
    ------
    DataError
        It is no picture, a damaged one, or too large.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "picture")
    try:
        content = _content(source)
        picture = _decoded(content, "white")
        if not picture.is_transparent:
            return _pixels(picture), _depth(picture)
        if picture.pixels.min() < picture.pixels.max():
            return _pixels(picture), ("laid on white, as it is transparent",)
        # What is drawn in white on nothing would be lost on white.
        return _pixels(_decoded(content, "black")), ("laid on black, as it is transparent and white on white",)
    except DataError as error:
        raise DataError(
            str(error)
            if name in str(error)
            else f"{name}: cannot be read as a picture: {error}. Give a PNG, JPEG, GIF, BMP, WebP or TIFF file."
        ) from None


def _content(source: Any) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        if path.is_dir():
            raise DataError(f"{path}: expected a picture file, got a folder.")
        if regular_size(path) > MOST_FILE_BYTES:
            raise DataError(f"{path}: expected a picture of at most {MOST_FILE_BYTES >> 20} MB, got a larger file.")
        try:
            return path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    image = source if _is_pillow(source) else _of_array(source)
    check_pixels(image.width, image.height, image.width * image.height)
    kept = image if image.mode in (*_AS_PNG, "F") else image.convert("RGB")
    buffer = io.BytesIO()
    kept.save(buffer, "TIFF" if kept.mode == "F" else "PNG", **({} if kept.mode == "F" else {"compress_level": 1}))
    return buffer.getvalue()


def _of_array(array: Any) -> Any:
    from PIL import Image

    values = np.asarray(array)
    is_shaped = values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))
    if values.dtype != np.uint8 or not is_shaped or 0 in values.shape:
        raise DataError(f"an array of {values.dtype} and shape {values.shape}, not uint8 and (h, w) or (h, w, 3)")
    return Image.fromarray(np.ascontiguousarray(values))


def _decoded(content: bytes, background: str) -> Picture:
    return decode_picture(content, PictureOptions(background=background, floats="pixels"), lambda pixels: None)


def _pixels(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(picture.pixels, dtype=np.uint8)


def _depth(picture: Picture) -> tuple[str, ...]:
    return (f"brought to 8 bits from values up to {picture.deep_top:,}",) if picture.deep_top else ()


def _is_pillow(source: Any) -> bool:
    # Without importing Pillow: who has an image of it has imported it.
    return any(f"{kind.__module__}.{kind.__qualname__}" == "PIL.Image.Image" for kind in type(source).__mro__)
