"""From a plan to the flat program that the native engine executes.

A network becomes a list of links, each from one storage to the next; activations are no links of their own but belong
to the storage they end in. Every link knows its forward and its backward operations. Operations whose units are lane
groups are chained into one stage, so that a lane group passes through them while its values are in the cache; layers
that look at the whole batch (linear, batchnorm) end a chain.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Plan
from seedbed.engine.native import _native
from seedbed.engine.native.convolution_links import ConvPoolLink, can_vectorise_channels
from seedbed.engine.native.layout import LANES, SharedLayout, Storage
from seedbed.engine.native.learning import Learning
from seedbed.engine.native.links import CopyLink, GatherLink, Link, Memory
from seedbed.engine.native.methods import choose_method, forces_direct
from seedbed.engine.native.special_links import ALL_LINKS
from seedbed.engine.native.stages import Stages, add_thread_scratch, new_program, place
from seedbed.errors import EngineError
from seedbed.network import Network, Node, Shape, layers
from seedbed.network.own import OwnLayer

_MOST = 0.8
"""Share of a network's multiply-adds that is most of them."""
FUSED = (layers.Tanh, layers.ScaledTanh, layers.ReLU, layers.Sigmoid)
"""Activations that belong to the operation that makes a value: their derivative follows from their result."""


@dataclass
class Lowered:
    """A program, where its arrays lie, and its constants by their offset into the shared floats."""

    program: _native.Program
    layout: SharedLayout
    learning: Learning
    constants: dict[int, NDArray[np.float32]]


def fused_activation(layer: layers.Layer) -> str:
    """What the program calls one of ``FUSED``."""
    is_faulty = isinstance(layer, layers.Sigmoid) and layer.gradient == "tanh"
    return "sigmoid_tanh_slope" if is_faulty else layer.notation


def link_type(node: Node) -> type[Link]:
    """What links a layer that is not fused with others.

    Raises
    ------
    EngineError
        The engine lacks it.
    """
    if type(node.layer) not in ALL_LINKS:
        other = "'torch' or 'reference'" if isinstance(node.layer, OwnLayer) else "'reference'"
        raise EngineError(f"engine 'native' lacks the layer '{node.layer.notation}'. Use engine {other}.")
    return ALL_LINKS[type(node.layer)]


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
        elif isinstance(node.layer, FUSED):
            if not current.can_activate or current.activation != "none":
                follow(CopyLink, None, node.output_shape)
                flat = False
            storages[-1].activation = fused_activation(node.layer)
        else:
            follow(link_type(node), node, node.output_shape)
            flat = False
    for link in reversed(links):
        link.settle()
    return links, storages


def convolution_methods(network: Network) -> dict[str, str]:
    """How each convolution is computed, by its name: ``direct``, or ``minimal 2×2`` with the results of a tile.

    Raises
    ------
    EngineError
        ``SEEDBED_CONVOLUTION`` holds an unknown word.
    """
    direct, methods = forces_direct(), {}
    for number, node in enumerate(network.nodes):
        if isinstance(node.layer, layers.Conv2d):
            pool = 2 if _pooling_behind(node, list(network.nodes[number + 1 :])) else 1
            minimal = None if direct else choose_method(node.layer, node.input_shape, pool)
            methods[node.name] = str(minimal or "direct")
    return methods


def lane_groups(plan: Plan) -> int:
    """As few as hold a batch, or one more for an even number of them.

    Two threads have as much to do then. It costs nothing where images are taken one by one, so most of the network must
    do so.
    """
    least = -(-plan.batch_size // LANES)
    if least % 2 == 0 or least == 1 or least == plan.batch_size:
        return least
    vectorised = total = 0.0
    for node in plan.network.nodes:
        if fans := node.layer.fans(node.input_shape):
            work = fans[0] * prod(node.output_shape)
            total += work
            if isinstance(node.layer, layers.Conv2d) and can_vectorise_channels(fans[0], node.layer.out_channels):
                vectorised += work
    return least + 1 if vectorised > _MOST * total else least


def lower(plan: Plan, direct: bool = False) -> Lowered:
    """Turn a plan into a program, if ``direct`` without minimal filtering.

    Raises
    ------
    EngineError
        The engine lacks a layer, loss or optimizer.
    """
    if plan.network.classes > _native.MOST_CLASSES:
        got = f"{plan.network.classes} from '{plan.network.nodes[-1].name}'"
        raise EngineError(f"engine 'native': expected at most {_native.MOST_CLASSES} outputs, got {got}.")
    layout = SharedLayout(plan.network)
    learning = Learning(plan, layout)
    memory = Memory(layout, plan.batch_size, lane_groups(plan), direct)
    links, storages = _link_up(plan, memory)
    lanes = place([*storages, *memory.storages])

    training = Stages()
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

    evaluation = Stages()
    evaluation.add(*learning.read_averages(op for link in links for op in link.connect()))
    evaluation.add(*learning.read_averages(op for link in links for op in link.prepare()))
    for link in links:
        evaluation.add(*learning.read_averages(link.forward(training=False)))
    write = _native.Op("write_values")
    write.input = links[-1].end.view(flat=True)
    evaluation.add(write)

    program = new_program(plan, memory, lanes, plan.network.classes, learning.memory_size)
    program.training, program.evaluation = training.finish(), evaluation.finish()
    add_thread_scratch(program)
    return Lowered(program, layout, learning, memory.constants | learning.constants)
