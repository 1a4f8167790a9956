"""The IDX format of the MNIST family: a magic number, big-endian dimensions, then the values.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import math

import numpy as np
from numpy.typing import NDArray

from seedbed.data.formats.diagnosis import describe
from seedbed.errors import DataError

_UINT8, _FLOAT32 = 0x08, 0x0D
_MAX_DIMENSIONS = 4


def idx_header(shape: tuple[int, ...], *, is_float: bool = False) -> bytes:
    """The bytes in front of the values of a uint8 (or float32) array.

    Parameters
    ----------
    shape : 1 to 4 dimensions, each below 2**32
    is_float : bool
        Whether big-endian float32 values follow.

    Returns
    -------
    bytes, 4 + 4 * len(shape) of them
    """
    kind = _FLOAT32 if is_float else _UINT8
    return bytes((0, 0, kind, len(shape))) + b"".join(size.to_bytes(4, "big") for size in shape)


def encode_idx(values: NDArray[np.uint8]) -> bytes:
    """Write a uint8 array of 1 to 4 dimensions as the bytes of an IDX file."""
    return idx_header(values.shape) + values.tobytes()


def decode_idx(content: bytes | memoryview, where: str) -> NDArray[np.uint8]:
    """Read the bytes of an uncompressed IDX file of uint8 values, strictly.

    Parameters
    ----------
    content : bytes or memoryview
    where : str
        The file's path or address, for messages.

    Returns
    -------
    read-only uint8 array that shares memory with `content`; 1 to 4 dimensions

    Raises
    ------
    DataError
        If the magic number, the type of the values, a dimension or the size of the file is not as it must be.
    """
    octets = np.frombuffer(content, dtype=np.uint8)
    if octets.size < 4 or octets[0] != 0 or octets[1] != 0:
        raise DataError(f"{where}: expected an IDX file (it begins with two zero bytes), got {describe(octets)}.")
    kind, dimensions = int(octets[2]), int(octets[3])
    if kind != _UINT8:
        raise DataError(f"{where}: expected IDX values of type 0x08 (unsigned bytes), got type 0x{kind:02x}.")
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise DataError(f"{where}: expected 1 to {_MAX_DIMENSIONS} IDX dimensions, got {dimensions}.")
    start = 4 + 4 * dimensions
    if octets.size < start:
        raise DataError(f"{where}: expected an IDX header of {start} bytes, got a file of {octets.size} bytes.")
    shape = tuple(int(size) for size in octets[4:start].view(">u4"))
    if 0 in shape:
        raise DataError(f"{where}: expected IDX dimensions of at least 1, got {shape}.")
    expected_bytes = start + math.prod(shape)
    if octets.size != expected_bytes:
        raise DataError(
            f"{where}: expected {expected_bytes:,} bytes for IDX dimensions {shape}, got {octets.size:,} bytes."
        )
    values = octets[start:].reshape(shape)
    values.flags.writeable = False
    return values
