"""Say in words what a file really is when it is not what it should be."""

import numpy as np
from numpy.typing import NDArray

_BEGINNINGS = (
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"%PDF", "a PDF file"),
    (b"\x93NUMPY", "a single NumPy array"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file it stands for"),
)


def describe(octets: NDArray[np.uint8]) -> str:
    """Name the content of a file: ``'an HTML page (1,204 bytes)'``.

    Parameters
    ----------
    octets : uint8 array, shape (size,)
    """
    if octets.size == 0:
        return "an empty file"
    return f"{_kind(octets[:512].tobytes())} ({octets.size:,} bytes)"


def printable(text: str) -> str:
    """Escape what is no text, such as control codes that would reach the terminal: ``'\\x1b[31m'``."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _kind(head: bytes) -> str:
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if text.startswith((b"<?xml", b"<error")):
        return "an XML message"
    if head.startswith(b"\x00\x00\x08"):
        return "an IDX file"
    if not head.strip(b"\x00"):
        return "nothing but zero bytes"
    if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head):
        return "a text"
    return "unknown binary data"
