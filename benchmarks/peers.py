"""What users would pick instead: the same recipe in PyTorch, as its tutorials write it, on tensors in memory."""

import time

import numpy as np
import torch

from seedbed.engine.base import Images, Labels, Plan
from seedbed.engine.losses import CrossEntropy
from seedbed.engine.optimizers import SGD, Adam
from seedbed.network import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Network,
    Node,
    ReLU,
    Sigmoid,
    State,
    Tanh,
)


def to_torch(network: Network, state: State) -> torch.nn.Sequential:
    """Build the same network with the same parameters."""
    modules = [_module(node) for node in network.nodes]
    for node, module in zip(network.nodes, modules, strict=True):
        own = {key.partition(".")[2]: torch.from_numpy(value.copy()) for key, value in state.items()
               if key.partition(".")[0] == node.name}  # fmt: skip
        module.load_state_dict(own, strict=False)
    return torch.nn.Sequential(*modules)


def _module(node: Node) -> torch.nn.Module:
    layer, shape = node.layer, node.input_shape
    match layer:
        case Conv2d():
            return torch.nn.Conv2d(
                shape[0], layer.out_channels, layer.kernel_size, layer.stride, layer.padding, bias=layer.bias
            )
        case Linear():
            return torch.nn.Linear(shape[0], layer.out_features, layer.bias)
        case BatchNorm():
            made_of = torch.nn.BatchNorm2d if len(shape) == 3 else torch.nn.BatchNorm1d
            return made_of(shape[0], layer.eps, layer.momentum)
        case AvgPool2d():
            return torch.nn.AvgPool2d(layer.kernel_size, layer.step)
        case MaxPool2d():
            return torch.nn.MaxPool2d(layer.kernel_size, layer.step, ceil_mode=layer.ceil_mode)
        case LocalResponseNorm():
            return torch.nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k)
        case Flatten():
            return torch.nn.Flatten()
        case Tanh():
            return torch.nn.Tanh()
        case ReLU():
            return torch.nn.ReLU()
        case Sigmoid():
            return torch.nn.Sigmoid()
    raise ValueError(f"no PyTorch module for {layer}")


class TorchPeer:
    """Trains a plan with PyTorch."""

    def __init__(self, plan: Plan, state: State, images: Images, labels: Labels, threads: int) -> None:
        torch.set_num_threads(threads)
        self.plan, self.model = plan, to_torch(plan.network, state).train()
        scale, shift = (torch.from_numpy(a).reshape(1, -1, 1, 1) for a in (plan.scale, plan.shift))
        self.images = torch.from_numpy(images.copy()).float() * scale + shift
        self.labels = torch.from_numpy(labels.astype(np.int64))
        self.one_hot = torch.nn.functional.one_hot(self.labels, plan.network.classes).float()
        self.optimizer = _optimizer(plan, self.model)

    def train(self, order: np.ndarray) -> tuple[float, list[float]]:
        """Seconds for one pass over ``order``, and the loss of each step."""
        losses = []
        index = torch.from_numpy(order)
        begun = time.perf_counter()
        for batch in index.split(self.plan.batch_size):
            outputs = self.model(self.images[batch])
            if isinstance(self.plan.loss, CrossEntropy):
                loss = torch.nn.functional.cross_entropy(outputs, self.labels[batch])
            else:
                difference = outputs - self.one_hot[batch]
                loss = self.plan.loss.scale(outputs.shape[1]) * difference.square().sum() / len(batch)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return time.perf_counter() - begun, [float(x) for x in losses]


def _optimizer(plan: Plan, model: torch.nn.Module) -> torch.optim.Optimizer:
    match plan.optimizer:
        case SGD(lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay):
            return torch.optim.SGD(model.parameters(), lr, momentum, nesterov=nesterov, weight_decay=decay)
        case Adam(lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay):
            return torch.optim.Adam(model.parameters(), lr, (beta1, beta2), eps, decay)
    raise ValueError(f"no PyTorch optimizer for {plan.optimizer}")
