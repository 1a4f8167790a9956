"""Parts of a user's own in PyTorch: a module as it is, NumPy by way of the CPU."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.engine.losses import Loss
from seedbed.engine.own import OwnOptimizer
from seedbed.errors import EngineError
from seedbed.network import Shape
from seedbed.network.own import OwnLayer


def own_module(layer: OwnLayer, shape: Shape) -> nn.Module:
    """The layer's own module, else its NumPy as one.

    Raises
    ------
    EngineError
        Its module has other parameters than it says.
    """
    if not layer.has_torch:
        return NumPyLayer(layer, shape)
    module: nn.Module = layer.module(shape)
    got = {key: tuple(tensor.shape) for key, tensor in module.named_parameters()}
    wanted = {key: tuple(size) for key, size in layer.parameter_shapes(shape).items()}
    if got != wanted:
        raise EngineError(f"own layer '{layer.notation}': parameter_shapes says {wanted}, its module has {got}.")
    return module


class NumPyLayer(nn.Module):
    """``forward`` and ``backward`` in float64 on the CPU, differentiated by PyTorch's autograd."""

    def __init__(self, layer: OwnLayer, shape: Shape) -> None:
        super().__init__()
        self.layer = layer
        for name, size in layer.parameter_shapes(shape).items():
            self.register_parameter(name, nn.Parameter(torch.zeros(size)))

    def forward(self, input: Tensor) -> Tensor:
        names, tensors = zip(*self.named_parameters(), strict=True) if self._parameters else ((), ())
        result: Tensor = _OfNumPy.apply(self.layer, names, input, *tensors)  # type: ignore[no-untyped-call]
        return result


class _OfNumPy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, layer: OwnLayer, names: tuple[str, ...], input: Tensor, *parameters: Tensor) -> Tensor:
        ctx.layer, ctx.names = layer, names
        ctx.parameters = {name: _array(tensor) for name, tensor in zip(names, parameters, strict=True)}
        outputs, ctx.kept = layer.forward(_array(input), ctx.parameters)
        return torch.as_tensor(np.asarray(outputs), dtype=input.dtype, device=input.device)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        by_input, by_parameter = ctx.layer.backward(_array(gradient), ctx.kept, ctx.parameters)
        arrays = [by_input, *(by_parameter[name] for name in ctx.names)]
        found = (torch.as_tensor(np.asarray(one), dtype=gradient.dtype, device=gradient.device) for one in arrays)
        return None, None, *found


def own_loss_values(loss: Loss, outputs: Tensor, labels: Tensor) -> Tensor:
    """Values of a loss in NumPy whose derivatives are its slopes."""
    array, own = _array(outputs), labels.cpu().numpy()
    values, slopes = (
        torch.as_tensor(np.asarray(one), dtype=outputs.dtype, device=outputs.device)
        for one in (loss.values(array, own), loss.slopes(array, own))
    )
    linear = (outputs * slopes).sum(dim=1)
    return linear - linear.detach() + values


class OwnRule(torch.optim.Optimizer):
    """An optimizer in NumPy."""

    def __init__(self, rule: OwnOptimizer, groups: Any) -> None:
        super().__init__(groups, {"lr": 0.0, "weight_decay": 0.0})
        self.rule = rule

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for parameter in group["params"]:
                own = self.state[parameter]
                own["step"] += 1
                memory = {slot: _array(own[slot]) for slot in self.rule.slots}
                gradient = _array(parameter.grad + group["weight_decay"] * parameter)
                moved = self.rule.update(_array(parameter), gradient, memory, group["lr"], int(own["step"]))
                parameter.copy_(torch.as_tensor(moved))
                for slot in self.rule.slots:
                    own[slot].copy_(torch.as_tensor(memory[slot]))


def _array(tensor: Tensor) -> Any:
    return tensor.detach().cpu().double().numpy()
