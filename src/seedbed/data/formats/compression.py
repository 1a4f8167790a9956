"""Undo gzip, with a limit: a small file must not be able to fill the memory."""

import gzip
import io
import zlib

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import DataError

_GZIP_MAGIC = b"\x1f\x8b"


def is_packed(content: bytes | memoryview) -> bool:
    """Whether the content is gzip, whatever the name of the file says."""
    return bytes(content[:2]) == _GZIP_MAGIC


def expand(content: bytes | memoryview, limit_bytes: int, where: str) -> NDArray[np.uint8]:
    """Return the uncompressed bytes of a file that may or may not be gzip.

    The content decides, not the name: browsers and servers unpack ``.gz`` files without renaming them.

    Parameters
    ----------
    content : bytes or memoryview
    limit_bytes : int
        The largest uncompressed size that makes sense.
    where : str
        The file's path or address, for messages.

    Returns
    -------
    uint8 array, shape (uncompressed size,)

    Raises
    ------
    DataError
        If the gzip stream is damaged, ends early, or holds more than `limit_bytes`.
    """
    if not is_packed(content):
        return np.frombuffer(content, dtype=np.uint8)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            plain = stream.read(limit_bytes + 1)
    except EOFError:
        raise DataError(f"{where}: a gzip file that ends early, after {len(content):,} bytes.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{where}: a damaged gzip file ({error}).") from None
    if len(plain) > limit_bytes:
        raise DataError(f"{where}: expected at most {limit_bytes:,} bytes after unpacking, got more.")
    return np.frombuffer(plain, dtype=np.uint8)
