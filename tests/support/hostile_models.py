"""Model files made to hurt whoever loads them, from a good one: each states its own sum where it can."""

import io
import json
import pickle
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from fuzz_target import read_signed, signed

_WRONG = (None, -1, 10**30, "", ["x"], {"x": 1}, "9" * 5000)
_FIELDS = ("format", "network", "input", "image_shape", "dtype", "classes", "provenance", "appearance")
_NETWORKS = (
    "flatten linear(1000000000)",
    "conv2d(100000, 3) flatten linear(10)",
    "pad(40000) flatten linear(10)",
    "input(65536, 65536, 65536) flatten linear(10)",
    "flatten " + "linear(10) " * 20_000,
    "(" * 5000,
    "flatten linear(10" + "0" * 5000 + ")",
    "flatten linear(10) __import__('os')",
    "dropout(nan) flatten linear(10)",
    "flatten linear(-1)",
)
_INPUTS = (
    "pad(20000)",
    "pca(100000)",
    "crop(0)",
    "standardize " * 5000,
    "scale(1e400)",
    "open(/etc/passwd)",
    "resize(9)",
)
_SHAPES = (
    [65536, 65536, 65536],
    [0, 8, 8],
    [1, 8],
    [1, 8, 8, 8],
    [1, -8, -8],
    [1, 2**63, 1],
    [1.5, 8, 8],
    [True, 8, 8],
)


class _Opens:
    """Would make a file, were it ever unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, ("opened-by-a-pickle", "w")


def hostile_models(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each.

    Parameters
    ----------
    good : bytes
        A model of digits whose network is ``flatten linear(4) tanh linear(10)``.
    """
    about, arrays = read_signed(good)
    for field in _FIELDS:
        yield f"{field} left out", signed({name: value for name, value in about.items() if name != field}, arrays)
        for number, value in enumerate(_WRONG):
            # Classes, provenance and appearance may be missing, and classes be fewer than outputs.
            if not (value is None and field in _FIELDS[5:]) and not (value == ["x"] and field == "classes"):
                yield f"{field} wrong, {number}", signed(about | {field: value}, arrays)
    for number, network in enumerate(_NETWORKS):
        yield f"network, {number}", signed(about | {"network": network}, arrays)
    for number, text in enumerate(_INPUTS):
        yield f"input steps, {number}", signed(about | {"input": text}, arrays)
    for number, shape in enumerate(_SHAPES):
        yield f"image shape, {number}", signed(about | {"image_shape": shape}, arrays)
    yield "a million classes", signed(about | {"classes": ["x"] * 1_000_000}, arrays)
    yield "an unknown field", signed(about | {"__class__": "os"}, arrays)
    yield from _of_arrays(about, arrays)
    yield from _of_bytes(good)


def _of_arrays(about: dict[str, Any], arrays: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    name = next(one for one in sorted(arrays) if one.endswith("weight"))
    array = arrays[name]
    changes = {
        "not a number": np.full_like(array, np.nan),
        "infinite": np.full_like(array, np.inf),
        "of float64": array.astype(np.float64),
        "of bytes": array.astype(np.uint8),
        "turned": np.ascontiguousarray(array.T),
        "empty": array[:0],
        "without a dimension": np.float32(1).reshape(()),
        "of many dimensions": array.reshape((1,) * 28 + array.shape),
    }
    for what, changed in changes.items():
        yield f"weights {what}", signed(about, arrays | {name: np.ascontiguousarray(changed)})
    yield "weights left out", signed(about, {key: value for key, value in arrays.items() if key != name})
    for one in sorted(arrays):
        if one.startswith(("input.", "appearance.")):
            yield f"{one} infinite", signed(about, arrays | {one: np.full(arrays[one].shape, np.inf, np.float32)})
            yield f"{one} empty", signed(about, arrays | {one: arrays[one][:0]})


def _of_bytes(good: bytes) -> Iterator[tuple[str, bytes]]:
    def headed(header: bytes, rest: bytes = b"", length: int | None = None) -> bytes:
        return (len(header) if length is None else length).to_bytes(8, "little") + header + rest

    def described(**tensors: Any) -> bytes:
        return headed(json.dumps(tensors).encode(), bytes(64))

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Opens()))
    yield from {
        "nothing": b"",
        "a pickle": pickle.dumps(_Opens()),
        "a file of PyTorch": packed.getvalue(),
        "a header of 8 EB": headed(b"{}", length=2**63 - 1),
        "a header longer than the file": headed(b"{}", length=1 << 20),
        "nested without end": headed(b'{"a":' * 100_000),
        "lists without end": headed(b"[" * 1_000_000),
        "no text": headed(b"\xff\xfe" * 50),
        "no object": headed(b"[1, 2]"),
        "values beyond the end": described(w={"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}),
        "a shape that overflows": described(w={"dtype": "F32", "shape": [1 << 62, 8], "data_offsets": [0, 64]}),
        "a negative place": described(w={"dtype": "F32", "shape": [16], "data_offsets": [-64, 0]}),
        "places that overlap": described(
            a={"dtype": "F32", "shape": [16], "data_offsets": [0, 64]},
            b={"dtype": "F32", "shape": [8], "data_offsets": [16, 48]},
        ),
        "an unknown type": described(w={"dtype": "F1024", "shape": [1], "data_offsets": [0, 64]}),
        "objects": described(w={"dtype": "O", "shape": [8], "data_offsets": [0, 64]}),
        "cut": good[: len(good) // 2],
        "one bit": good[:-1] + bytes([good[-1] ^ 1]),
        "more behind it": good + bytes(64),
        "twice": good + good,
        "no words of Seedbed": described(
            __metadata__={"other": "x"}, w={"dtype": "U8", "shape": [64], "data_offsets": [0, 64]}
        ),
        "words that are no JSON": described(
            __metadata__={"seedbed": "{" * 9}, w={"dtype": "U8", "shape": [64], "data_offsets": [0, 64]}
        ),
        "words nested without end": described(
            __metadata__={"seedbed": "[" * 200_000}, w={"dtype": "U8", "shape": [64], "data_offsets": [0, 64]}
        ),
    }.items()
