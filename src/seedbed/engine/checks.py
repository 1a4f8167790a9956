"""What an engine refuses, in words that name the thing, what was expected and what came."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from seedbed.engine.base import Chunk, Images, Labels, Plan, memory_shapes
from seedbed.errors import EngineError
from seedbed.network import State, shape_text


def check_images(plan: Plan, images: Images) -> None:
    """Images must be uint8 or float32 of shape (n, channels, height, width).

    Raises
    ------
    EngineError
    """
    _require_array("images", images, (np.uint8, np.float32), 4)
    if images.shape[1:] != plan.network.input_shape:
        raise EngineError(
            f"images: expected n×{shape_text(plan.network.input_shape)}, got {shape_text(images.shape)}. "
            "The network was built for another image size."
        )


def check_chunk(plan: Plan, chunk: Chunk) -> None:
    """A chunk must fit the plan, and its arrays each other.

    Raises
    ------
    EngineError
    """
    images, labels, order, lrs = chunk.images, chunk.labels, chunk.order, chunk.lrs
    check_images(plan, images)
    _check_labels(plan, images, labels)
    _require_array("order", order, (np.int64,), 1)
    _require_array("lrs", lrs, (np.float64,), 1)
    _require_array("samples", chunk.numbers, (np.int64,), 1)
    steps = -(-len(order) // plan.batch_size)
    if len(lrs) != steps:
        raise EngineError(
            f"lrs: expected {steps} for {len(order)} images in batches of {plan.batch_size}, got {len(lrs)}."
        )
    if len(chunk.numbers) != len(order):
        raise EngineError(f"samples: expected one for each of {len(order)} images, got {len(chunk.numbers)}.")
    for index in order[(order < 0) | (order >= len(images))][:1]:
        raise EngineError(f"order: expected indices from 0 to {len(images) - 1}, got {index}.")


def check_probe(plan: Plan, images: Images, labels: Labels, samples: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """A batch to probe must fit the plan, and its arrays each other; gives the number of each image.

    Raises
    ------
    EngineError
    """
    check_images(plan, images)
    _check_labels(plan, images, labels)
    if len(images) == 0:
        raise EngineError("images: expected at least one to probe, got none.")
    numbers = np.arange(len(images)) if samples is None else samples
    _require_array("samples", numbers, (np.int64,), 1)
    if len(numbers) != len(images):
        raise EngineError(f"samples: expected one for each of {len(images)} images, got {len(numbers)}.")
    return numbers


def check_state(plan: Plan, state: State) -> None:
    """A state must hold every parameter and buffer, may hold what ``memory_shapes`` names, and nothing else.

    Raises
    ------
    EngineError
    """
    required = plan.network.parameter_shapes | plan.network.buffer_shapes
    known = required | memory_shapes(plan)
    for key, shape in required.items():
        if key not in state:
            raise EngineError(f"state: '{key}' ({shape_text(shape)}) is missing. The state is of another network.")
    for key, array in state.items():
        if key not in known:
            raise EngineError(f"state: '{key}' is not known. The state is of another network or optimizer.")
        if array.shape != known[key]:
            raise EngineError(
                f"state: '{key}' must be {shape_text(known[key])}, got {shape_text(array.shape)}. "
                "The state is of another network."
            )


def _check_labels(plan: Plan, images: Images, labels: Labels) -> None:
    _require_array("labels", labels, (np.uint8,), 1)
    if len(labels) != len(images):
        raise EngineError(f"labels: expected one for each of {len(images)} images, got {len(labels)}.")
    for label in labels[labels >= plan.network.classes][:1]:
        raise EngineError(
            f"labels: expected 0 to {plan.network.classes - 1}, got {label}. "
            f"The network has {plan.network.classes} outputs from '{plan.network.nodes[-1].name}'."
        )


def _require_array(name: str, array: object, dtypes: tuple[DTypeLike, ...], ndim: int) -> None:
    if not isinstance(array, np.ndarray) or array.dtype not in dtypes or array.ndim != ndim:
        got = f"{array.dtype} of {array.ndim}" if isinstance(array, np.ndarray) else type(array).__name__
        wanted = " or ".join(np.dtype(dtype).name for dtype in dtypes)
        raise EngineError(f"{name}: expected an array of {wanted} with {ndim} dimensions, got {got}.")
