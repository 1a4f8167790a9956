"""A network as a plain ``nn.Sequential``."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from seedbed.data.preparation import PCA, Crop, FittedInput, InputStep, PadInput, StandardizeImage
from seedbed.data.preparation.input_steps import Numbers
from seedbed.engine.torch.modules import MODULES, PerChannel
from seedbed.engine.torch.own import own_module
from seedbed.errors import EngineError
from seedbed.network import Network, State
from seedbed.network.own import OwnLayer


class Input(nn.Sequential):
    """What is done to stored images, uint8 or float32, before they enter the network."""

    def forward(self, input: Tensor) -> Tensor:
        prepared: Tensor = super().forward(input.float())  # type: ignore[no-untyped-call]
        return prepared


class StandardizeEach(nn.Module):
    """(x - mean) / max(std, floor) over all values of an image."""

    def __init__(self, floor: float) -> None:
        super().__init__()
        self.floor = floor

    def forward(self, input: Tensor) -> Tensor:
        var, mean = torch.var_mean(input, dim=(1, 2, 3), correction=0, keepdim=True)
        return (input - mean) / var.sqrt().clamp(min=self.floor)


class Project(nn.Module):
    """components · (x - mean), given as channels of one pixel."""

    mean: Tensor
    components: Tensor

    def __init__(self, mean: Tensor, components: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("components", components)

    def forward(self, input: Tensor) -> Tensor:
        return ((input.flatten(1) - self.mean) @ self.components.T)[:, :, None, None]


class CenterCrop(nn.Module):
    """The ``size``×``size`` pixels in the middle."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, input: Tensor) -> Tensor:
        top, left = ((length - self.size) // 2 for length in input.shape[2:])
        return input[:, :, top : top + self.size, left : left + self.size]


def build_network(network: Network, input: nn.Module) -> nn.Sequential:
    """Modules with the names of the layers, ``input`` before them; parameters are PyTorch's own first values.

    Raises
    ------
    EngineError
        No module for a layer.
    """
    modules = OrderedDict(input=input)
    for node in network.nodes:
        if isinstance(node.layer, OwnLayer):
            modules[node.name] = own_module(node.layer, node.input_shape)
        elif type(node.layer) in MODULES:
            modules[node.name] = MODULES[type(node.layer)](node.layer, node.input_shape)
        else:
            raise EngineError(f"engine 'torch' lacks layer '{node.layer}' ('{node.name}').")
    return nn.Sequential(modules)


def to_torch(network: Network, state: State, input: FittedInput) -> nn.Sequential:
    """A trained network as PyTorch's, in evaluation mode, on the CPU.

    Parameters
    ----------
    state : State
        Parameters and buffers.
    input : FittedInput
        Becomes the first module, ``input``, so that the model takes images as they are stored.
    """
    steps = zip(input.steps, input.numbers, strict=True)
    model = build_network(network, Input(*(_input_module(step, numbers) for step, numbers in steps)))
    model.load_state_dict({key: torch.tensor(array) for key, array in state.items()}, strict=False)
    return model.eval()


def _input_module(step: InputStep, numbers: Numbers) -> nn.Module:
    match step:
        case StandardizeImage():
            return StandardizeEach(float(numbers["floor"][0]))
        case PCA():
            return Project(torch.tensor(numbers["mean"]), torch.tensor(numbers["components"]))
        case Crop(n):
            return CenterCrop(n)
        case PadInput(n):
            return nn.ZeroPad2d(n)
    return PerChannel(torch.tensor(numbers["scale"]), torch.tensor(numbers["shift"]))
