"""The engine: layers in a row, forward and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Engine, Images, Labels, Plan, Session, Steps, memory_shapes
from seedbed.engine.checks import check_images, check_state, check_stretch
from seedbed.engine.optimizers import SGD
from seedbed.engine.reference.activations import ReLU, Sigmoid, Softmax, Tanh
from seedbed.engine.reference.batchnorm import BatchNorm
from seedbed.engine.reference.conv2d import Conv2d
from seedbed.engine.reference.linear import Linear
from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.pool2d import AvgPool2d, MaxPool2d
from seedbed.engine.reference.reshaping import Flatten, Pad
from seedbed.engine.reference.sgd import take_step
from seedbed.errors import EngineError
from seedbed.network import State, layers

# Any: each module takes its own kind of layer, which its key names.
MODULES: dict[type[layers.Layer], Callable[[Any], Module]] = {
    layers.Conv2d: Conv2d,
    layers.Linear: Linear,
    layers.AvgPool2d: AvgPool2d,
    layers.MaxPool2d: MaxPool2d,
    layers.BatchNorm: BatchNorm,
    layers.Tanh: Tanh,
    layers.ReLU: ReLU,
    layers.Sigmoid: Sigmoid,
    layers.Softmax: Softmax,
    layers.Flatten: Flatten,
    layers.Pad: Pad,
}
"""What computes each kind of layer."""

_IMAGES_AT_ONCE = 256


class ReferenceEngine(Engine):
    """NumPy in float64, written to be read: the definition that other engines are checked against."""

    name = "reference"

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

    def __init__(self, plan: Plan, state: State) -> None:
        if not isinstance(plan.optimizer, SGD):
            raise EngineError(f"the reference engine does not know optimizer '{plan.optimizer}'; use sgd.")
        self.plan, self.rule = plan, plan.optimizer
        self.modules: dict[str, Module] = {}
        for node in plan.network.nodes:
            if type(node.layer) not in MODULES:
                raise EngineError(f"the reference engine does not know layer '{node.layer}' ('{node.name}').")
            self.modules[node.name] = MODULES[type(node.layer)](node.layer)
        self.memory: dict[str, Array] = {}
        self.load_state(state)

    def train(self, images: Images, labels: Labels, order: NDArray[np.int64], lrs: NDArray[np.float64]) -> Steps:
        check_stretch(self.plan, images, labels, order, lrs)
        steps = Steps(losses=np.empty(len(lrs)), wrong=np.empty(len(lrs), dtype=np.int64))
        size = self.plan.batch_size
        # A run may diverge; its losses tell, so infinities need no warning.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for step, lr in enumerate(lrs):
                batch = order[step * size : (step + 1) * size]
                steps.losses[step], steps.wrong[step] = self._step(images[batch], labels[batch], float(lr))
        return steps

    def outputs(self, images: Images) -> NDArray[np.float32]:
        check_images(self.plan, images)
        outputs = np.empty((len(images), self.plan.network.classes), dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for first in range(0, len(images), _IMAGES_AT_ONCE):
                part = slice(first, first + _IMAGES_AT_ONCE)
                outputs[part] = self._forward(images[part], training=False)
        return outputs

    def state(self) -> State:
        with np.errstate(over="ignore"):
            return {key: array.astype(np.float32) for key, array in (self._arrays() | self.memory).items()}

    def load_state(self, state: State) -> None:
        check_state(self.plan, state)
        for node in self.plan.network.nodes:
            module = self.modules[node.name]
            for short, full in ((key.rpartition(".")[2], key) for key in node.parameter_shapes):
                module.parameters[short] = state[full].astype(np.float64)
            for short, full in ((key.rpartition(".")[2], key) for key in node.buffer_shapes):
                module.buffers[short] = state[full].astype(np.float64)
        for key, shape in memory_shapes(self.plan).items():
            self.memory[key] = state[key].astype(np.float64) if key in state else np.zeros(shape)

    def _step(self, images: Images, labels: Labels, lr: float) -> tuple[float, int]:
        """One batch: forward, loss, backward, update. Returns the mean loss and the number of wrong answers."""
        outputs = self._forward(images, training=True)
        gradient = self.plan.loss.gradient(outputs, labels)
        for module in reversed(self.modules.values()):
            gradient = module.backward(gradient)
        for name, module in self.modules.items():
            for key, parameter in module.parameters.items():
                velocity = self.memory.get(f"{name}.{key}/momentum")
                take_step(self.rule, lr, parameter, module.gradients[key], velocity)
        loss = float(self.plan.loss.values(outputs, labels).mean())
        return loss, int(np.count_nonzero(outputs.argmax(axis=1) != labels))

    def _forward(self, images: Images, training: bool) -> Array:
        scale, shift = self.plan.scale.astype(np.float64), self.plan.shift.astype(np.float64)
        values = images * scale[:, np.newaxis, np.newaxis] + shift[:, np.newaxis, np.newaxis]
        for module in self.modules.values():
            values = module.forward(values, training)
        return values

    def _arrays(self) -> dict[str, Array]:
        return {
            f"{name}.{key}": array
            for name, module in self.modules.items()
            for key, array in (module.parameters | module.buffers).items()
        }
