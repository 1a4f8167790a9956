"""A published file of a data set: its name, its shape, and the hash that proves it."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data.formats.diagnosis import describe
from seedbed.data.formats.idx import idx_header
from seedbed.errors import DataError


@dataclass(frozen=True)
class DataFile:
    """One file as it is published, uncompressed: an IDX file, or bytes without a header.

    Parameters
    ----------
    name : str
        The canonical file name without ``.gz``.
    sha256 : str
        64 hexadecimal digits, of the uncompressed file.
    shape : tuple of int
        The dimensions of its bytes; the header of an IDX file must state them.
    is_idx : bool
    """

    name: str
    sha256: str
    shape: tuple[int, ...]
    is_idx: bool = True

    @property
    def header(self) -> bytes:
        """What the file must begin with."""
        return idx_header(self.shape) if self.is_idx else b""

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed file."""
        return len(self.header) + math.prod(self.shape)

    @property
    def limit_bytes(self) -> int:
        """The most that a copy may take, plain or packed; an error page in place of a small file fits, to be named."""
        return max(self.size_bytes, 1 << 20)

    def check(self, octets: NDArray[np.uint8], where: str) -> None:
        """Compare uncompressed bytes with what was published.

        Parameters
        ----------
        octets : uint8 array, shape (size,)
        where : str
            The file's path or address, for messages.

        Raises
        ------
        DataError
            Naming the file, what was expected and what came.
        """
        foreign = not self.is_idx and octets.size != self.size_bytes
        if foreign or octets[: len(self.header)].tobytes() != self.header:
            raise DataError(f"{where}: expected the {self.size_bytes:,} bytes of {self.name}, got {describe(octets)}.")
        if octets.size < self.size_bytes:
            raise DataError(
                f"{where}: expected {self.size_bytes:,} bytes, got {octets.size:,} bytes: the file is truncated."
            )
        if octets.size > self.size_bytes:
            raise DataError(
                f"{where}: expected {self.size_bytes:,} bytes, got {octets.size:,} bytes: something was appended."
            )
        digest = hashlib.sha256(octets.data).hexdigest()
        if digest != self.sha256:
            raise DataError(
                f"{where}: expected SHA-256 {self.sha256}, got {digest}: the size is right but the content is damaged "
                "or is that of another data set."
            )
