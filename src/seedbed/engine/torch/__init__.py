"""PyTorch, on the CPU or a CUDA device: an optional extra of Seedbed."""

from seedbed.errors import EngineError

try:
    import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise EngineError("engine 'torch' needs PyTorch. Install it: pip install 'seedbed[torch]'.") from None

from seedbed.engine.torch.engine import TorchEngine
from seedbed.engine.torch.model import to_torch

Sequential = torch.nn.Sequential

__all__ = ["Sequential", "TorchEngine", "to_torch"]
