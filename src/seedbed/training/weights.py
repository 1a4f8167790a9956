"""Numbers that another program has trained, put into a network: which array belongs to which layer."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from seedbed.errors import StoreError
from seedbed.network import Conv2d, Network, Node, Shape, State

_UNUSED = "num_batches_tracked"
_INPUT = "input"
Arrays = dict[str, NDArray[Any]]


def read_weights(path: Path) -> Arrays:
    """Arrays by name of a ``state_dict``: safetensors, or a file of ``torch.save``. Nothing in it is executed.

    Raises
    ------
    StoreError
        It is missing, damaged or something else.
    EngineError
        It is a file of PyTorch, and PyTorch is not installed.
    """
    if path.suffix.lower() != ".safetensors":
        from seedbed.engine.torch import read_state_dict

        return dict(read_state_dict(path))
    try:
        return dict(safetensors.numpy.load_file(path))
    except FileNotFoundError:
        raise StoreError(f"weights '{path}': no such file.") from None
    except (OSError, KeyError, TypeError, ValueError, safetensors.SafetensorError) as error:
        raise StoreError(
            f"weights '{path}': expected float arrays as safetensors, got something else ({error})."
        ) from None


def fitted_state(network: Network, arrays: Arrays, path: Path, layers: Mapping[str, str] | None = None) -> State:
    """The state of a network, from arrays with the names of another program.

    Layers are found by their own names where the file has them all; else by ``layers``; else by their order, where the
    file has one: that of the model in a file of PyTorch, that of the numbers in ``0.weight``, ``3.weight``.

    Parameters
    ----------
    arrays : dict of str to array
        ``read_weights`` of ``path``.
    layers : mapping of str to str, optional
        What the file calls a layer, by its name here: ``{"conv1": "features.0"}``.

    Raises
    ------
    StoreError
        Names the first layer that differs, with what was expected and what came.
    """
    wanted = [node for node in network.nodes if node.parameter_shapes or node.buffer_shapes]
    groups = _by_layer(arrays)
    names = _matching(wanted, groups, path, dict(layers or {}))
    state: State = {}
    for node in wanted:
        own = groups.get(names.get(node.name, ""), {})
        shapes = node.layer.parameter_shapes(node.input_shape) | node.layer.buffer_shapes(node.input_shape)
        if not own and not node.parameter_shapes:
            # What is not trained begins at values of its own: the pictures of rbf.
            own = {key: array.astype(np.float32) for key, array in node.layer.first_values(node.input_shape).items()}
        extra = [key for key in own if key not in shapes]
        if extra:
            raise _differs(node, path, extra[0], "none", _shape(own[extra[0]].shape), names[node.name])
        for key, shape in shapes.items():
            state[f"{node.name}.{key}"] = _checked(node, path, key, shape, own.get(key), names.get(node.name, ""))
    return state


def _by_layer(arrays: Arrays) -> dict[str, Arrays]:
    groups: dict[str, Arrays] = {}
    for name, array in arrays.items():
        layer, _, key = name.rpartition(".")
        if key != _UNUSED and layer.partition(".")[0] != _INPUT:
            groups.setdefault(layer, {})[key] = array
    return groups


def _matching(wanted: list[Node], groups: dict[str, Arrays], path: Path, given: dict[str, str]) -> dict[str, str]:
    """What the file calls each layer."""
    trained = [node for node in wanted if node.parameter_shapes]
    unknown = [name for name in given if name not in {node.name for node in wanted}]
    if unknown:
        known = ", ".join(node.name for node in wanted)
        raise StoreError(f"layers: there is no layer '{unknown[0]}' with numbers. There are {known}.")
    absent = [f"'{name}' as '{theirs}'" for name, theirs in given.items() if theirs not in groups]
    if absent:
        raise StoreError(f"layers: {path} has no {absent[0]}. It has {_listed(groups)}.")
    names = {node.name: given.get(node.name, node.name) for node in wanted}
    if all(names[node.name] in groups for node in trained):
        left = [name for name in groups if name not in names.values()]
        if left:
            raise StoreError(f"weights '{path}': it has '{left[0]}' too, and the network no layer for it.")
        return {mine: theirs for mine, theirs in names.items() if theirs in groups}
    if given:
        missing = next(node.name for node in trained if names[node.name] not in groups)
        raise StoreError(f"weights '{path}': layer '{missing}' is not in 'layers'. The file has {_listed(groups)}.")
    order = _ordered(groups, path)
    for node, theirs in zip(trained, order, strict=False):
        # The first that differs is more to the point than how many there are.
        shapes = node.layer.parameter_shapes(node.input_shape)
        for key, shape in shapes.items():
            _checked(node, path, key, shape, groups[theirs].get(key), theirs)
    if len(order) != len(trained):
        more = f"no '{trained[len(order)].name}'" if len(order) < len(trained) else f"'{order[len(trained)]}' too"
        raise StoreError(
            f"weights '{path}': expected {len(trained)} layers with numbers, got {len(order)}: it has {more}."
        )
    return {node.name: theirs for node, theirs in zip(trained, order, strict=True)}


def _ordered(groups: dict[str, Arrays], path: Path) -> list[str]:
    if path.suffix.lower() != ".safetensors":
        return list(groups)
    numbers = {name: re.fullmatch(r"(.*?)(\d+)", name) for name in groups}
    if all(numbers.values()) and len({found[1] for found in numbers.values() if found}) == 1:
        return sorted(groups, key=lambda name: int(re.sub(r"^.*?(\d+)$", r"\1", name)))
    raise StoreError(
        f"weights '{path}': its layers have other names than the network's, and a safetensors file has no order. Say "
        f"which is which with layers: it has {_listed(groups)}."
    )


def _checked(
    node: Node, path: Path, key: str, shape: Shape, array: NDArray[Any] | None, theirs: str
) -> NDArray[np.float32]:
    got = "none" if array is None else _shape(array.shape)
    if array is None or array.shape != tuple(shape):
        raise _differs(node, path, key, _shape(shape), got, theirs)
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise _differs(node, path, key, "finite floating point numbers", f"others ({array.dtype})", theirs)
    own = np.array(array, dtype=np.float32)
    if isinstance(node.layer, Conv2d) and key == "weight":
        connected = node.layer.connections(node.input_shape[0])
        own = own if connected is None else own * connected[:, :, None, None].astype(np.float32)
    return own


def _differs(node: Node, path: Path, key: str, expected: str, got: str, theirs: str) -> StoreError:
    source = f" from '{theirs}.{key}'" if theirs and got != "none" else f" (layer '{theirs}')" if theirs else ""
    return StoreError(
        f"weights '{path}': {node.layer.notation} '{node.name}': {key}: expected {expected}, got {got}{source}. "
        f"Change the network's text: '{node.layer}' stands there.",
        field=f"{node.name}.{key}",
        expected=expected,
        got=got,
    )


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _listed(groups: dict[str, Arrays]) -> str:
    names = [f"'{name}'" for name in groups]
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
