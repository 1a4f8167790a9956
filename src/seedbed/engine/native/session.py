"""The native engine behind the protocol of all engines."""

import os
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Engine, Images, Labels, Plan, Session, Steps, memory_shapes
from seedbed.engine.checks import check_images, check_state, check_stretch
from seedbed.engine.native import _native
from seedbed.engine.native.lower import lower
from seedbed.errors import EngineError
from seedbed.network import State


class NativeEngine(Engine):
    """C++, one batch in the lanes of vector registers.

    The instruction set is the fastest that the processor has; the environment variable ``SEEDBED_ISA`` (``avx512``,
    ``avx2``, ``portable``) forces one.

    Raises
    ------
    EngineError
        ``SEEDBED_ISA`` names an instruction set that this build or processor lacks.
    """

    name = "native"

    def __init__(self) -> None:
        wanted = os.environ.get("SEEDBED_ISA", "")
        try:
            self.instruction_set: str = _native.choose(wanted)
        except ValueError as error:
            usable = ", ".join(_native.instruction_sets())
            raise EngineError(f"SEEDBED_ISA: {error}. This machine can run: {usable}.") from None

    @property
    def description(self) -> str:
        return f"native ({self.instruction_set})"

    def start(self, plan: Plan, state: State, threads: int = 1) -> "NativeSession":
        if threads < 1:
            raise EngineError(f"threads must be at least 1, got {threads}.")
        return NativeSession(plan, state, self.instruction_set, threads)


class NativeSession(Session):
    """One run in the native engine's memory."""

    def __init__(self, plan: Plan, state: State, instruction_set: str, threads: int) -> None:
        lowered = lower(plan)
        try:
            self._executor = _native.Executor(lowered.program, instruction_set, threads)
        except MemoryError:
            raise EngineError(f"not enough memory for batches of {plan.batch_size}; choose a smaller one.") from None
        self._plan = plan
        shared, memory = self._executor.shared, self._executor.memory
        channels = plan.network.input_shape[0]
        shared[lowered.scale : lowered.scale + channels] = plan.scale
        shared[lowered.shift : lowered.shift + channels] = plan.shift
        self._arrays: State = {}
        for name, (offset, shape) in lowered.layout.places.items():
            self._arrays[name] = shared[offset : offset + prod(shape)].reshape(shape)
        self._memory: State = {}
        for name, shape in memory_shapes(plan).items():
            offset = lowered.layout.offset(name.partition("/")[0])
            self._memory[name] = memory[offset : offset + prod(shape)].reshape(shape)
        self.load_state(state)

    def train(self, images: Images, labels: Labels, order: NDArray[np.int64], lrs: NDArray[np.float64]) -> Steps:
        check_stretch(self._plan, images, labels, order, lrs)
        losses, wrong = self._executor.train(
            _rows(images), np.ascontiguousarray(labels), np.ascontiguousarray(order), np.ascontiguousarray(lrs)
        )
        return Steps(losses, wrong)

    def outputs(self, images: Images) -> NDArray[np.float32]:
        check_images(self._plan, images)
        return self._executor.outputs(_rows(images))

    def state(self) -> State:
        return {name: array.copy() for name, array in (self._arrays | self._memory).items()}

    def load_state(self, state: State) -> None:
        check_state(self._plan, state)
        for name, array in (self._arrays | self._memory).items():
            array[...] = state.get(name, 0)


def _rows(images: Images) -> NDArray[np.uint8]:
    """One contiguous row of bytes per image."""
    return np.ascontiguousarray(images).reshape(len(images), prod(images.shape[1:]))
