"""The forms of an export, by name: what each writes, and where."""

from collections.abc import Callable
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.export.exported import Exported
from seedbed.export.keras_file import keras_bytes
from seedbed.export.numpy_file import numpy_source
from seedbed.export.onnx_file import onnx_bytes
from seedbed.export.torch_file import torch_source, torch_state
from seedbed.files import write_file

NUMBERS = ".safetensors"
"""Of the file with the numbers beside the code for PyTorch."""

Files = dict[str, bytes]


def _torch(exported: Exported) -> Files:
    return {".py": torch_source(exported).encode(), NUMBERS: torch_state(exported)}


FORMS: dict[str, Callable[[Exported], Files]] = {
    "onnx": lambda exported: {".onnx": onnx_bytes(exported)},
    "torch": _torch,
    "keras": lambda exported: {".keras": keras_bytes(exported)},
    "numpy": lambda exported: {".py": numpy_source(exported).encode()},
}
"""What makes the files of each form, by suffix; the first is the one that is asked for."""

SUFFIXES = {"onnx": ".onnx", "torch": ".py", "keras": ".keras", "numpy": ".py", "safetensors": NUMBERS}
"""The suffix of each form; ``safetensors`` is Seedbed's own, which `Model.save` writes."""


def form_of(path: Path, to: str | None = None) -> str:
    """The form that a path or a name means.

    Raises
    ------
    StoreError
        It means none, or the suffix is that of another form.
    """
    fitting = [name for name, suffix in SUFFIXES.items() if suffix == path.suffix.lower()]
    if to is None and len(fitting) == 1:
        return fitting[0]
    known = ", ".join(SUFFIXES)
    if to is None:
        what = f"'{path.suffix}' is that of {' and '.join(fitting)}" if fitting else f"got the suffix '{path.suffix}'"
        raise StoreError(
            f"export '{path}': expected one of {known}; {what}. Say which: --to {(fitting or ['onnx'])[0]}"
        )
    if to not in SUFFIXES:
        raise StoreError(
            f"export: there is no form '{to}'. Known: {known}.", field="to", expected=f"one of {known}", got=to
        )
    if path.suffix and to not in fitting:
        right = path.with_suffix(SUFFIXES[to])
        raise StoreError(f"export '{path}': expected the suffix '{SUFFIXES[to]}' for {to}. Say '{right}'.")
    return to


def export(exported: Exported, path: Path, to: str) -> list[Path]:
    """Write a form; a reader finds the old files or the whole new ones. Gives what was written, the main file first.

    Raises
    ------
    EngineError
        The form lacks a layer, or a package that it needs is not installed.
    StoreError
        A file cannot be written.
    """
    files = {path.with_suffix(suffix): content for suffix, content in FORMS[to](exported).items()}
    for place, content in files.items():
        try:
            write_file(place, content)
        except OSError as error:
            raise StoreError(
                f"export '{place}': cannot be written to folder '{place.parent}' ({error.strerror or error}). "
                "Give a file name in a folder that exists and can be written."
            ) from None
    return list(files)
