"""From a plan to the flat program that the native engine executes.

A network becomes a list of links, each from one storage to the next; activations are no links of their own but belong
to the storage they end in. Every link knows its forward and its backward operations. Operations whose units are lane
groups are chained into one stage, so that a lane group passes through them while its values are in the cache; layers
that look at the whole batch (linear, batchnorm) end a chain.
"""

from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Plan
from seedbed.engine.native import _native
from seedbed.engine.native.layout import LANES, Numbers, SharedLayout, Storage
from seedbed.engine.native.learning import Learning
from seedbed.engine.native.links import ConvPoolLink, CopyLink, GatherLink, Link, Memory, can_turn
from seedbed.engine.native.special_links import ALL_LINKS
from seedbed.errors import EngineError
from seedbed.network import Node, Shape, layers

_MOST_CLASSES = 256
_MOST = 0.8
"""Share of a network's multiply-adds that is most of them."""
_CHAINED = {
    "gather", "copy_forward", "copy_backward", "conv2d_forward", "conv2d_input_gradient", "conv2d_weight_gradient",
    "conv2d_disconnect", "linear_transpose", "pool2d_forward", "pool2d_backward", "subsample_forward",
    "subsample_input_gradient", "subsample_weight_gradient", "batchnorm_evaluate", "response_norm_forward",
    "response_norm_backward", "dropout_forward", "dropout_backward", "function_forward", "function_backward",
    "rbf_forward", "rbf_backward", "softmax_forward", "softmax_backward", "loss", "write_outputs",
}  # fmt: skip


@dataclass
class _Stages:
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


@dataclass
class Lowered:
    """A program, where its arrays lie, and its constants by their offset into the shared floats."""

    program: _native.Program
    layout: SharedLayout
    learning: Learning
    constants: dict[int, NDArray[np.float32]]


def _pooling_behind(node: Node, rest: list[Node]) -> list[Node]:
    """The nodes behind a convolution that are part of its link: max pooling, with a ReLU before it or none.

    The largest value is the same before and after a ReLU; where it is 0, no gradient flows either way.
    """
    if not isinstance(node.layer, layers.Conv2d) or node.layer.stride > 1:
        return []
    count = 2 if rest and isinstance(rest[0].layer, layers.ReLU) else 1
    pool = rest[count - 1].layer if len(rest) >= count else None
    if not isinstance(pool, layers.MaxPool2d) or (pool.kernel_size, pool.step) != (2, 2):
        return []
    whole = (node.output_shape[1] // 2, node.output_shape[2] // 2)
    return rest[:count] if rest[count - 1].output_shape[1:] == whole else []


def _link_up(plan: Plan, memory: Memory) -> tuple[list[Link], list[Storage]]:
    image = Storage(plan.network.input_shape, can_activate=False)
    scale, shift = memory.constant(plan.scale), memory.constant(plan.shift)
    links: list[Link] = [GatherLink(None, image, image, False, memory, scale, shift)]
    storages = [image]
    flat = False

    def follow(made_of: type[Link], node: Node | None, shape: Shape) -> None:
        start = storages[-1]
        has_parameters = node is not None and bool(node.parameter_shapes)
        end = Storage(shape, wants_gradient=start.wants_gradient or has_parameters)
        links.append(made_of(node, start, end, flat, memory))
        storages.append(end)

    rest = list(plan.network.nodes)
    while rest:
        node = rest.pop(0)
        current = storages[-1]
        if pooled := _pooling_behind(node, rest):
            follow(ConvPoolLink, node, pooled[-1].output_shape)
            storages[-1].activation = "relu" if len(pooled) > 1 else "none"
            del rest[: len(pooled)]
            flat = False
        elif isinstance(node.layer, layers.Flatten):
            if current.border_x:
                follow(CopyLink, None, current.shape)
            flat = True
        elif isinstance(node.layer, layers.Tanh | layers.ScaledTanh | layers.ReLU | layers.Sigmoid):
            if not current.can_activate or current.activation != "none":
                follow(CopyLink, None, node.output_shape)
                flat = False
            storages[-1].activation = node.layer.notation
        elif type(node.layer) in ALL_LINKS:
            follow(ALL_LINKS[type(node.layer)], node, node.output_shape)
            flat = False
        else:
            raise EngineError(f"engine 'native' lacks the layer '{node.layer.notation}'. Use engine 'reference'.")
    for link in reversed(links):
        link.settle()
    return links, storages


def _lane_groups(plan: Plan) -> int:
    """As few as hold a batch, or one more for an even number of them.

    Two threads have as much to do then. It costs nothing where images are taken one by one, so most of the network must
    do so.
    """
    least = -(-plan.batch_size // LANES)
    if least % 2 == 0 or least == 1 or least == plan.batch_size:
        return least
    turned = total = 0.0
    for node in plan.network.nodes:
        if fans := node.layer.fans(node.input_shape):
            work = fans[0] * prod(node.output_shape)
            total += work
            is_turned = isinstance(node.layer, layers.Conv2d) and can_turn(fans[0], node.layer.out_channels)
            turned += work if is_turned else 0
    return least + 1 if turned > _MOST * total else least


def lower(plan: Plan) -> Lowered:
    """Turn a plan into a program.

    Raises
    ------
    EngineError
        The engine lacks a layer, loss or optimizer.
    """
    if plan.network.classes > _MOST_CLASSES:
        got = f"{plan.network.classes} from '{plan.network.nodes[-1].name}'"
        raise EngineError(f"engine 'native': expected at most {_MOST_CLASSES} outputs, got {got}.")
    layout = SharedLayout(plan.network)
    learning = Learning(plan, layout)
    memory = Memory(layout, plan.batch_size, _lane_groups(plan))
    links, storages = _link_up(plan, memory)
    lanes = Numbers()
    for storage in [*storages, *memory.storages]:
        storage.offset = lanes.take(storage.size)

    training = _Stages()
    training.add(*(op for link in links for op in link.connect()))
    training.add(*(op for link in links for op in link.prepare()))
    for link in links:
        training.add(*link.forward(training=True))
    for link in links:
        training.add(*link.keep())
    training.add(learning.loss(links[-1].end))
    training.backward = True
    for link in reversed(links):
        if link.end.wants_gradient:
            training.add(*link.backward())
    training.add(*(op for link in links for op in link.finish()))
    for op in learning.updates():
        training.add(op)

    evaluation = _Stages()
    evaluation.add(*learning.read_averages(op for link in links for op in link.connect()))
    evaluation.add(*learning.read_averages(op for link in links for op in link.prepare()))
    for link in links:
        evaluation.add(*learning.read_averages(link.forward(training=False)))
    write = _native.Op("write_outputs")
    write.input = links[-1].end.view(flat=True)
    evaluation.add(write)

    program = _native.Program()
    sizes = _native.Sizes()
    sizes.lanes, sizes.shared, sizes.gradients = max(lanes.size, LANES), layout.numbers.size, layout.trainable
    sizes.memory = learning.memory_size
    sizes.partials, sizes.scratch = memory.partials.size, memory.scratch.size
    sizes.thread_scratch = memory.thread_scratch
    program.sizes, program.batch_size, program.classes = sizes, plan.batch_size, plan.network.classes
    program.spread = memory.groups
    program.seed = plan.seed
    program.sum_loss = plan.loss.is_sum
    channels, height, width = plan.network.input_shape
    program.image_size = channels * height * width
    program.training, program.evaluation = training.finish(), evaluation.finish()
    return Lowered(program, layout, learning, memory.constants)
