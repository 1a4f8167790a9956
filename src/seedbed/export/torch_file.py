"""PyTorch: a file of Python with the network as ``nn.Sequential``, and its ``state_dict`` as safetensors beside it.

A network in code can be read, changed and trained further, and numbers in safetensors cannot run anything. A program of
``torch.export`` can only be called, PyTorch itself has given up TorchScript, and ``torch.save`` of a module is pickle.
The file is written without PyTorch.
"""

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from seedbed.data.preparation import PCA, Crop, InputStep, PadInput, StandardizeImage
from seedbed.data.preparation.input_steps import Numbers
from seedbed.export.definitions import definitions, names_in
from seedbed.export.exported import Exported
from seedbed.export.lacking import lacks
from seedbed.export.written_code import constants, heading
from seedbed.network import layers, shape_text

_USE = '''
    net = load()                         # numbers from the .safetensors file beside this one
    net.probabilities(images)            # uint8 tensor in, float32 (n, classes) out
    net(images)                          # outputs of the last layer, with gradients: to train further
"""
'''
_ENDINGS = {
    "none": "return outputs",
    "softmax": "return outputs.softmax(dim=1)",
    "shares": "shares = outputs.clamp(min=torch.finfo(torch.float32).tiny)\n        return shares / shares.sum(dim=1, "
    "keepdim=True)",
}
_LOAD = '''
def load(path: str | Path = Path(__file__).with_suffix(".safetensors")) -> Net:
    """The network with its numbers, in evaluation mode, on the CPU."""
    net = Net()
    net.load_state_dict(load_file(path))
    return net.eval()
'''


def torch_source(exported: Exported) -> str:
    """The file of Python.

    Raises
    ------
    EngineError
        A layer cannot be written.
    """
    steps = zip(exported.input.steps, exported.input.numbers, strict=True)
    rows = [f"input=Input({', '.join(_step(step, numbers) for step, numbers in steps)}),", *_rows(exported)]
    # A comment may stand behind each row; the names are found without them.
    used = names_in(ast.parse(f"made({' '.join(row.split('  # ')[0] for row in rows)})"))
    own = definitions("seedbed.engine", "torch/modules", used) + definitions("seedbed.engine", "torch/model", used)
    text = "\n\n\n".join(own)
    count = len(exported.classes)
    fewer = f"[:, :{count}]" if count < exported.network.classes else ""
    net = [
        "class Net(nn.Sequential):",
        '    """The network; its modules have the names that Seedbed gives to the layers."""',
        "",
        "    def __init__(self) -> None:",
        "        modules = dict(",
        *(f"            {row}" for row in rows),
        "        )",
        "        super().__init__(OrderedDict(modules))",
        "",
        "    @torch.no_grad()",
        "    def probabilities(self, images: Tensor) -> Tensor:",
        '        """Probability of each class."""',
        f"        outputs = self.eval()(images){fewer}",
        f"        {_ENDINGS[exported.ending]}",
    ]
    return "\n".join(
        [
            *[*heading(exported, "PyTorch and safetensors"), _USE],
            *["from collections import OrderedDict", "from pathlib import Path"],
            *[*(["from typing import Any"] if "Any" in text else []), "", "import torch"],
            *["from safetensors.torch import load_file", "from torch import Tensor, nn"],
            *[*(["from torch.nn import functional as F"] if "F." in text else []), ""],
            *[*constants(exported), "", "", text, "", "", *net, "", _LOAD],
        ]
    )


def torch_state(exported: Exported) -> bytes:
    """The ``state_dict`` as safetensors: parameters and buffers by the names of PyTorch."""
    arrays: dict[str, NDArray[Any]] = {}
    for place, (step, numbers) in enumerate(zip(exported.input.steps, exported.input.numbers, strict=True)):
        for name, array in numbers.items():
            if not isinstance(step, StandardizeImage):
                arrays[f"input.{place}.{name}"] = array if isinstance(step, PCA) else array[:, None, None]
    for node in exported.network.nodes:
        arrays |= {f"{node.name}.{name}": array for name, array in exported.of(node).items()}
        if isinstance(node.layer, layers.BatchNorm):
            arrays[f"{node.name}.num_batches_tracked"] = np.array(0, dtype=np.int64)
    content = {name: np.ascontiguousarray(array) if array.ndim else array for name, array in arrays.items()}
    return bytes(safetensors.numpy.save(content, {"format": "pt"}))


