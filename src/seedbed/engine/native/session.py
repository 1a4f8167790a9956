"""The native engine behind the protocol of all engines."""

import os

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Engine, Images, Labels, Plan, Session, Steps, memory_shapes
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
            self._arrays[name] = shared[offset : offset + int(np.prod(shape))].reshape(shape)
        self._memory: State = {}
        for name, shape in memory_shapes(plan).items():
            offset = lowered.layout.offset(name.partition("/")[0])
            self._memory[name] = memory[offset : offset + int(np.prod(shape))].reshape(shape)
        self.load_state(state)

    def train(self, images: Images, labels: Labels, order: NDArray[np.int64], lrs: NDArray[np.float64]) -> Steps:
        try:
            losses, wrong = self._executor.train(self._rows(images), np.ascontiguousarray(labels), order, lrs)
        except (TypeError, ValueError) as error:
            raise EngineError(f"engine 'native': {error}") from None
        return Steps(losses, wrong)

    def outputs(self, images: Images) -> NDArray[np.float32]:
        result: NDArray[np.float32] = self._executor.outputs(self._rows(images))
        return result

    def state(self) -> State:
        return {name: array.copy() for name, array in (self._arrays | self._memory).items()}

    def load_state(self, state: State) -> None:
        known = self._arrays | self._memory
        for name in (self._arrays.keys() - state.keys()) | (state.keys() - known.keys()):
            problem = "is missing" if name in self._arrays else "belongs to no layer or optimizer of the plan"
            raise EngineError(f"state: array '{name}' {problem}.")
        for name, array in state.items():
            if array.shape != known[name].shape:
                raise EngineError(f"state: array '{name}': expected shape {known[name].shape}, got {array.shape}.")
        for name, array in known.items():
            array[...] = state.get(name, 0)

    def _rows(self, images: Images) -> NDArray[np.uint8]:
        shape = self._plan.network.input_shape
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != shape:
            got = f"{images.dtype} {images.shape}"
            raise EngineError(f"images: expected uint8 (n, {', '.join(map(str, shape))}), got {got}.")
        return np.ascontiguousarray(images).reshape(len(images), int(np.prod(shape)))
