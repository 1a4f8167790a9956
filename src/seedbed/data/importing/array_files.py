"""NumPy's arrays out of ``.npy`` and ``.npz`` files: a header is believed only as far as values follow."""

import io
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seedbed.data.importing.bounds import Allowance, check_unpacked, damage_named
from seedbed.errors import DataError

_MEND = "Write it again, or get it again."
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_KINDS = "biufSU"


def read_npz_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an ``.npz`` file by name.

    Arrays of Python objects are refused: reading them would run code.

    Raises
    ------
    DataError
        If the file is damaged, or holds something else than plain arrays.
    """
    arrays = {}
    allowance = Allowance(path, path.stat().st_size)
    with damage_named(path, "the .npz file", _MEND), zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            allowance.count_entry()
            name = info.filename.removesuffix(".npy")
            try:
                check_unpacked(info.file_size, info.compress_size)
            except DataError as error:
                raise DataError(
                    f"{path}: array '{name}': {error}. If you trust it, write it with numpy.savez."
                ) from None
            allowance.count_unpacked(info.file_size)
            arrays[name] = decode_npy(archive.read(info), f"{path}: array '{name}'")
    return arrays


def decode_npy(content: bytes, where: str) -> NDArray[Any]:
    """One array of the bytes of an ``.npy`` file, read-only.

    Parameters
    ----------
    content : bytes
    where : str
        The file and the array, for messages.

    Raises
    ------
    DataError
        If it is no array of numbers, truth values or text, or its size is not what its header says.
    """
    stream = io.BytesIO(content)
    try:
        shape, is_fortran, dtype = _HEADERS[npy.read_magic(stream)](stream)
    # NumPy evaluates the header as Python's literals: damaged ones end in errors of the tokenizer, of recursion, ….
    except Exception as error:
        raise DataError(f"{where}: the .npz file is damaged or holds no plain arrays ({error}). {_MEND}") from None
    if dtype.hasobject or dtype.kind not in _KINDS or dtype.itemsize == 0:
        raise DataError(
            f"{where}: expected plain arrays of numbers or text, got {dtype}. Python objects are never read: that "
            "could run code. Write numbers of one shape with numpy.savez."
        )
    start = stream.tell()
    # Python's whole numbers do not overflow, whatever the header says.
    expected = math.prod(shape) * dtype.itemsize
    if any(length < 0 for length in shape) or expected != len(content) - start:
        raise DataError(
            f"{where}: the .npz file is damaged: shape {shape} of {dtype} is {expected:,} bytes, got "
            f"{len(content) - start:,}. {_MEND}"
        )
    flat = np.frombuffer(content, dtype=dtype, offset=start) if expected else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if is_fortran else "C")
