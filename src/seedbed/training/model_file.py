"""The file of a model: what it states, and the checks between it and the network that is made of it.

A safetensors file: the arrays by name, and one entry ``seedbed`` of metadata, JSON in the form of `_About`. Files of
the third format state the SHA-256 of their own content; those of the first and second do not, and say less.
"""

import json
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seedbed.data.likeness import Appearance
from seedbed.data.likeness.features import TEXTURE_VALUES, thumbnail_values
from seedbed.data.preparation import FittedInput
from seedbed.errors import SeedbedError, StoreError
from seedbed.files import replacing
from seedbed.network import Network, Shape, State
from seedbed.training.digest import content_digest
from seedbed.training.model_parts import ModelParts
from seedbed.training.provenance import Provenance

_FIRST, _SECOND, _FORMAT = "seedbed-model-1", "seedbed-model-2", "seedbed-model-3"
_INPUT, _THUMBNAILS, _TEXTURES = "input.", "appearance.thumbnails", "appearance.textures"
_MOST_SIDE = 1 << 16
_LEAST_ROWS = 2
_MOST_VALUES = 1 << 26

_Count = Annotated[int, Field(ge=0)]
_Side = Annotated[int, Field(ge=1, le=_MOST_SIDE)]
_Scale = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Arrays = dict[str, NDArray[Any]]


