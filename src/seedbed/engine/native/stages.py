"""Operations in stages, and stages in programs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seedbed.engine.base import Plan
from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, Numbers, Storage
from seedbed.engine.native.limits import check_parameters
from seedbed.engine.native.links import Memory


@dataclass
class Stages:
    """Collects operations into stages with as few barriers as their dependence allows."""

    stages: list[tuple[bool, bool, list[_native.Op]]] = field(default_factory=list)
    backward: bool = False
    """The backward pass takes lane groups in descending order: the last one's values are still in the cache."""

    def add(self, *ops: _native.Op) -> None:
        """Append operations; several at once must be independent of each other."""
        chained = all(op.can_chain for op in ops)
        if chained and self.stages and self.stages[-1][0]:
            self.stages[-1][2].extend(ops)
        elif ops:
            self.stages.append((chained, self.backward, list(ops)))

    def finish(self) -> list[_native.Stage]:
        return [_native.Stage(*stage) for stage in self.stages]


def place(storages: Iterable[Storage]) -> int:
    """Give every storage its place in a lane group, and say how many vectors all of them take."""
    lanes = Numbers()
    for storage in storages:
        storage.offset = lanes.take(storage.size)
    return max(lanes.size, LANES)


def new_program(plan: Plan, memory: Memory, lanes: int, outputs: int, optimizer: int = 0) -> _native.Program:
    """A program without stages.

    Parameters
    ----------
    plan : Plan
    memory : Memory
        From which all links have claimed what they need.
    lanes : int
        Vectors of a lane group.
    outputs : int
        Numbers that are written of each image.
    optimizer : int
        Floats of its memory.

    Raises
    ------
    EngineError
        There are too many parameters.
    """
    layout = memory.layout
    check_parameters(layout.trainable)
    sizes = _native.Sizes()
    sizes.lanes, sizes.shared, sizes.gradients = lanes, layout.numbers.size, layout.trainable
    sizes.partials, sizes.scratch = memory.partials.size, memory.scratch.size
    sizes.outputs, sizes.memory = outputs, optimizer
    program = _native.Program()
    program.sizes, program.batch_size, program.classes = sizes, plan.batch_size, plan.network.classes
    program.spread, program.seed, program.sum_loss = memory.groups, plan.seed, plan.loss.is_sum
    channels, height, width = plan.network.input_shape
    program.image_size = channels * height * width
    return program


def add_thread_scratch(program: _native.Program) -> None:
    """Give threads the memory that the operations of a finished program need beside their values."""
    sizes = program.sizes
    sizes.thread_scratch = _native.thread_scratch(program)
    program.sizes = sizes
