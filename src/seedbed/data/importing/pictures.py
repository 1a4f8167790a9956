"""One picture file to pixels: which formats are read, what becomes of transparency, and of more than 8 bits."""

import contextlib
import importlib
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.importing.bounds import check_pixels
from seedbed.errors import DataError

SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"),
    *(".pnm", ".avif", ".jp2", ".qoi", ".heic", ".heif"),
)
"""Names of files that are taken for pictures even if nothing in them is one, in lower case."""

HEAD_BYTES = 64
"""As much of a file as tells its format."""

_BEGINNINGS = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WEBP"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), "TIFF"),
    (re.compile(rb"P[1-6]\s+[\d#]"), "PPM"),
    (re.compile(rb".{4}ftyp(avi[fs]|m[is]f1.{0,40}avif)", re.DOTALL), "AVIF"),
    (re.compile(rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"), "JPEG2000"),
    (re.compile(rb"qoif"), "QOI"),
)
# Pillow's readers beside those that it always knows. Its others are never tried: the one for EPS starts a program.
_MODULES = {
    "TIFF": "PIL.TiffImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
    "JPEG2000": "PIL.Jpeg2KImagePlugin",
    "QOI": "PIL.QoiImagePlugin",
}
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_MOST_16, _TOP_BIT = 65535, 32767
_BITS_PER_SAMPLE = 258
_ROWS_AT_ONCE = 64


class WholeImportError(DataError):
    """A picture shows that the import as a whole needs another option."""


@dataclass(frozen=True)
class PictureOptions:
    """What is done to every picture.

    Parameters
    ----------
    size : int, optional
        Side of the result: the largest square in the middle is scaled to it (Lanczos). A picture that has this size
        already keeps its pixels.
    gray : bool
        Whether colours become their luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
    background : str
        A colour that Pillow knows by name or as ``#rrggbb``: transparent parts are composited over it.
    white : int, optional
        The value that stands for white in pictures of more than 8 bits: 4095 for 12 bits.
    floats : {"refuse", "pixels", "keep"}
        Pictures of floating point values are refused, become pixels of 0…1, or stay float32, as all deeper ones then.
    """

    size: int | None = None
    gray: bool = False
    background: str = "white"
    white: int | None = None
    floats: str = "refuse"

    def __post_init__(self) -> None:
        if self.white is not None and (
            isinstance(self.white, bool) or not isinstance(self.white, int) or not 255 <= self.white < 1 << 32
        ):
            raise DataError(f"white: expected a whole number from 255 to {2**32 - 1}, got {self.white!r}.")
        self.colour  # noqa: B018 - refused here if it is unknown

    @property
    def colour(self) -> tuple[int, int, int]:
        """The background as red, green and blue."""
        from PIL import ImageColor

        try:
            return ImageColor.getrgb(self.background)[:3]
        except (ValueError, AttributeError, TypeError):
            raise DataError(
                f"background: expected a colour such as white, black or #ff8000, got {self.background!r}."
            ) from None


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes
    ----------
    pixels : uint8 or float32 array, shape (h, w) or (h, w, 3)
    is_transparent : bool
        Whether something was composited over the background.
    deep_top : int
        The largest value that more than 8 bits held; 0 for a picture of 8 bits.
    """

    pixels: NDArray[np.uint8 | np.float32]
    is_transparent: bool = False
    deep_top: int = 0


def picture_format(head: bytes) -> str | None:
    """Pillow's name of the format of a file, by its first 64 bytes; None if it is no picture."""
    return next((name for beginning, name in _BEGINNINGS if beginning.match(head)), None)


def open_picture(content: bytes) -> Any:
    """Open a picture in one of a few formats, by its content whatever its name; nothing is decoded yet.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    DataError
        With the reason in a few words, if it is no picture, a damaged one, or larger than its file can hold.
    """
    # Imported here because only imports need it.
    from PIL import Image

    kind = picture_format(content[:HEAD_BYTES])
    if kind is None:
        raise DataError("no picture" if content else "an empty file")
    Image.preinit()
    if kind in _MODULES and kind not in Image.OPEN:
        with contextlib.suppress(ImportError):
            importlib.import_module(_MODULES[kind])
    if kind not in Image.OPEN:
        raise DataError(f"a picture of the format {kind}, which this Pillow does not read")
    try:
        with warnings.catch_warnings():
            # Pictures of so many pixels are refused below, by their own rule.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=(kind,))
    # Pillow's decoders let pass whatever a damaged file brings about: OSError, SyntaxError, struct.error, IndexError …
    except Exception as error:
        raise DataError(_reason(error)) from None
    check_pixels(*image.size, len(content))
    return image


def decode_picture(content: bytes, options: PictureOptions, count_pixels: Callable[[int], None]) -> Picture:
    """Read a picture; of several frames, the first.

    Parameters
    ----------
    content : bytes
        The file.
    options : PictureOptions
    count_pixels : callable
        Is told how many pixels the file states before they are decoded; what it raises is passed on.

    Raises
    ------
    DataError
        With the reason, if it is no picture or a damaged one.
    WholeImportError
        If it holds values for which the options say no rule.
    """
    try:
        with open_picture(content) as image, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            count_pixels(image.width * image.height)
            return _decoded(image, content, options)
    except DataError:
        raise
    except Exception as error:
        raise DataError(_reason(error)) from None


def _decoded(image: Any, content: bytes, options: PictureOptions) -> Picture:
    from PIL import ImageOps

    image.load()
    deep_top = _colour_top(image, content)
    if deep_top and options.white not in (None, _MOST_16):
        raise WholeImportError(
            "it holds colours of 16 bits, of which the upper 8 are taken: --white (white=…) is for gray pictures. "
            "Store them as numpy.uint8 in an .npz file"
        )
    upright = ImageOps.exif_transpose(image)
    is_transparent = False
    if upright.mode in (*_DEEP, "F"):
        upright, deep_top = _deep(upright, options)
    else:
        upright, is_transparent = _composited(upright, options.colour)
    if upright.mode != "F":
        upright = upright.convert("L" if options.gray or upright.mode in ("1", "L", "LA", "La") else "RGB")
    return Picture(np.asarray(_scaled(upright, options.size)), is_transparent, deep_top)


def _scaled(image: Any, size: int | None) -> Any:
    from PIL import Image

    if size is None or image.size == (size, size):
        return image
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    # Cropped first: nothing outside the square is to leak into its edge.
    return image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)


