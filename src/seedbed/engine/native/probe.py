"""A look inside: a second program in which every layer has a place of its own for its values and their gradients.

The program that trains hides both: activations and poolings are part of the operations before them, and the gradient
takes the place of the value. Here an activation is a copy that applies it and a plain copy behind that: in the place in
between, a gradient is multiplied with the activation's derivative, so the derivative by what the activation gives is
found behind it, and that by what enters it before it. Values are written before their gradients overwrite them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Images, Labels, Plan, ProbeResult
from seedbed.engine.native import _native
from seedbed.engine.native.layer_links import NormLink
from seedbed.engine.native.layout import SharedLayout, Storage
from seedbed.engine.native.learning import Learning
from seedbed.engine.native.limits import check_program
from seedbed.engine.native.links import CopyLink, GatherLink, Link, Memory
from seedbed.engine.native.lower import FUSED, fused_activation, lane_groups, link_type
from seedbed.engine.native.stages import Stages, add_thread_scratch, new_program, place
from seedbed.errors import EngineError
from seedbed.network import Node, Shape, layers


class EvaluatedNormLink(NormLink):
    """Batch norm with running statistics, which are constants of the backward pass."""

    def forward(self, training: bool) -> list[_native.Op]:
        return super().forward(training=False)

    def backward(self) -> list[_native.Op]:
        return [self._op("batchnorm_evaluate_backward", self.start.activation)]


@dataclass
class Site:
    """A storage that is written, as what shape, and how many numbers of each image are written before it."""

    storage: Storage
    shape: Shape
    before: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    def write(self, offset: int = 0) -> _native.Op:
        """Write what the storage holds by then, ``offset`` numbers of each image behind its place."""
        op = _native.Op("write_values")
        op.input, op.place = self.storage.view(), self.before + offset
        return op


class LinkedProbe:
    """The links of a network, with a site for every layer.

    Attributes
    ----------
    links : list of Link
    storages : list of Storage
    images : Site
    sites : dict of str to Site
        By layer; those of ``flatten`` share a storage with the one before them.
    size : int
        Numbers of all sites together.
    """

    def __init__(self, plan: Plan, memory: Memory, training: bool) -> None:
        self._memory, self._training, self.size = memory, training, 0
        image = Storage(plan.network.input_shape, can_activate=False, wants_gradient=True)
        scale, shift = memory.constant(plan.scale), memory.constant(plan.shift)
        self.links: list[Link] = [GatherLink(None, image, image, False, memory, scale, shift)]
        self.storages = [image]
        self.images = last = self._site(plan.network.input_shape)
        self.sites: dict[str, Site] = {}
        self._flat = False
        for node in plan.network.nodes:
            if isinstance(node.layer, layers.Flatten):
                if self.storages[-1].border_x:
                    self._follow(CopyLink, None, self.storages[-1].shape)
                    last = self._site(node.output_shape)
                self._flat = True
                last = replace(last, shape=node.output_shape)
            else:
                self._link(node)
                last = self._site(node.output_shape)
            self.sites[node.name] = last
        for link in reversed(self.links):
            link.settle()

    def by_storage(self, storage: Storage) -> Site | None:
        """The site that a storage belongs to, if it is written."""
        return next((site for site in (self.images, *self.sites.values()) if site.storage is storage), None)

    def _link(self, node: Node) -> None:
        if isinstance(node.layer, FUSED):
            self._follow(CopyLink, None, node.output_shape)
            self.storages[-1].activation = fused_activation(node.layer)
            self._follow(CopyLink, None, node.output_shape)
        elif isinstance(node.layer, layers.BatchNorm) and not self._training:
            self._follow(EvaluatedNormLink, node, node.output_shape)
        elif isinstance(node.layer, layers.Dropout) and not self._training:
            self._follow(CopyLink, None, node.output_shape)
        else:
            self._follow(link_type(node), node, node.output_shape)

    def _follow(self, made_of: type[Link], node: Node | None, shape: Shape) -> None:
        end = Storage(shape, wants_gradient=True)
        self.links.append(made_of(node, self.storages[-1], end, self._flat, self._memory))
        self.storages.append(end)
        self._flat = False

    def _site(self, shape: Shape) -> Site:
        site = Site(self.storages[-1], shape, self.size)
        self.size += site.size
        return site


class Probe:
    """The program for batches of one size, and the memory to run it in.

    Parameters
    ----------
    plan : Plan
        Its ``batch_size`` is the size of the batch.
    training : bool
        With the statistics of the batch and dropout, or as in evaluation.
    instruction_set : str
    threads : int
    direct : bool
        Without minimal filtering.

    Raises
    ------
    EngineError
        There is not enough memory.
    """

    def __init__(self, plan: Plan, training: bool, instruction_set: str, threads: int, direct: bool = False) -> None:
        self._plan, self._training = plan, training
        self._layout = SharedLayout(plan.network)
        self._kept = self._layout.numbers.size
        self._learning = Learning(plan, self._layout)
        memory = Memory(self._layout, plan.batch_size, lane_groups(plan), direct)
        self._linked = LinkedProbe(plan, memory, training)
        lanes = place([*self._linked.storages, *memory.storages])
        # Values first, then derivatives in the same order.
        program = new_program(plan, memory, lanes, outputs=2 * self._linked.size)
        program.probe = self._stages()
        add_thread_scratch(program)
        check_program(plan, program, threads)
        try:
            self._executor = _native.Executor(program, instruction_set, threads)
        except MemoryError:
            raise EngineError(f"not enough memory to probe {plan.batch_size} images; take fewer.") from None
        for offset, numbers in (memory.constants | self._learning.constants).items():
            self._executor.shared[offset : offset + len(numbers)] = numbers

    def run(
        self, shared: NDArray[np.float32], averages: int, images: Images, labels: Labels, numbers: NDArray[np.int64]
    ) -> ProbeResult:
        """Send a batch through.

        Parameters
        ----------
        shared : float32 array
            Shared floats of the program that trains: parameters and buffers first, as here.
        averages : int
            Where in them averages stand that take the place of the parameters; -1 if none do.
        images : array, shape (n, pixels)
        labels : uint8 array, shape (n,)
        numbers : int64 array, shape (n,)
        """
        self._executor.shared[: self._kept] = shared[: self._kept]
        if averages >= 0:
            trainable = self._layout.trainable
            self._executor.shared[:trainable] = shared[averages : averages + trainable]
        loss, found = self._executor.probe(images, labels, numbers, 0)
        count, linked = len(images), self._linked

        def array(site: Site, before: int = 0) -> NDArray[np.float32]:
            begin = count * (before + site.before)
            return found[begin : begin + count * site.size].reshape(count, *site.shape)

        gradients = {}
        for name, shape in self._plan.network.parameter_shapes.items():
            offset = self._layout.offset(name)
            gradients[name] = self._executor.gradients[offset : offset + prod(shape)].reshape(shape).copy()
        return ProbeResult(
            loss,
            {name: array(site) for name, site in linked.sites.items()},
            {name: array(site, linked.size) for name, site in linked.sites.items()},
            array(linked.images, linked.size),
            gradients,
        )

    def _stages(self) -> list[_native.Stage]:
        links, stages = self._linked.links, Stages()
        stages.add(*(op for link in links for op in link.connect()))
        stages.add(*(op for link in links for op in link.prepare()))
        for link in links:
            stages.add(*link.forward(self._training))
            stages.add(*self._written(link.end))
        for link in links:
            stages.add(*link.keep())
        stages.add(self._learning.loss(links[-1].end))
        stages.backward = True
        stages.add(*self._written(links[-1].end, self._linked.size))
        for link in reversed(links[1:]):
            stages.add(*link.backward())
            stages.add(*self._written(link.start, self._linked.size))
        stages.add(*(op for link in links for op in link.finish()))
        return stages.finish()

    def _written(self, storage: Storage, offset: int = 0) -> Iterator[_native.Op]:
        site = self._linked.by_storage(storage)
        if site is not None:
            yield site.write(offset)
