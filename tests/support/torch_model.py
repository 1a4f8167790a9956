"""The same network and training in PyTorch: what engines are compared with."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_layers import MaskedDropout, build_layer

from seedbed.engine.base import Plan
from seedbed.engine.losses import CrossEntropy, Hinge, Loss, SquaredHinge
from seedbed.engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from seedbed.network import State


def batch_loss(loss: Loss, outputs: Tensor, labels: Tensor) -> Tensor:
    """PyTorch's own losses, from which half the sum of squares is made; the hinges, which it lacks, by formula."""
    if isinstance(loss, CrossEntropy):
        return nn.functional.cross_entropy(outputs, labels, label_smoothing=loss.label_smoothing)
    target = nn.functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    if isinstance(loss, Hinge):
        lacking = nn.functional.relu(1 - (2 * target - 1) * outputs)
        values = loss.C * lacking.pow(2 if isinstance(loss, SquaredHinge) else 1).sum(dim=1)
        return values.sum() if loss.reduction == "sum" else values.mean()
    if str(loss) == "mse(reduction=mean)":
        return nn.functional.mse_loss(outputs, target)
    return nn.functional.mse_loss(outputs, target, reduction="sum") / 2 / len(outputs)


def weighted_loss(loss: Loss, outputs: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """PyTorch's own weighted cross entropy; the others as weighted means of the losses of single images.

    With label smoothing PyTorch weighs the terms of the classes, not those of the images.
    """
    if isinstance(loss, CrossEntropy) and loss.label_smoothing == 0:
        return nn.functional.cross_entropy(outputs, labels, weight=weights)
    values = torch.stack([batch_loss(loss, outputs[i : i + 1], labels[i : i + 1]) for i in range(len(labels))])
    total = (weights[labels] * values).sum()
    return total if loss.is_sum else total / weights[labels].sum()


def build_optimizer(plan: Plan, parameters: dict[str, nn.Parameter]) -> torch.optim.Optimizer:
    """PyTorch's optimizer, with a group for each parameter that has its own weight decay."""
    rule = plan.optimizer
    groups = [
        {"params": [parameter], "weight_decay": plan.decay.get(key, rule.weight_decay)}
        for key, parameter in parameters.items()
    ]
    match rule:
        case SGD():
            return torch.optim.SGD(groups, 0.0, rule.momentum, nesterov=rule.nesterov)
        case Adagrad():
            start = rule.initial_accumulator_value
            return torch.optim.Adagrad(groups, 0.0, rule.lr_decay, initial_accumulator_value=start, eps=rule.eps)
        case Adadelta():
            return torch.optim.Adadelta(groups, 0.0, rule.rho, rule.eps)
        case RMSprop():
            return torch.optim.RMSprop(
                groups, 0.0, rule.alpha, rule.eps, momentum=rule.momentum, centered=rule.centered
            )
        case Adam():
            made_of = torch.optim.AdamW if isinstance(rule, AdamW) else torch.optim.Adam
            return made_of(groups, 0.0, (rule.beta1, rule.beta2), rule.eps)
    raise NotImplementedError(rule)


@dataclass
class TorchRun:
    """What PyTorch gave.

    Attributes
    ----------
    outputs : of the first batch in evaluation mode, before training
    losses : of each step
    gradients : of the last step, by full name
    state : parameters, buffers, averages and the optimizer's arrays after the last step
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
    """Train on the images in their order, one batch after the other."""
    model = nn.Sequential()
    for index, node in enumerate(plan.network.nodes):
        model.add_module(node.name, build_layer(node, index))
    model.to(dtype).load_state_dict({key: torch.from_numpy(array) for key, array in state.items()}, strict=False)
    scale, shift = (torch.from_numpy(a).to(dtype)[:, None, None] for a in (plan.scale, plan.shift))
    pixels, targets = torch.from_numpy(images).to(dtype) * scale + shift, torch.from_numpy(labels).long()
    size = plan.batch_size
    with torch.no_grad():
        outputs = model.eval()(pixels[:size]).double().numpy()
    model.train()
    parameters = dict(model.named_parameters()) or {"none": nn.Parameter(torch.zeros(1))}
    optimizer = build_optimizer(plan, parameters)
    averages = None
    if plan.average is not None:
        averages = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(plan.average))
        # The first update copies: the averages begin at the first values.
        averages.update_parameters(model)
    losses = []
    for step, lr in enumerate(lrs):
        batch = slice(step * size, (step + 1) * size)
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        for module in model:
            if isinstance(module, MaskedDropout):
                module.place = plan.seed, 0, np.arange(len(pixels))[batch]
        answers = model(pixels[batch])
        if plan.class_weights is None:
            loss = batch_loss(plan.loss, answers, targets[batch])
        else:
            loss = weighted_loss(plan.loss, answers, targets[batch], torch.from_numpy(plan.class_weights).to(dtype))
        if loss.requires_grad:
            loss.backward()
        if plan.clip_norm is not None:
            nn.utils.clip_grad_norm_(parameters.values(), plan.clip_norm)
        optimizer.step()
        if averages is not None:
            averages.update_parameters(model)
        losses.append(float(loss.detach()))
    kept = dict(model.state_dict())
    for key, parameter in parameters.items():
        names = {"momentum_buffer": "momentum"}
        memory = {names.get(name, name): array for name, array in optimizer.state[parameter].items()}
        kept |= {f"{key}/{slot}": memory[slot] for slot in plan.optimizer.slots if slot in memory}
    if averages is not None:
        kept |= {f"{key}/average": average.detach() for key, average in averages.module.named_parameters()}
    return TorchRun(
        outputs=outputs,
        losses=np.array(losses),
        gradients={key: p.grad.double().numpy() for key, p in model.named_parameters() if p.grad is not None},
        state={key: t.double().numpy() for key, t in kept.items() if "num_batches" not in key},
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
    beside: int = 3,
) -> Spread:
    """Run PyTorch in float64 once and in float32 from some starts, ``beside`` of them ``ulps`` off in every weight."""
    exact = run_torch(plan, state, images, labels, lrs)
    starts = [state, *(_beside(state, ulps, seed) for seed in range(beside))]
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
