"""The engine: layers in a row, forward and back, then an update."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
    memory_slots,
    with_memory,
)
from seedbed.engine.checks import check_chunk, check_images, check_probe, check_state
from seedbed.engine.own import OwnOptimizer
from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.modules import MODULES
from seedbed.engine.reference.optimizers import RULES, Update, own_step
from seedbed.engine.reference.own import Own
from seedbed.errors import EngineError
from seedbed.network import State
from seedbed.network.own import OwnLayer

_IMAGES_AT_ONCE = 256


class ReferenceEngine(Engine):
    """NumPy in float64, written to be read: the definition that other engines are checked against."""

    name = "reference"

    @property
    def value_bytes(self) -> int:
        return 8

    def start(self, plan: Plan, state: State, threads: int = 1) -> "ReferenceSession":
        """Begin a run; ``threads`` is accepted and has no effect."""
        return ReferenceSession(plan, state)

    @property
    def description(self) -> str:
        return "reference (NumPy float64)"


class ReferenceSession(Session):
    """A run in float64.

    ``state`` rounds to float32, as every engine's does, so a run that is stored and loaded goes on from slightly other
    numbers than one that was never interrupted. Where the same bits matter, use an engine that computes in float32.
    """

    images_at_once = _IMAGES_AT_ONCE

    def __init__(self, plan: Plan, state: State) -> None:
        super().__init__()
        if type(plan.optimizer) not in RULES and not isinstance(plan.optimizer, OwnOptimizer):
            raise EngineError(f"the reference engine does not know optimizer '{plan.optimizer}'.")
        self.plan = plan
        self.modules: dict[str, Module] = {}
        for index, node in enumerate(plan.network.nodes):
            if isinstance(node.layer, OwnLayer) and node.layer.has_numpy:
                self.modules[node.name] = Own(node.layer)
            elif type(node.layer) in MODULES:
                self.modules[node.name] = MODULES[type(node.layer)](node.layer)
            else:
                raise EngineError(f"the reference engine does not know layer '{node.layer}' ('{node.name}').")
            self.modules[node.name].index = index
        self.memory: dict[str, dict[str, Array]] = {}
        """What is kept for each parameter, by slot."""
        self.count = 0
        """Steps taken."""
        self.load_state(state)

    @in_turn
    def train(self, chunk: Chunk) -> Steps:
        check_chunk(self.plan, chunk)
        steps = Steps(losses=np.empty(len(chunk.lrs)), wrong=np.empty(len(chunk.lrs), dtype=np.int64))
        size = self.plan.batch_size
        # A run may diverge; its losses tell, so infinities need no warning.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for step, lr in enumerate(chunk.lrs):
                part = slice(step * size, (step + 1) * size)
                batch = chunk.order[part]
                for module in self.modules.values():
                    module.begin_batch(self.plan.seed, chunk.epoch, chunk.numbers[part])
                images, labels = chunk.images[batch], chunk.labels[batch]
                steps.losses[step], steps.wrong[step] = self._step(images, labels, float(lr))
        return steps

    @in_turn
    def outputs(self, images: Images) -> NDArray[np.float32]:
        check_images(self.plan, images)
        outputs = np.empty((len(images), self.plan.network.classes), dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"), self._averages():
            for first in range(0, len(images), _IMAGES_AT_ONCE):
                part = slice(first, first + _IMAGES_AT_ONCE)
                outputs[part] = self._forward(images[part], training=False)
        return outputs

    @in_turn
    def probe(
        self, images: Images, labels: Labels, training: bool = False, samples: NDArray[np.int64] | None = None
    ) -> ProbeResult:
        numbers = check_probe(self.plan, images, labels, samples)
        kept = {name: dict(module.buffers) for name, module in self.modules.items()}
        values: dict[str, Array] = {}
        derivatives: dict[str, Array] = {}
        with np.errstate(all="ignore"), nullcontext() if training else self._averages():
            outputs = self._enter(images)
            for name, module in self.modules.items():
                module.begin_batch(self.plan.seed, 0, numbers)
                outputs = values[name] = module.forward(outputs, training)
            gradient = self.plan.loss.gradient(outputs, labels, self.plan.class_weights)
            for name, module in reversed(self.modules.items()):
                derivatives[name] = gradient
                gradient = module.backward(gradient)
                module.buffers = kept[name]
            loss = self.plan.loss.value(outputs, labels, self.plan.class_weights)
            return ProbeResult(
                loss, _rounded(values), _rounded(derivatives), gradient.astype(np.float32), _rounded(self._gradients())
            )

    @in_turn
    def state(self) -> State:
        kept = {f"{key}/{slot}": array for key, slots in self.memory.items() for slot, array in slots.items()}
        with np.errstate(over="ignore"):
            state = {key: array.astype(np.float32) for key, array in (self._arrays() | kept).items()}
        count: NDArray[Any] = np.array(self.count, dtype=np.int64)
        return state | ({STEP: count} if self.plan.optimizer.counts_steps else {})

    @in_turn
    def load_state(self, state: State) -> None:
        check_state(self.plan, state)
        for node in self.plan.network.nodes:
            module = self.modules[node.name]
            for short, full in ((key.rpartition(".")[2], key) for key in node.parameter_shapes):
                module.parameters[short] = state[full].astype(np.float64)
            for short, full in ((key.rpartition(".")[2], key) for key in node.buffer_shapes):
                module.buffers[short] = state[full].astype(np.float64)
        state = with_memory(self.plan, state)
        self.memory = {
            key: {slot: state[f"{key}/{slot}"].astype(np.float64) for slot in memory_slots(self.plan)}
            for key in self.plan.network.parameter_shapes
        }
        self.count = int(state.get(STEP, 0))

    def _step(self, images: Images, labels: Labels, lr: float) -> tuple[float, int]:
        """One batch: forward, loss, backward, update. Returns the loss and the number of wrong answers."""
        outputs = self._forward(images, training=True)
        gradient = self.plan.loss.gradient(outputs, labels, self.plan.class_weights)
        for module in reversed(self.modules.values()):
            gradient = module.backward(gradient)
        loss = self.plan.loss.value(outputs, labels, self.plan.class_weights)
        self._update(lr)
        return loss, int(np.count_nonzero(outputs.argmax(axis=1) != labels))

    def _update(self, lr: float) -> None:
        """Move every parameter, and its average after it."""
        plan, gradients = self.plan, self._gradients()
        if plan.clip_norm is not None:
            norm = np.sqrt(sum(np.square(gradient).sum() for gradient in gradients.values()))
            # Not min(): a gradient that is NaN must stay one.
            factor = np.minimum(1, plan.clip_norm / (norm + 1e-6))
            gradients = {key: factor * gradient for key, gradient in gradients.items()}
        self.count += 1
        arrays, take_step = self._arrays(), RULES.get(type(plan.optimizer), own_step)
        for key, gradient in gradients.items():
            decay = plan.decay.get(key, plan.optimizer.weight_decay)
            take_step(plan.optimizer, Update(arrays[key], gradient, self.memory[key], lr, decay, self.count))
            if plan.average is not None:
                average = self.memory[key][AVERAGE]
                average += (1 - plan.average) * (arrays[key] - average)

    @contextmanager
    def _averages(self) -> Iterator[None]:
        """While entered, the averages stand in the place of the parameters, if the plan has them."""
        trained = {name: dict(module.parameters) for name, module in self.modules.items()}
        if self.plan.average is not None:
            for name, module in self.modules.items():
                module.parameters.update({key: self.memory[f"{name}.{key}"][AVERAGE] for key in module.parameters})
        try:
            yield
        finally:
            for name, module in self.modules.items():
                module.parameters.update(trained[name])

    def _enter(self, images: Images) -> Array:
        """Images as they enter the network."""
        scale, shift = self.plan.scale.astype(np.float64), self.plan.shift.astype(np.float64)
        values: Array = images * scale[:, np.newaxis, np.newaxis] + shift[:, np.newaxis, np.newaxis]
        return values

    def _forward(self, images: Images, training: bool) -> Array:
        values = self._enter(images)
        for module in self.modules.values():
            values = module.forward(values, training)
        return values

    def _gradients(self) -> dict[str, Array]:
        return {
            f"{name}.{key}": module.gradients[key] for name, module in self.modules.items() for key in module.parameters
        }

    def _arrays(self) -> dict[str, Array]:
        return {
            f"{name}.{key}": array
            for name, module in self.modules.items()
            for key, array in (module.parameters | module.buffers).items()
        }


def _rounded(arrays: dict[str, Array]) -> dict[str, NDArray[np.float32]]:
    return {name: array.astype(np.float32) for name, array in arrays.items()}
