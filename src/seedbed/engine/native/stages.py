"""Operations in stages, and stages in programs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seedbed.engine.base import Plan
from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, Numbers, Storage
from seedbed.engine.native.links import Memory

_CHAINED = {
    "gather", "copy_forward", "copy_backward", "conv2d_forward", "conv2d_input_gradient", "conv2d_weight_gradient",
    "conv2d_disconnect", "linear_transpose", "pool2d_forward", "pool2d_backward", "subsample_forward",
    "subsample_input_gradient", "subsample_weight_gradient", "batchnorm_evaluate", "response_norm_forward",
    "response_norm_backward", "dropout_forward", "dropout_backward", "function_forward", "function_backward",
    "rbf_forward", "rbf_backward", "softmax_forward", "softmax_backward", "loss", "write_values",
}  # fmt: skip


@dataclass
class Stages:
    """Collects operations into stages with as few barriers as their dependence allows."""

    stages: list[tuple[bool, bool, list[_native.Op]]] = field(default_factory=list)
    backward: bool = False
    """The backward pass takes lane groups in descending order: the last one's values are still in the cache."""

    def add(self, *ops: _native.Op) -> None:
        """Append operations; several at once must be independent of each other."""
        chained = all(op.kernel in _CHAINED for op in ops)
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
    """
    layout = memory.layout
    sizes = _native.Sizes()
    sizes.lanes, sizes.shared, sizes.gradients = lanes, layout.numbers.size, layout.trainable
    sizes.partials, sizes.scratch = memory.partials.size, memory.scratch.size
    sizes.thread_scratch, sizes.outputs, sizes.memory = memory.thread_scratch, outputs, optimizer
    program = _native.Program()
    program.sizes, program.batch_size, program.classes = sizes, plan.batch_size, plan.network.classes
    program.spread, program.seed, program.sum_loss = memory.groups, plan.seed, plan.loss.is_sum
    channels, height, width = plan.network.input_shape
    program.image_size = channels * height * width
    return program