class _Stated(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Appearance(_Stated):
    ground: Literal["dark", "bright", "mixed"]
    is_centered: bool
    thumbnail_scale: _Scale
    texture_scale: _Scale


class _Provenance(_Stated):
    data: str
    data_sha256: _Sha256
    recipe: dict[str, str | int | float | bool | None]
    seed: Annotated[int, Field(ge=0, lt=1 << 64)]
    run: str
    version: str
    test_images: _Count
    wrong: _Count
    columns: list[str]


class _About(_Stated):
    format: Literal["seedbed-model-3"]
    network: str
    input: str
    image_shape: Annotated[list[_Side], Field(min_length=3, max_length=3)]
    dtype: Literal["uint8", "float32"]
    classes: list[str] | None
    provenance: _Provenance | None
    appearance: _Appearance | None
    sha256: _Sha256


class _SecondAbout(_Stated):
    format: Literal["seedbed-model-2"]
    network: str
    input: str
    image_shape: Annotated[list[_Side], Field(min_length=3, max_length=3)]
    dtype: Literal["uint8", "float32"]


class _FirstAbout(_Stated):
    format: Literal["seedbed-model-1"]
    network: str


_FORMATS: dict[str, type[_Stated]] = {_FIRST: _FirstAbout, _SECOND: _SecondAbout, _FORMAT: _About}


def write_model(path: Path, parts: ModelParts) -> None:
    """Write a model; a reader finds the old file or the whole new one.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    arrays: Arrays = parts.state | {_INPUT + name: array for name, array in parts.input.arrays().items()}
    seen = parts.appearance
    if seen is not None:
        arrays |= {_THUMBNAILS: seen.thumbnails, _TEXTURES: seen.textures}
    about = {
        "format": _FORMAT,
        "network": str(parts.network),
        "input": str(parts.input),
        "image_shape": list(parts.input.stored_shape),
        "dtype": parts.input.dtype,
        "classes": None if parts.classes is None else list(parts.classes),
        "provenance": parts.provenance.to_dict() if parts.provenance else None,
        "appearance": None if seen is None else {name: getattr(seen, name) for name in _Appearance.model_fields},
    }
    # One entry only: safetensors writes several in no fixed order.
    content = safetensors.numpy.save(arrays, {"seedbed": json.dumps(about | {"sha256": content_digest(about, arrays)})})
    try:
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise StoreError(
            f"model '{path}': cannot be written to folder '{path.parent}' ({error.strerror or error}). "
            "Give a file name in a folder that exists and can be written."
        ) from None


def read_model(path: Path) -> ModelParts:
    """Read what `write_model` of this or an earlier version wrote.

    Raises
    ------
    StoreError
        The file is missing, damaged or no model of Seedbed.
    """
    try:
        with safetensors.safe_open(str(path), "numpy") as file:
            about = json.loads((file.metadata() or {})["seedbed"])
            arrays: Arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        form = about.get("format") if isinstance(about, dict) else None
        if not isinstance(form, str) or form not in _FORMATS:
            raise ValueError(f"format {str(form)[:40]!r}, expected '{_FORMAT}'")
        stated = _FORMATS[form].model_validate(about)
        if isinstance(stated, _About):
            del about["sha256"]
            if stated.sha256 != content_digest(about, arrays):
                raise ValueError("its content does not have the SHA-256 that it states")
        return _parts(stated, arrays)
    except FileNotFoundError:
        raise StoreError(f"model '{path}': no such file.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its description"
        raise _no_model(path, f"{place}: {first['msg']}") from None
    except RecursionError:
        raise _no_model(path, "its description is nested without end") from None
    except (
        *(OSError, KeyError, IndexError, AttributeError, TypeError, ValueError, OverflowError, MemoryError),
        *(SeedbedError, safetensors.SafetensorError),
    ) as error:
        raise _no_model(path, str(error) or type(error).__name__) from None


def _parts(about: _Stated, arrays: Arrays) -> ModelParts:
    numbers = {key.removeprefix(_INPUT): arrays.pop(key) for key in list(arrays) if key.startswith(_INPUT)}
    pictures = arrays.pop(_THUMBNAILS, None), arrays.pop(_TEXTURES, None)
    classes, provenance, seen = None, None, None
    if isinstance(about, _FirstAbout):
        network = Network.parse(about.network)
        numbers = {"0.scale": numbers["scale"], "0.shift": numbers["shift"]}
        input = _input("standardize", numbers, network.input_shape, "uint8")
    else:
        assert isinstance(about, _SecondAbout | _About)
        network = Network.parse(about.network)
        channels, height, width = about.image_shape
        input = _input(about.input, numbers, (channels, height, width), about.dtype)
        if isinstance(about, _About):
            provenance = _provenance(about)
            classes = None if about.classes is None else _classes(about.classes, network)
            seen = _appearance(about, *pictures)
    if input.image_shape != network.input_shape:
        raise ValueError(f"its input steps give {input.image_shape}, its network takes {network.input_shape}")
    if max(prod(input.stored_shape), prod(input.image_shape)) > _MOST_VALUES:
        raise ValueError(f"its images have {prod(input.stored_shape):,} values")
    # Steps whose numbers do not fit each other show it when they are carried out.
    input.apply(np.zeros((1, *input.stored_shape), input.dtype))
    return ModelParts(network, _state(network, arrays), input, classes, provenance, seen)


def _input(text: str, numbers: Arrays, shape: Shape, dtype: str) -> FittedInput:
    for name, array in numbers.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"'{_INPUT}{name}': expected finite float32 numbers")
    return FittedInput.load(text, numbers, shape, dtype)


def _state(network: Network, arrays: Arrays) -> State:
    wanted = network.parameter_shapes | network.buffer_shapes
    state: State = {}
    for name, shape in wanted.items():
        array = arrays.get(name)
        if array is None or array.shape != tuple(shape) or array.dtype != np.float32:
            got = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise ValueError(f"'{name}': expected float32 of shape {tuple(shape)}, got {got}")
        if not np.isfinite(array).all():
            raise ValueError(f"'{name}': its numbers are not all finite")
        state[name] = array
    return state


def _classes(names: list[str], network: Network) -> tuple[str, ...]:
    if not 1 <= len(names) <= network.classes:
        raise ValueError(f"{len(names)} names of classes for {network.classes} outputs")
    return tuple(names)


def _provenance(about: _About) -> Provenance | None:
    if about.provenance is None:
        return None
    values = about.provenance.model_dump()
    if values["wrong"] > values["test_images"]:
        raise ValueError("more wrong answers than test images")
    return Provenance(**values | {"columns": tuple(values["columns"])})


def _appearance(about: _About, thumbnails: NDArray[Any] | None, textures: NDArray[Any] | None) -> Appearance | None:
    if about.appearance is None:
        return None
    size = thumbnail_values(tuple(about.image_shape))
    thumbnails = _rows(_THUMBNAILS, thumbnails, np.uint8, size)
    textures = _rows(_TEXTURES, textures, np.float32, TEXTURE_VALUES)
    if len(thumbnails) != len(textures):
        raise ValueError(f"{len(thumbnails)} rows of '{_THUMBNAILS}', {len(textures)} of '{_TEXTURES}'")
    return Appearance(thumbnails=thumbnails, textures=textures, **about.appearance.model_dump())


def _rows(name: str, array: NDArray[Any] | None, kind: type[np.generic], size: int) -> NDArray[Any]:
    if array is None or array.dtype != kind or array.ndim != 2 or len(array) < _LEAST_ROWS or array.shape[1] != size:
        raise ValueError(f"'{name}': expected {kind.__name__} of shape (n, {size})")
    if not np.isfinite(array).all():
        raise ValueError(f"'{name}': its numbers are not all finite")
    return array


def _no_model(path: Path, why: str) -> StoreError:
    return StoreError(f"model '{path}': expected a model file of Seedbed, got something else ({why[:300]}).")
