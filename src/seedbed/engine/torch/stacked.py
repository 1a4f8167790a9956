"""Several runs of one recipe as one model, in which each layer computes all of them at once."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from seedbed.engine.base import STEP, Chunk, Images, Plan, Steps, with_memory
from seedbed.engine.checks import check_chunk, check_images, check_state
from seedbed.engine.torch.device import IMAGES_AT_ONCE, ArrayCache, exactly, fetch_numbers, send, send_state
from seedbed.engine.torch.losses import batch_loss, check_loss
from seedbed.engine.torch.masks import draw_masks
from seedbed.engine.torch.model import build_network
from seedbed.engine.torch.modules import PerChannel
from seedbed.engine.torch.updates import Updates
from seedbed.errors import EngineError
from seedbed.network import State

Tensors = dict[str, Tensor]


class StackedRuns:
    """Runs of one recipe, one beside the other along the first axis of every tensor.

    A small network leaves most of a GPU idle; several seeds of it fill it. Each run is, to rounding, what a
    ``TorchSession`` makes of it.

    Parameters
    ----------
    plans : sequence of Plan
        They differ in ``seed`` alone.
    states : sequence of State
        One for each plan, all after the same number of steps.
    device : torch.device
    threads : int

    Raises
    ------
    EngineError
        Plans or states do not go together, or the engine lacks something that the plans ask for.
    """

    def __init__(self, plans: Sequence[Plan], states: Sequence[State], device: torch.device, threads: int) -> None:
        self._plan, self._seeds = plans[0], [plan.seed for plan in plans]
        self._device, self._threads = device, threads
        _require_equal("plans", [_recipe(plan) for plan in plans])
        check_loss(self._plan.loss)
        entry = PerChannel(torch.tensor(self._plan.scale), torch.tensor(self._plan.shift))
        self._model = build_network(self._plan.network, entry).to(device)
        self._parameters = {
            key: nn.Parameter(torch.empty(len(plans), *shape, device=device))
            for key, shape in self._plan.network.parameter_shapes.items()
        }
        self._buffers: Tensors = {}
        self._updates = Updates(self._plan, self._parameters)
        self._cache = ArrayCache(device)
        weights = self._plan.class_weights
        self._class_weights = None if weights is None else send(weights, device)
        self.load_states(states)

    def train(self, chunks: Sequence[Chunk]) -> list[Steps]:
        """Take the steps of each run: on the same images, at the same rates, in an order of its own.

        Raises
        ------
        EngineError
            A chunk does not fit the plan or the others.
        """
        self._require_one_each("chunks", chunks)
        for chunk in chunks:
            check_chunk(self._plan, chunk)
        _require_equal("chunks", [(s.epoch, id(s.images), id(s.labels), s.lrs.tolist()) for s in chunks])
        size, first = self._plan.batch_size, chunks[0]
        losses, wrong = [], []
        self._model.train()
        differentiate = vmap(grad_and_value(self._loss, has_aux=True))
        with exactly(self._device, self._threads):
            images, labels = self._cache.fetch(first)
            orders = send(np.stack([chunk.order for chunk in chunks]), self._device)
            samples = send(np.stack([chunk.numbers for chunk in chunks]), self._device)
            for step, lr in enumerate(first.lrs):
                part = slice(step * size, (step + 1) * size)
                batch = orders[:, part]
                targets = labels[batch].long()
                buffers = self._buffers | self._masks(first.epoch, samples[:, part])
                gradients, (loss, outputs) = differentiate(dict(self._parameters), buffers, images[batch], targets)
                self._update(gradients, float(lr))
                losses.append(loss.detach())
                wrong.append((outputs.argmax(dim=2) != targets).sum(dim=1))
            runs = len(self._seeds)
            found = fetch_numbers(losses, runs).astype(np.float64), fetch_numbers(wrong, runs).astype(np.int64)
        return [Steps(*of_run) for of_run in zip(found[0].T, found[1].T, strict=True)]

    def outputs(self, images: Images) -> NDArray[np.float32]:
        """Outputs of every run in evaluation mode, float32, shape (runs, n, classes); of the averages if there are
        some."""
        check_images(self._plan, images)
        outputs = np.empty((len(self._seeds), len(images), self._plan.network.classes), dtype=np.float32)
        self._model.eval()
        arrays = {key: parameter.detach() for key, parameter in self._parameters.items()}
        arrays |= self._updates.averages | self._buffers
        answer = vmap(lambda own, inputs: functional_call(self._model, own, inputs), in_dims=(0, None))
        with exactly(self._device, self._threads), torch.no_grad():
            for first in range(0, len(images), IMAGES_AT_ONCE):
                part = slice(first, first + IMAGES_AT_ONCE)
                outputs[:, part] = answer(arrays, send(images[part], self._device)).cpu().numpy()
        return outputs

    def states(self) -> list[State]:
        """State of every run, as ``Session.state`` gives it."""
        tensors = self._parameters | self._buffers | self._updates.memory()
        stacked = {key: tensor.detach().cpu().numpy() for key, tensor in tensors.items()}
        if self._plan.optimizer.counts_steps:
            stacked[STEP] = np.full(len(self._seeds), self._updates.count, dtype=np.int64)
        return [{key: array[run].copy() for key, array in stacked.items()} for run in range(len(self._seeds))]

    def load_states(self, states: Sequence[State]) -> None:
        """Set what ``states`` gave earlier, or sessions of any engine.

        Raises
        ------
        EngineError
        """
        self._require_one_each("states", states)
        for state in states:
            check_state(self._plan, state)
        full = [with_memory(self._plan, state) for state in states]
        _require_equal("states", [int(state.get(STEP, 0)) for state in full])
        tensors = send_state({key: np.stack([state[key] for state in full]) for key in full[0]}, self._device)
        with torch.no_grad():
            for key, parameter in self._parameters.items():
                parameter.copy_(tensors[key])
        self._buffers = {key: tensors[key] for key in self._plan.network.buffer_shapes}
        if STEP in tensors:
            tensors[STEP] = tensors[STEP][0]
        self._updates.load(tensors)

    def _require_one_each(self, what: str, values: Sequence[object]) -> None:
        if len(values) != len(self._seeds):
            raise EngineError(f"{what}: expected one for each of {len(self._seeds)} runs, got {len(values)}.")

    def _loss(self, parameters: Tensors, buffers: Tensors, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and outputs of a batch, for one run; running statistics among the buffers follow."""
        outputs: Tensor = functional_call(self._model, parameters | buffers, images)
        return batch_loss(self._plan.loss, outputs, targets, self._class_weights), outputs

    def _masks(self, epoch: int, samples: Tensor) -> Tensors:
        runs = [
            draw_masks(self._plan.network, seed, epoch, own) for seed, own in zip(self._seeds, samples, strict=True)
        ]
        return {key: torch.stack([masks[key] for masks in runs]) for key in runs[0]}

    def _update(self, gradients: Tensors, lr: float) -> None:
        if self._plan.clip_norm is not None and gradients:
            norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients.values()]).norm(dim=0)
            factors = (self._plan.clip_norm / (norms + 1e-6)).clamp(max=1.0)
            gradients = {
                key: gradient * factors.view(-1, *[1] * (gradient.ndim - 1)) for key, gradient in gradients.items()
            }
        for key, gradient in gradients.items():
            self._parameters[key].grad = gradient
        self._updates.take_step(lr)


def _recipe(plan: Plan) -> tuple[object, ...]:
    """All of a plan but its seed."""
    names = plan.network, plan.loss, plan.optimizer, plan.batch_size, plan.average, plan.clip_norm
    weights = None if plan.class_weights is None else plan.class_weights.tolist()
    return *names, dict(plan.decay), plan.scale.tolist(), plan.shift.tolist(), weights


def _require_equal(what: str, values: Sequence[object]) -> None:
    for place, value in enumerate(values):
        if value != values[0]:
            raise EngineError(
                f"{what}: stacked runs differ in their seed and the order of their images alone, "
                f"number {place} differs from number 0 in more. Train it in a session of its own."
            )
