"""One picture file to pixels."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import DataError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm")
"""Names of files that are taken for pictures, in lower case."""

_DEEP = ("I", "I;16", "I;16B", "I;16L")


def decode_picture(content: bytes, size: int | None, gray: bool) -> NDArray[np.uint8]:
    """Read a picture of any format that Pillow knows; of several frames, the first.

    Parameters
    ----------
    content : bytes
        The file.
    size : int, optional
        Side of the result: the largest square in the middle is scaled to it (Lanczos). A picture that has this size
        already keeps its pixels.
    gray : bool
        Whether colours become their luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Returns
    -------
    uint8 array, shape (h, w) if the picture or `gray` has no colours, else (h, w, 3)

    Raises
    ------
    DataError
        With the reason, if it is no picture or a damaged one.
    """
    # Imported here because only imports need it.
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # A picture of so many pixels that Pillow suspects an attack on the memory.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                image.load()
                upright = ImageOps.exif_transpose(image)
        if upright.mode in _DEEP:
            deep = np.asarray(upright).astype(np.int64)
            upright = Image.fromarray(((deep.clip(0, 65535) + 128) // 257).astype(np.uint8))
        plain = upright.convert("L" if gray or upright.mode in ("1", "L", "LA", "La") else "RGB")
        if size is not None and plain.size != (size, size):
            side = min(plain.size)
            left, top = ((length - side) // 2 for length in plain.size)
            # Cropped first: nothing outside the square is to leak into its edge.
            plain = plain.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)
        return np.asarray(plain)
    # Pillow's decoders let pass whatever a damaged file brings about: OSError, SyntaxError, struct.error, IndexError …
    except Exception as error:
        raise DataError(_reason(content, error)) from None


def _reason(content: bytes, error: Exception) -> str:
    if not content:
        return "an empty file"
    if type(error).__name__ == "UnidentifiedImageError":
        return "no picture"
    return f"a damaged picture ({error})"
