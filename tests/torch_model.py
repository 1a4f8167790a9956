"""The same network and training in PyTorch: what engines are compared with."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy, Loss
from seedbed.engine.optimizers import SGD
from seedbed.network import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Node,
    Pad,
    ReLU,
    Sigmoid,
    Softmax,
    State,
    Tanh,
)


class BiasedBatchNorm(nn.BatchNorm1d):
    """PyTorch's batch norm, but the biased variance enters the running one."""

    def _check_input_dim(self, input: Tensor) -> None:
        pass

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        axes = [axis for axis in range(input.ndim) if axis != 1]
        with torch.no_grad():
            self.running_mean.lerp_(input.mean(axes), self.momentum)
            self.running_var.lerp_(input.var(axes, unbiased=False), self.momentum)
        return nn.functional.batch_norm(input, None, None, self.weight, self.bias, training=True, eps=self.eps)


def build_layer(node: Node) -> nn.Module:
    """PyTorch's module for a layer in its place."""
    match node.layer:
        case Conv2d(out, size, stride, padding, bias):
            return nn.Conv2d(node.input_shape[0], out, size, stride, padding, bias=bias)
        case Linear(out, bias):
            return nn.Linear(node.input_shape[0], out, bias=bias)
        case AvgPool2d(size, stride):
            return nn.AvgPool2d(size, stride)
        case MaxPool2d(size, stride):
            return nn.MaxPool2d(size, stride)
        case BatchNorm(eps, momentum, unbiased):
            images = len(node.input_shape) == 3
            made_of = BiasedBatchNorm if not unbiased else nn.BatchNorm2d if images else nn.BatchNorm1d
            return made_of(node.input_shape[0], eps, momentum)
        case Pad(padding):
            return nn.ZeroPad2d(padding)
        case Softmax():
            return nn.Softmax(dim=1)
        case Tanh() | ReLU() | Sigmoid() | Flatten() as layer:
            return {Tanh: nn.Tanh, ReLU: nn.ReLU, Sigmoid: nn.Sigmoid, Flatten: nn.Flatten}[type(layer)]()
    raise NotImplementedError(node.layer)


def mean_loss(loss: Loss, outputs: Tensor, labels: Tensor) -> Tensor:
    """PyTorch's own losses, from which half the sum of squares is made."""
    if isinstance(loss, CrossEntropy):
        return nn.functional.cross_entropy(outputs, labels)
    target = nn.functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    if str(loss) == "mse(reduction=mean)":
        return nn.functional.mse_loss(outputs, target)
    return nn.functional.mse_loss(outputs, target, reduction="sum") / 2 / len(outputs)


@dataclass
class TorchRun:
    """What PyTorch gave.

    Attributes
    ----------
    outputs : of the first batch in evaluation mode, before training
    losses : of each step
    gradients : of the last step, by full name
    state : parameters and buffers after the last step
    """

    outputs: NDArray[np.float64]
    losses: NDArray[np.float64]
    gradients: dict[str, NDArray[np.float64]]
    state: dict[str, NDArray[np.float64]]


def run_torch(
    plan: Plan,
    state: State,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    lrs: NDArray[np.float64],
    dtype: torch.dtype = torch.float64,
) -> TorchRun:
    """Train on the images in their order, one batch after the other, with ``torch.optim.SGD``."""
    model = nn.Sequential()
    for node in plan.network.nodes:
        model.add_module(node.name, build_layer(node))
    model.to(dtype).load_state_dict({key: torch.from_numpy(array) for key, array in state.items()}, strict=False)
    scale, shift = (torch.from_numpy(a).to(dtype)[:, None, None] for a in (plan.scale, plan.shift))
    pixels, targets = torch.from_numpy(images).to(dtype) * scale + shift, torch.from_numpy(labels).long()
    rule, size = plan.optimizer, plan.batch_size
    assert isinstance(rule, SGD)
    with torch.no_grad():
        outputs = model.eval()(pixels[:size]).double().numpy()
    model.train()
    parameters = list(model.parameters()) or [nn.Parameter(torch.zeros(1))]
    optimizer = torch.optim.SGD(parameters, 0.0, rule.momentum, 0.0, rule.weight_decay, nesterov=rule.nesterov)
    losses = []
    for step, lr in enumerate(lrs):
        batch = slice(step * size, (step + 1) * size)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        loss = mean_loss(plan.loss, model(pixels[batch]), targets[batch])
        if loss.requires_grad:
            loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return TorchRun(
        outputs=outputs,
        losses=np.array(losses),
        gradients={key: p.grad.double().numpy() for key, p in model.named_parameters() if p.grad is not None},
        state={key: t.double().numpy() for key, t in model.state_dict().items() if "num_batches" not in key},
    )


@dataclass
class Spread:
    """What rounding to float32 does to a training run, measured on PyTorch.

    The largest distance between float32 and float64 over four starts, one of them as given, the others some ulp off in
    every weight. Another correct float32 engine adds up in another order, which draws another error of the same size;
    eight times the largest of four leaves room for the luck of the draw.

    Attributes
    ----------
    exact : the run in float64
    outputs, losses : largest distance of any of them
    state : root mean square distance of each array
    """

    exact: TorchRun
    outputs: float
    losses: float
    state: dict[str, float]

    ROOM = 8


def measure_spread(
    plan: Plan,
    state: State,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    lrs: NDArray[np.float64],
    ulps: int = 1,
) -> Spread:
    """Run PyTorch in float64 once and in float32 from four starts, three of them ``ulps`` off in every weight."""
    exact = run_torch(plan, state, images, labels, lrs)
    starts = [state, *(_beside(state, ulps, seed) for seed in range(3))]
    runs = [run_torch(plan, start, images, labels, lrs, torch.float32) for start in starts]
    return Spread(
        exact,
        outputs=max(float(np.abs(run.outputs - exact.outputs).max()) for run in runs),
        losses=max(float(np.abs(run.losses - exact.losses).max()) for run in runs),
        state={key: max(distance(run.state[key], array) for run in runs) for key, array in exact.state.items()},
    )


def distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Root mean square of the difference."""
    return float(np.sqrt(np.mean(np.square(a.astype(np.float64) - b))))


def _beside(state: State, ulps: int, seed: int) -> State:
    random = np.random.default_rng(seed)
    return {
        key: a + random.choice([-ulps, ulps], a.shape).astype(np.float32) * np.spacing(np.abs(a)) if a.ndim > 1 else a
        for key, a in state.items()
    }