def _composited(image: Any, colour: tuple[int, int, int]) -> tuple[Any, bool]:
    """The picture over a background, and whether anything of it was transparent."""
    from PIL import Image

    if image.mode not in ("LA", "La", "PA", "RGBA", "RGBa") and "transparency" not in image.info:
        return image, False
    is_gray = image.mode in ("1", "L", "LA", "La") and len(set(colour)) == 1
    plain = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode))
    values = np.asarray(plain.convert("RGBA"))
    if values[..., 3].min() == 255:
        image.info.pop("transparency", None)
        return image, False
    mixed = np.empty((*values.shape[:2], 3), np.uint8)
    for first in range(0, len(values), _ROWS_AT_ONCE):
        rows = values[first : first + _ROWS_AT_ONCE]
        opacity = rows[..., 3:].astype(np.uint16)
        # 255 · 255 + 127 fits 16 bits; opaque pixels keep their value.
        over = rows[..., :3] * opacity + np.array(colour, np.uint16) * (255 - opacity)
        mixed[first : first + _ROWS_AT_ONCE] = (over + 127) // 255
    return Image.fromarray(mixed[..., 0] if is_gray else mixed), True


def _deep(image: Any, options: PictureOptions) -> tuple[Any, int]:
    """A picture of 16 or 32 bits as 8 bits or as floating point values, and its largest value."""
    from PIL import Image

    values = np.asarray(image)
    if values.dtype.kind == "f":
        return _of_floats(values, options), 0
    low, high = int(values.min()), int(values.max())
    if options.floats == "keep":
        return Image.fromarray(values.astype(np.float32)), 0
    white = options.white or _MOST_16
    if low < 0 or high > white:
        raise WholeImportError(
            f"it holds values from {low:,} to {high:,}, expected 0 to {white:,}. Say --white NUMBER (white=NUMBER), "
            "the value that stands for white, or --floats keep (floats='keep') to keep the values as float32"
        )
    if high <= _MOST_16:
        table = ((np.arange(high + 1, dtype=np.uint64) * 510 + white) // (2 * white)).astype(np.uint8)
        return Image.fromarray(table[values]), high
    pixels = np.empty(values.shape, np.uint8)
    for row, found in zip(pixels, values, strict=True):  # row by row: no copy of 64 bits of all
        row[:] = (found.astype(np.uint64) * 510 + white) // (2 * white)
    return Image.fromarray(pixels), high


def _of_floats(values: NDArray[Any], options: PictureOptions) -> Any:
    from PIL import Image

    if not np.isfinite(values).all():
        raise DataError("values that are NaN or infinite")
    low, high = float(values.min()), float(values.max())
    if options.floats == "refuse":
        raise WholeImportError(
            f"it holds floating point values from {low:g} to {high:g}. Say --floats pixels (floats='pixels') to turn "
            "values from 0 to 1 into pixels, or --floats keep (floats='keep') to keep them as float32"
        )
    if options.floats == "keep":
        return Image.fromarray(values.astype(np.float32))
    white = options.white or 1
    if low < 0 or high > white:
        raise WholeImportError(
            f"it holds floating point values from {low:g} to {high:g}, expected 0 to {white}. Say --white NUMBER "
            "(white=NUMBER), the value that stands for white, or --floats keep (floats='keep')"
        )
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def _colour_top(image: Any, content: bytes) -> int:
    """The largest value of a colour picture of 16 bits, of which Pillow gives the upper 8; else 0."""
    if image.mode not in ("RGB", "RGBA", "LA", "RGBX"):
        return 0
    if image.format == "PNG":
        bits = content[24]
    elif image.format == "TIFF":
        bits = max(image.tag_v2.get(_BITS_PER_SAMPLE, (8,)))
    else:
        return 0
    if bits != 16:
        return 0
    colours = image.getextrema()[: 1 if image.mode == "LA" else 3]
    return 256 * int(max(high for _, high in colours)) + 255


def check_depth(pictures: dict[str, int], options: PictureOptions) -> None:
    """Refuse deep pictures that leave the upper half of 16 bits empty: their levels would fall together.

    Parameters
    ----------
    pictures : dict of str to int
        Name and largest value of every picture of more than 8 bits.
    options : PictureOptions

    Raises
    ------
    DataError
        If none reaches the upper half, and the options do not say what stands for white.
    """
    if not pictures or options.white is not None or max(pictures.values()) > _TOP_BIT:
        return
    name, high = max(pictures.items(), key=lambda item: item[1])
    raise DataError(
        f"{name}: pictures of 16 bits with values up to {high:,} at most: taken for 0 to 65,535 they would keep "
        f"{(high * 510 + _MOST_16) // (2 * _MOST_16) + 1} levels of 256. Say --white 4095 (white=4095) if they have 12 "
        "bits, the value that stands for white if another, 65535 if they are so dark; or --floats keep (floats='keep') "
        "to keep the values as float32. Colours of 12 bits: store numpy.uint8 in an .npz file."
    )


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "no picture"
    return f"a damaged picture ({error})"
