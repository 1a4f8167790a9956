"""PyTorch's module for every layer; those that PyTorch lacks are written here and need nothing but PyTorch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seedbed.network import Shape, layers


class PerChannel(nn.Module):
    """x·scale + shift per channel, of uint8 or float32 images (n, channels, height, width)."""

    scale: Tensor
    shift: Tensor

    def __init__(self, scale: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale[:, None, None])
        self.register_buffer("shift", shift[:, None, None])

    def forward(self, input: Tensor) -> Tensor:
        return input * self.scale + self.shift


class TableConv2d(nn.Conv2d):
    """``nn.Conv2d`` in which some pairs of channels are cut: those at 0 in ``connected``, shape (out, in)."""

    connected: Tensor

    def __init__(self, *arguments: Any, connected: Tensor, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register_buffer("connected", connected[:, :, None, None], persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight * self.connected
        return F.conv2d(input, weight, self.bias, self.stride, self.padding)


class Subsample(nn.Module):
    """weight[c] · Σ window + bias[c] over square windows side by side."""

    def __init__(self, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, input: Tensor) -> Tensor:
        sums = F.avg_pool2d(input, self.kernel_size, divisor_override=1)
        return self.weight[:, None, None] * sums + self.bias[:, None, None]

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, kernel_size={self.kernel_size}"


class BatchNorm(nn.BatchNorm2d):
    """``nn.BatchNorm1d`` and ``nn.BatchNorm2d`` in one, which also takes a single value per channel.

    ``unbiased`` tells which variance of the batch enters the running one; PyTorch's own modules know only True.
    """

    running_mean: Tensor
    running_var: Tensor
    momentum: float

    def __init__(self, features: int, eps: float, momentum: float, unbiased: bool) -> None:
        super().__init__(features, eps, momentum)
        self.unbiased = unbiased

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        # With momentum 1 they become those of the batch, the variance unbiased.
        mean, var = torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)
        cudnn = torch.backends.cudnn.enabled
        output = torch.batch_norm(input, self.weight, self.bias, mean, var, True, 1.0, self.eps, cudnn)
        count = input.numel() // len(mean)
        if count == 1:
            var = torch.zeros_like(var)
        elif not self.unbiased:
            var = var * ((count - 1) / count)
        for running, batch in ((self.running_mean, mean), (self.running_var, var)):
            running.mul_(1 - self.momentum).add_(batch, alpha=self.momentum)
        return output

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, unbiased={self.unbiased}"

    def _check_input_dim(self, input: Tensor) -> None:
        """Flat values are welcome too."""


class Dropout(nn.Dropout):
    """``nn.Dropout`` that keeps what ``kept`` says (bool, of the input's shape), if it is set."""

    kept: Tensor | None

    def __init__(self, p: float) -> None:
        super().__init__(p)
        self.register_buffer("kept", None, persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        if self.kept is None or not self.training:
            return super().forward(input)
        return input * self.kept / (1 - self.p)


class RBF(nn.Module):
    """-Σ_j (x_j - centers[k, j])² for each class k."""

    centers: Tensor

    def __init__(self, classes: int, features: int) -> None:
        super().__init__()
        self.register_buffer("centers", torch.zeros(classes, features))

    def forward(self, input: Tensor) -> Tensor:
        return -(input[:, None] - self.centers).square().sum(dim=2)


class ScaledTanh(nn.Module):
    """amplitude · tanh(slope · x)."""

    def __init__(self, amplitude: float, slope: float) -> None:
        super().__init__()
        self.amplitude, self.slope = amplitude, slope

    def forward(self, input: Tensor) -> Tensor:
        return self.amplitude * torch.tanh(self.slope * input)

    def extra_repr(self) -> str:
        return f"amplitude={self.amplitude}, slope={self.slope:.4g}"


class _SigmoidWithTanhSlope(torch.autograd.Function):
    """The sigmoid s, differentiated as if it were tanh: 1 - s²."""

    generate_vmap_rule = True

    @staticmethod
    def forward(input: Tensor) -> Tensor:
        return torch.sigmoid(input)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (output,) = ctx.saved_tensors
        slope: Tensor = 1 - output * output
        return gradient * slope


class SigmoidWithTanhSlope(nn.Module):
    """The sigmoid s whose backward pass takes 1 - s² for its derivative."""

    def forward(self, input: Tensor) -> Tensor:
        result: Tensor = _SigmoidWithTanhSlope.apply(input)  # type: ignore[no-untyped-call]
        return result


def _conv2d(layer: layers.Conv2d, shape: Shape) -> nn.Module:
    arguments = shape[0], layer.out_channels, layer.kernel_size, layer.stride, layer.padding
    connected = layer.connections(shape[0])
    if connected is None:
        return nn.Conv2d(*arguments, bias=layer.bias)
    return TableConv2d(*arguments, bias=layer.bias, connected=torch.tensor(connected))


def _response_norm(layer: layers.LocalResponseNorm, shape: Shape) -> nn.Module:
    return nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k)


# Any: each entry takes its own kind of layer, which its key names.
MODULES: dict[type[layers.Layer], Callable[[Any, Shape], nn.Module]] = {
    layers.Conv2d: _conv2d,
    layers.Linear: lambda layer, shape: nn.Linear(shape[0], layer.out_features, layer.bias),
    layers.AvgPool2d: lambda layer, shape: nn.AvgPool2d(layer.kernel_size, layer.step, ceil_mode=layer.ceil_mode),
    layers.MaxPool2d: lambda layer, shape: nn.MaxPool2d(layer.kernel_size, layer.step, ceil_mode=layer.ceil_mode),
    layers.Subsample: lambda layer, shape: Subsample(shape[0], layer.kernel_size),
    layers.RBF: lambda layer, shape: RBF(*layer.output_shape(shape), *shape),
    layers.BatchNorm: lambda layer, shape: BatchNorm(shape[0], layer.eps, layer.momentum, layer.unbiased),
    layers.LocalResponseNorm: _response_norm,
    layers.Dropout: lambda layer, shape: Dropout(layer.p),
    layers.Tanh: lambda layer, shape: nn.Tanh(),
    layers.ScaledTanh: lambda layer, shape: ScaledTanh(layer.amplitude, layer.slope),
    layers.ReLU: lambda layer, shape: nn.ReLU(),
    layers.LeakyReLU: lambda layer, shape: nn.LeakyReLU(layer.negative_slope),
    layers.SiLU: lambda layer, shape: nn.SiLU(),
    layers.GELU: lambda layer, shape: nn.GELU(),
    layers.Sigmoid: lambda layer, shape: nn.Sigmoid() if layer.gradient == "sigmoid" else SigmoidWithTanhSlope(),
    layers.Softmax: lambda layer, shape: nn.Softmax(dim=1),
    layers.Flatten: lambda layer, shape: nn.Flatten(),
    layers.Pad: lambda layer, shape: nn.ZeroPad2d(layer.padding),
}
"""What computes each kind of layer, for an input shape."""
