"""Where PyTorch computes, how exactly, and the data sets that lie there."""

import os
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.engine.base import STEP, Chunk
from seedbed.errors import EngineError
from seedbed.network import State

VARIABLE = "SEEDBED_TORCH_DEVICE"
IMAGES_AT_ONCE = 512
"""In evaluation."""
_ON_CUDA = RLock()
"""Held while settings of the process are those that computing exactly needs."""


def find_device() -> torch.device:
    """The device that ``SEEDBED_TORCH_DEVICE`` names, else the first CUDA device, else the CPU.

    Raises
    ------
    EngineError
        The variable names something else, or a device that is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    usable = ["cpu", *(["cuda"] if count else []), *(f"cuda:{number}" for number in range(count))]
    wanted = os.environ.get(VARIABLE) or ("cuda" if count else "cpu")
    if wanted not in usable:
        raise EngineError(f"{VARIABLE}: expected {' or '.join(usable)} on this machine, got '{wanted}'.")
    return torch.device(wanted)


@contextmanager
def exactly(device: torch.device, threads: int) -> Iterator[None]:
    """While entered, PyTorch computes in float32 throughout and, where it can, the same bits every time.

    These settings belong to the process; leaving puts back what was there.

    Raises
    ------
    EngineError
        The device has not enough memory for what is done meanwhile.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        if device.type == "cpu":
            yield
        else:
            with _ON_CUDA, _exactly_on_cuda():
                yield
    except torch.OutOfMemoryError:
        raise EngineError(
            f"engine 'torch': not enough memory on '{device}'. Use smaller batches, or stack fewer runs."
        ) from None
    finally:
        torch.set_num_threads(before)


@contextmanager
def _exactly_on_cuda() -> Iterator[None]:
    # Read by cuBLAS when it first computes.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    precision, mode = torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with warnings.catch_warnings(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            # A few gradients have no deterministic algorithm on CUDA; there is nothing that a user could do.
            warnings.filterwarnings("ignore", ".*deterministic")
            yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        torch.set_float32_matmul_precision(precision)


class ArrayCache:
    """Images and labels that lie on a device as long as their arrays live; each array is sent there once.

    An array must not change while it is used.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kept: dict[int, tuple[weakref.ref[NDArray[np.generic]], Tensor]] = {}

    def fetch(self, chunk: Chunk) -> tuple[Tensor, Tensor]:
        """Images as they are stored, and labels, uint8."""
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0]() is not None}
        for array in (chunk.images, chunk.labels):
            if id(array) not in self._kept:
                self._kept[id(array)] = weakref.ref(array), send(array, self._device)
        return self._kept[id(chunk.images)][1], self._kept[id(chunk.labels)][1]


def send(array: NDArray[np.generic], device: torch.device) -> Tensor:
    """A copy on the device."""
    return torch.tensor(np.ascontiguousarray(array), device=device)


def send_state(state: State, device: torch.device) -> dict[str, Tensor]:
    """Copies on the device in the types of a state: float32, the number of steps int64."""
    return {key: send(array.astype(np.int64 if key == STEP else np.float32), device) for key, array in state.items()}


def fetch_numbers(tensors: list[Tensor], *shape: int) -> NDArray[Any]:
    """Small tensors of this shape from the device, along a new first axis."""
    return torch.stack(tensors).cpu().numpy() if tensors else np.empty((0, *shape))
