"""Reading a ``state_dict`` that PyTorch has written."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seedbed.errors import StoreError

_INSIDE = ("state_dict", "model_state_dict", "model")
"""Where training loops commonly put it in a checkpoint."""


def read_state_dict(path: Path) -> dict[str, NDArray[np.float32]]:
    """Tensors by name, in the order in which the model has them; nothing in the file is executed.

    Raises
    ------
    StoreError
        The file is no ``state_dict``, or holds something that only runs code can make.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise StoreError(f"weights '{path}': no such file.") from None
    except Exception as error:  # PyTorch has no list of what damaged files raise.
        if "weights_only" in str(error):
            raise StoreError(
                f"weights '{path}': expected a state_dict, got something that would run code when it is read, such as "
                "a whole module; it was not read. Where it was made, say torch.save(model.state_dict(), 'weights.pt')."
            ) from None
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise StoreError(f"weights '{path}': expected a state_dict of PyTorch, got something else ({why}).") from None
    for name in _INSIDE:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        got = type(content).__name__ if not isinstance(content, dict) else "one with other values than tensors"
        raise StoreError(f"weights '{path}': expected a dict of tensors by name, got {got}.")
    return {str(name): tensor.float().contiguous().numpy() for name, tensor in content.items()}
