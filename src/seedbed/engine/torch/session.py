"""One run in PyTorch, behind the protocol of all engines."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from seedbed.engine.base import STEP, Chunk, Images, Labels, Plan, ProbeResult, Session, Steps, in_turn, with_memory
from seedbed.engine.checks import check_chunk, check_images, check_probe, check_state
from seedbed.engine.torch.device import IMAGES_AT_ONCE, ArrayCache, exactly, fetch_numbers, send, send_state
from seedbed.engine.torch.losses import batch_loss, check_loss
from seedbed.engine.torch.masks import draw_masks
from seedbed.engine.torch.model import build_network
from seedbed.engine.torch.modules import PerChannel
from seedbed.engine.torch.updates import Updates
from seedbed.network import State

_INPUT = "input"
"""The module that images enter by."""


class TorchSession(Session):
    """A run as a ``nn.Sequential`` on a device."""

    images_at_once = IMAGES_AT_ONCE

    def __init__(self, plan: Plan, state: State, device: torch.device, threads: int) -> None:
        super().__init__()
        check_loss(plan.loss)
        self._plan, self._device, self._threads = plan, device, threads
        entry = PerChannel(torch.tensor(plan.scale), torch.tensor(plan.shift))
        self._model = build_network(plan.network, entry).to(device)
        self._parameters = dict(self._model.named_parameters())
        self._updates = Updates(plan, self._parameters)
        self._cache = ArrayCache(device)
        self._class_weights = None if plan.class_weights is None else send(plan.class_weights, device)
        self.load_state(state)

    @in_turn
    def train(self, chunk: Chunk) -> Steps:
        check_chunk(self._plan, chunk)
        size = self._plan.batch_size
        losses, wrong = [], []
        self._model.train()
        with exactly(self._device, self._threads):
            images, labels = self._cache.fetch(chunk)
            order, samples = (send(each, self._device) for each in (chunk.order, chunk.numbers))
            for step, lr in enumerate(chunk.lrs):
                part = slice(step * size, (step + 1) * size)
                batch = order[part]
                targets = labels[batch].long()
                masks = draw_masks(self._plan.network, self._plan.seed, chunk.epoch, samples[part])
                outputs = functional_call(self._model, masks, images[batch])
                loss = batch_loss(self._plan.loss, outputs, targets, self._class_weights)
                self._update(loss, float(lr))
                losses.append(loss.detach())
                wrong.append((outputs.argmax(dim=1) != targets).sum())
            found = fetch_numbers(losses), fetch_numbers(wrong)
        return Steps(found[0].astype(np.float64), found[1].astype(np.int64))

    @in_turn
    def outputs(self, images: Images) -> NDArray[np.float32]:
        check_images(self._plan, images)
        outputs = np.empty((len(images), self._plan.network.classes), dtype=np.float32)
        self._model.eval()
        with exactly(self._device, self._threads), torch.no_grad():
            for first in range(0, len(images), IMAGES_AT_ONCE):
                part = slice(first, first + IMAGES_AT_ONCE)
                inputs = send(images[part], self._device)
                outputs[part] = functional_call(self._model, self._updates.averages, inputs).cpu().numpy()
        return outputs

    @in_turn
    def probe(
        self, images: Images, labels: Labels, training: bool = False, samples: NDArray[np.int64] | None = None
    ) -> ProbeResult:
        numbers = check_probe(self._plan, images, labels, samples)
        self._model.train(training)
        values: dict[str, Tensor] = {}
        with exactly(self._device, self._threads), self._keeping(values):
            own = self._parameters if training else self._parameters | self._updates.averages
            wanted = {key: tensor.detach().requires_grad_() for key, tensor in own.items()}
            # Running statistics are copies: they follow the batch.
            others = {key: buffer.clone() for key, buffer in self._model.named_buffers()}
            if training:
                others |= draw_masks(self._plan.network, self._plan.seed, 0, send(numbers, self._device))
            outputs = functional_call(self._model, wanted | others, send(images, self._device))
            targets = send(labels, self._device).long()
            loss = batch_loss(self._plan.loss, outputs, targets, self._class_weights)
            found = torch.autograd.grad(loss, [*values.values(), *wanted.values()])
        arrays = [tensor.cpu().numpy() for tensor in found]
        derivatives = dict(zip(values, arrays, strict=False))
        image_derivatives = derivatives.pop(_INPUT)
        values.pop(_INPUT)
        return ProbeResult(
            loss.item(),
            {name: value.detach().cpu().numpy() for name, value in values.items()},
            derivatives,
            image_derivatives,
            dict(zip(wanted, arrays[len(values) + 1 :], strict=True)),
        )

    @contextmanager
    def _keeping(self, values: dict[str, Tensor]) -> Iterator[None]:
        """While entered, what each module gives is kept by its name; images are something to differentiate by."""

        def keep(name: str, output: Tensor) -> Tensor:
            values[name] = output if output.requires_grad else output.detach().requires_grad_()
            return values[name]

        hooks = [
            module.register_forward_hook(lambda module, inputs, output, name=name: keep(name, output))
            for name, module in self._model.named_children()
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    @in_turn
    def state(self) -> State:
        network, own = self._plan.network, self._model.state_dict()
        tensors = {key: own[key] for key in network.parameter_shapes | network.buffer_shapes} | self._updates.memory()
        state = {key: tensor.detach().cpu().numpy().copy() for key, tensor in tensors.items()}
        count = {STEP: np.array(self._updates.count, dtype=np.int64)}
        return state | (count if self._plan.optimizer.counts_steps else {})

    @in_turn
    def load_state(self, state: State) -> None:
        check_state(self._plan, state)
        tensors = send_state(with_memory(self._plan, state), self._device)
        self._model.load_state_dict(tensors, strict=False)
        self._updates.load(tensors)

    def _update(self, loss: Tensor, lr: float) -> None:
        self._model.zero_grad()
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        if self._plan.clip_norm is not None:
            nn.utils.clip_grad_norm_(self._parameters.values(), self._plan.clip_norm)
        self._updates.take_step(lr)