def _rows(exported: Exported) -> list[str]:
    rows = []
    for node in exported.network.nodes:
        kind = type(node.layer)
        if kind not in MODULES:
            raise lacks("torch", node)
        made = MODULES[kind](node.layer, node.input_shape)
        rows.append(f"{node.name}={made},  # {shape_text(node.output_shape)}")
    return rows


def _step(step: InputStep, numbers: Numbers) -> str:
    match step:
        case StandardizeImage():
            return f"StandardizeEach({float(numbers['floor'][0])!r})"
        case PCA(k):
            size = len(numbers["mean"])
            return f"Project(torch.zeros({size}), torch.zeros({k}, {size}))"
        case Crop(size):
            return f"CenterCrop({size})"
        case PadInput(size):
            return f"nn.ZeroPad2d({size})"
    channels = len(numbers["scale"])
    return f"PerChannel(torch.ones({channels}), torch.zeros({channels}))"


def _conv2d(layer: layers.Conv2d, shape: tuple[int, ...]) -> str:
    options = {"stride": (layer.stride, 1), "padding": (layer.padding, 0), "bias": (layer.bias, True)}
    given = [f"{key}={value}" for key, (value, usual) in options.items() if value != usual]
    sizes = [str(shape[0]), str(layer.out_channels), str(layer.kernel_size)]
    connected = layer.connections(shape[0])
    if connected is None:
        return f"nn.Conv2d({', '.join(sizes + given)})"
    table = f"connected=torch.tensor({connected.astype(int).tolist()})"
    return f"TableConv2d({', '.join([*sizes, *given, table])})"


def _linear(layer: layers.Linear, shape: tuple[int, ...]) -> str:
    return f"nn.Linear({shape[0]}, {layer.out_features}{'' if layer.bias else ', bias=False'})"


def _pool(layer: layers.AvgPool2d | layers.MaxPool2d, shape: tuple[int, ...]) -> str:
    ceil = ", ceil_mode=True" if layer.ceil_mode else ""
    return f"nn.{type(layer).__name__}({layer.kernel_size}, {layer.step}{ceil})"


def _batchnorm(layer: layers.BatchNorm, shape: tuple[int, ...]) -> str:
    if not layer.unbiased:
        return f"BatchNorm({shape[0]}, {layer.eps!r}, {layer.momentum!r}, unbiased=False)"
    return f"nn.BatchNorm{1 if len(shape) == 1 else 2}d({shape[0]}, eps={layer.eps!r}, momentum={layer.momentum!r})"


# Any: each entry takes its own kind of layer, which its key names.
MODULES: dict[type[layers.Layer], Callable[[Any, tuple[int, ...]], str]] = {
    layers.Conv2d: _conv2d,
    layers.Linear: _linear,
    layers.AvgPool2d: _pool,
    layers.MaxPool2d: _pool,
    layers.Subsample: lambda layer, shape: f"Subsample({shape[0]}, {layer.kernel_size})",
    layers.RBF: lambda layer, shape: f"RBF({layer.output_shape(shape)[0]}, {shape[0]})",
    layers.BatchNorm: _batchnorm,
    layers.LocalResponseNorm: lambda layer, shape: (
        f"nn.LocalResponseNorm({layer.size}, {layer.alpha!r}, {layer.beta!r}, {layer.k!r})"
    ),
    layers.Dropout: lambda layer, shape: f"nn.Dropout({layer.p!r})",
    layers.Tanh: lambda layer, shape: "nn.Tanh()",
    layers.ScaledTanh: lambda layer, shape: f"ScaledTanh({layer.amplitude!r}, {layer.slope!r})",
    layers.ReLU: lambda layer, shape: "nn.ReLU()",
    layers.LeakyReLU: lambda layer, shape: f"nn.LeakyReLU({layer.negative_slope!r})",
    layers.SiLU: lambda layer, shape: "nn.SiLU()",
    layers.GELU: lambda layer, shape: "nn.GELU()",
    layers.Sigmoid: lambda layer, shape: "nn.Sigmoid()" if layer.gradient == "sigmoid" else "SigmoidWithTanhSlope()",
    layers.Softmax: lambda layer, shape: "nn.Softmax(dim=1)",
    layers.Flatten: lambda layer, shape: "nn.Flatten()",
    layers.Pad: lambda layer, shape: f"nn.ZeroPad2d({layer.padding})",
}
"""The code that makes the module of each kind of layer, for an input shape."""
