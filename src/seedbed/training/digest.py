"""The SHA-256 that files of runs and models state of their own content."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray


def content_digest(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of plain values and named arrays, 64 hexadecimal digits; of the arrays the types and shapes count too."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
