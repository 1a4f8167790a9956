"""A Keras file: images in, probabilities out, made of Keras's own layers and operations alone."""

import io
import json
import os
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from seedbed.export.exported import Exported
from seedbed.export.needing import require

_BACKEND = "KERAS_BACKEND"


def keras_bytes(exported: Exported) -> bytes:
    """The file.

    Keras puts channels last: the input has shape (n, height, width, channels). ``metadata.json`` in the file has
    ``classes`` and ``seedbed`` beside what Keras writes there.

    Raises
    ------
    EngineError
        A layer cannot be written, or Keras or what it computes with is not installed.
    """
    require("keras")
    _choose_backend()
    from seedbed.export.keras_layers import build_model

    model = build_model(exported)
    with tempfile.TemporaryDirectory(prefix="seedbed-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return _with_classes(path, exported)


def _choose_backend() -> None:
    """Keras computes with TensorFlow unless it is told otherwise; where that is not installed, with PyTorch."""
    if "keras" not in sys.modules and _BACKEND not in os.environ and find_spec("tensorflow") is None:
        os.environ[_BACKEND] = "torch"


def _with_classes(path: Path, exported: Exported) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "metadata.json":
                content = json.dumps(
                    json.loads(content) | {"classes": list(exported.classes), "seedbed": exported.about}
                ).encode()
            new.writestr(member, content)
    return buffer.getvalue()
