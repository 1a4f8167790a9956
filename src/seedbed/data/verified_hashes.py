"""Remember which local files passed their SHA-256, so that a start need not hash 55 MB again.

SHA-256 of MNIST takes 0.1 to 0.3 s, CRC-32 about 0.02 s. A file is trusted without hashing only if its size and
modification time are those of the moment it was verified and its CRC-32 still is: a file that changed, or whose disk
lost a bit, is hashed again and then found out.
"""

import contextlib
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.files import write_file


class VerifiedHashes:
    """The verified files of one data set, kept as JSON in its cache folder.

    Parameters
    ----------
    path : Path
        The JSON file; it need not exist. One that cannot be read counts as empty, one that cannot be written is
        left alone: both cost time, never truth.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def trusts(self, file: Path, stat: os.stat_result, octets: NDArray[np.uint8], sha256: str) -> bool:
        """Whether `file`, now holding `octets`, is what was verified to give `sha256`.

        Parameters
        ----------
        stat : taken from the open file before it was read
        octets : uint8 array, shape (size,)
            The bytes as they lie on the disk, compressed or not.
        """
        entry = self._read().get(str(file))
        return isinstance(entry, dict) and (
            entry.get("sha256") == sha256
            and entry.get("size_bytes") == stat.st_size
            and entry.get("mtime_ns") == stat.st_mtime_ns
            and entry.get("crc32") == zlib.crc32(octets.data)
        )

    def remember(
        self, file: Path, stat: os.stat_result, octets: NDArray[np.uint8], sha256: str, source: str | None = None
    ) -> None:
        """Note that `file` was verified; `source` says where its content came from (None keeps what was known)."""
        known = self._read()
        known[str(file)] = {
            "sha256": sha256,
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "crc32": zlib.crc32(octets.data),
            "source": source or self.source(file),
        }
        self._write(known)

    def forget(self, file: Path) -> None:
        """Drop what is known of `file`, because it turned out to be damaged."""
        known = self._read()
        if known.pop(str(file), None) is not None:
            self._write(known)

    def source(self, file: Path) -> str | None:
        """Where the content of `file` came from, if that was noted."""
        entry = self._read().get(str(file))
        source = entry.get("source") if isinstance(entry, dict) else None
        return source if isinstance(source, str) else None

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}

    def _write(self, known: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            write_file(self._path, json.dumps(known, indent=1).encode())
