"""The native engine behind the protocol of all engines."""

import os
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import (
    AVERAGE,
    STEP,
    Chunk,
    Engine,
    Images,
    Labels,
    Plan,
    ProbeResult,
    Session,
    Steps,
    in_turn,
    memory_shapes,
    with_memory,
)
from seedbed.engine.checks import check_chunk, check_images, check_probe, check_state
from seedbed.engine.memory import check_memory
from seedbed.engine.native import _native
from seedbed.engine.native.limits import check_program, check_sizes
from seedbed.engine.native.lower import lower
from seedbed.engine.native.methods import forces_direct
from seedbed.engine.native.probe import Probe
from seedbed.errors import EngineError
from seedbed.network import State

_MOST_PROBES = 3
"""That a session keeps: a batch in both modes and single images, say."""


class NativeEngine(Engine):
    """C++, one batch in the lanes of vector registers.

    The instruction set is the fastest that the processor has; the environment variable ``SEEDBED_ISA`` (``avx512``,
    ``avx2``, ``portable``) forces one. Convolutions with many channels are computed by minimal filtering unless
    ``SEEDBED_CONVOLUTION`` is ``direct``.

    Raises
    ------
    EngineError
        ``SEEDBED_ISA`` names an instruction set that this build or processor lacks, or ``SEEDBED_CONVOLUTION`` holds
        another word.
    """

    name = "native"

    def __init__(self) -> None:
        wanted = os.environ.get("SEEDBED_ISA", "")
        try:
            self.instruction_set: str = _native.choose(wanted)
        except ValueError as error:
            usable = ", ".join(_native.instruction_sets())
            raise EngineError(f"SEEDBED_ISA: {error}. This machine can run: {usable}.") from None
        self.direct = forces_direct()

    @property
    def description(self) -> str:
        return f"native ({self.instruction_set}{', direct' if self.direct else ''})"

    def start(self, plan: Plan, state: State, threads: int = 1) -> "NativeSession":
        if threads < 1:
            raise EngineError(f"threads must be at least 1, got {threads}.")
        return NativeSession(plan, state, self.instruction_set, threads, self.direct)


class NativeSession(Session):
    """One run in the native engine's memory."""

    def __init__(self, plan: Plan, state: State, instruction_set: str, threads: int, direct: bool = False) -> None:
        super().__init__()
        check_memory(plan)
        check_sizes(plan.network)
        lowered = lower(plan, direct)
        check_program(plan, lowered.program, threads)
        try:
            self._executor = _native.Executor(lowered.program, instruction_set, threads)
        except MemoryError:
            raise EngineError(f"not enough memory for batches of {plan.batch_size}; choose a smaller one.") from None
        self._plan, self._how = plan, (instruction_set, threads, direct)
        self._probes: dict[tuple[int, bool], Probe] = {}
        """By images and mode, the last used last; each made when it is first asked for."""
        self._averages = lowered.learning.average
        shared, memory = self._executor.shared, self._executor.memory
        for offset, numbers in lowered.constants.items():
            shared[offset : offset + len(numbers)] = numbers
        self._arrays: State = {}
        for name, (offset, shape) in lowered.layout.places.items():
            self._arrays[name] = shared[offset : offset + prod(shape)].reshape(shape)
        self._memory: State = {}
        learning = lowered.learning
        for name, shape in memory_shapes(plan).items():
            if name == STEP:
                continue
            key, _, slot = name.partition("/")
            offset, source = learning.memory_offset(key, slot), shared if slot == AVERAGE else memory
            self._memory[name] = source[offset : offset + prod(shape)].reshape(shape)
        if plan.decay:
            for name, shape in plan.network.parameter_shapes.items():
                offset = learning.decay + lowered.layout.offset(name)
                shared[offset : offset + prod(shape)] = plan.decay.get(name, plan.optimizer.weight_decay)
        self.load_state(state)

    @in_turn
    def train(self, chunk: Chunk) -> Steps:
        check_chunk(self._plan, chunk)
        losses, wrong = self._executor.train(
            _rows(chunk.images),
            np.ascontiguousarray(chunk.labels),
            np.ascontiguousarray(chunk.order),
            np.ascontiguousarray(chunk.lrs),
            np.ascontiguousarray(chunk.numbers),
            chunk.epoch,
        )
        return Steps(losses, wrong)

    @in_turn
    def outputs(self, images: Images) -> NDArray[np.float32]:
        check_images(self._plan, images)
        return self._executor.outputs(_rows(images))

    @in_turn
    def probe(
        self, images: Images, labels: Labels, training: bool = False, samples: NDArray[np.int64] | None = None
    ) -> ProbeResult:
        numbers = check_probe(self._plan, images, labels, samples)
        probe = self._probe_of(len(images), training)
        averages = -1 if training else self._averages
        arrays = np.ascontiguousarray(labels), np.ascontiguousarray(numbers)
        return probe.run(self._executor.shared, averages, _rows(images), *arrays)

    @in_turn
    def state(self) -> State:
        state = {name: array.copy() for name, array in (self._arrays | self._memory).items()}
        steps: NDArray[Any] = np.array(self._executor.steps, dtype=np.int64)
        return state | ({STEP: steps} if self._plan.optimizer.counts_steps else {})

    @in_turn
    def load_state(self, state: State) -> None:
        check_state(self._plan, state)
        state = with_memory(self._plan, state)
        for name, array in (self._arrays | self._memory).items():
            array[...] = state[name]
        self._executor.steps = int(state.get(STEP, 0))

    def _probe_of(self, count: int, training: bool) -> Probe:
        key = count, training
        probe = self._probes.pop(key, None)
        if probe is None:
            # The memory of the one that was used longest ago is free by then.
            for oldest in list(self._probes)[: 1 - _MOST_PROBES]:
                del self._probes[oldest]
            plan = replace(self._plan, batch_size=count, decay={}, average=None, clip_norm=None)
            probe = Probe(plan, training, *self._how)
        self._probes[key] = probe
        return probe


def _rows(images: Images) -> Images:
    """One contiguous row of numbers per image."""
    return np.ascontiguousarray(images).reshape(len(images), prod(images.shape[1:]))
