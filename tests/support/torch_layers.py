"""PyTorch's module for every layer: what layers are compared with."""

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.network import (
    GELU,
    RBF,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Node,
    Pad,
    ReLU,
    ScaledTanh,
    Sigmoid,
    SiLU,
    Softmax,
    Subsample,
    Tanh,
    dropout_mask,
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


class TableConv2d(nn.Conv2d):
    """A convolution in which some pairs of channels are cut."""

    def __init__(self, layer: Conv2d, in_channels: int) -> None:
        super().__init__(
            in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding, bias=layer.bias
        )
        self.register_buffer(
            "connected", torch.from_numpy(layer.connections(in_channels))[:, :, None, None], persistent=False
        )

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight * self.connected, self.bias)


class SubsampleModule(nn.Module):
    """The mean of each window, times the window's size, as a convolution of each channel for itself."""

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.weight, self.bias, self.size = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.ones(channels)), size

    def forward(self, input: Tensor) -> Tensor:
        kernels = self.weight[:, None, None, None].expand(-1, 1, self.size, self.size)
        return nn.functional.conv2d(input, kernels, self.bias, stride=self.size, groups=len(self.weight))


class RBFModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("centers", torch.zeros(10, 84))

    def forward(self, input: Tensor) -> Tensor:
        return -((input[:, None] - self.centers) ** 2).sum(dim=2)


class ScaledTanhModule(nn.Module):
    def forward(self, input: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 * input / 3)


class MaskedDropout(nn.Module):
    """Dropout with Seedbed's mask; ``place`` is seed, epoch and samples of the batch to come."""

    def __init__(self, p: float, index: int) -> None:
        super().__init__()
        self.p, self.index = p, index
        self.place: tuple[int, int, np.ndarray] = (0, 0, np.arange(0))

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        mask = dropout_mask(self.p, *self.place, self.index, tuple(input.shape[1:]))
        return input * torch.from_numpy(mask) / (1 - self.p)


class FaultySigmoid(nn.Module):
    """The sigmoid's value with the derivative of tanh: only 1 - s² stands before what is differentiated."""

    def forward(self, input: Tensor) -> Tensor:
        value = torch.sigmoid(input).detach()
        return value + (1 - value**2) * (input - input.detach())


SIMPLE = {
    Tanh: nn.Tanh,
    ScaledTanh: ScaledTanhModule,
    ReLU: nn.ReLU,
    SiLU: nn.SiLU,
    GELU: nn.GELU,
    Sigmoid: nn.Sigmoid,
    Flatten: nn.Flatten,
    RBF: RBFModule,
}


def build_layer(node: Node, index: int = 0) -> nn.Module:
    """PyTorch's module for a layer in its place; ``index`` is that in the network."""
    match node.layer:
        case Sigmoid(gradient="tanh"):
            return FaultySigmoid()
        case Conv2d(out, size, stride=stride, padding=padding, bias=bias, table=None):
            return nn.Conv2d(node.input_shape[0], out, size, stride, padding, bias=bias)
        case Conv2d() as layer:
            return TableConv2d(layer, node.input_shape[0])
        case Linear(out, bias=bias):
            return nn.Linear(node.input_shape[0], out, bias=bias)
        case AvgPool2d(size, stride, ceil_mode=ceil_mode):
            return nn.AvgPool2d(size, stride, ceil_mode=ceil_mode)
        case MaxPool2d(size, stride, ceil_mode=ceil_mode):
            return nn.MaxPool2d(size, stride, ceil_mode=ceil_mode)
        case Subsample(size):
            return SubsampleModule(node.input_shape[0], size)
        case BatchNorm(eps=eps, momentum=momentum, unbiased=unbiased):
            images = len(node.input_shape) == 3
            made_of = BiasedBatchNorm if not unbiased else nn.BatchNorm2d if images else nn.BatchNorm1d
            return made_of(node.input_shape[0], eps, momentum)
        case LocalResponseNorm(size, alpha, beta, k):
            return nn.LocalResponseNorm(size, alpha, beta, k)
        case Dropout(p):
            return MaskedDropout(p, index)
        case LeakyReLU(slope):
            return nn.LeakyReLU(slope)
        case Pad(padding):
            return nn.ZeroPad2d(padding)
        case Softmax():
            return nn.Softmax(dim=1)
    return SIMPLE[type(node.layer)]()
