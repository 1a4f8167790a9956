"""PyTorch, on the CPU or a CUDA device: an optional extra of Seedbed."""

import sys

from seedbed.engine.torch.uninterrupted import uninterrupted
from seedbed.errors import EngineError

try:
    # Interrupted, it would be left half imported, and no later attempt in this process would succeed.
    with uninterrupted():
        import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise EngineError(f"engine 'torch' needs PyTorch. Install it: {sys.executable} -m pip install torch") from None

from seedbed.engine.torch.engine import TorchEngine
from seedbed.engine.torch.model import to_torch
from seedbed.engine.torch.state_file import read_state_dict

Sequential = torch.nn.Sequential

__all__ = ["Sequential", "TorchEngine", "read_state_dict", "to_torch"]
