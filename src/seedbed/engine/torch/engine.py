"""The engine that PyTorch executes."""

from collections.abc import Sequence

import torch

from seedbed.engine.base import Engine, Plan
from seedbed.engine.torch.device import find_device
from seedbed.engine.torch.session import TorchSession
from seedbed.engine.torch.stacked import StackedRuns
from seedbed.errors import EngineError
from seedbed.network import State


class TorchEngine(Engine):
    """PyTorch in float32, on a CUDA device if there is one, else on the CPU.

    ``SEEDBED_TORCH_DEVICE`` (``cpu``, ``cuda``, ``cuda:1``) forces one. On the CPU the number of threads decides the
    last bits.

    Raises
    ------
    EngineError
        ``SEEDBED_TORCH_DEVICE`` names a device that this machine lacks.
    """

    name = "torch"
    same_bits_on_threads = False

    def __init__(self) -> None:
        self.device = find_device()

    @property
    def description(self) -> str:
        if self.device.type == "cpu":
            return "torch (cpu)"
        return f"torch (cuda: {torch.cuda.get_device_name(self.device)})"

    @property
    def value_bytes(self) -> int:
        return 4 if self.device.type == "cpu" else 0

    def start(self, plan: Plan, state: State, threads: int = 1) -> TorchSession:
        _check_threads(threads)
        return TorchSession(plan, state, self.device, threads)

    def start_stacked(self, plans: Sequence[Plan], states: Sequence[State], threads: int = 1) -> StackedRuns:
        """Begin several runs at once that differ in their seed alone.

        Raises
        ------
        EngineError
            As ``start``, or plans or states do not go together.
        """
        _check_threads(threads)
        return StackedRuns(plans, states, self.device, threads)


def _check_threads(threads: int) -> None:
    if threads < 1:
        raise EngineError(f"threads must be at least 1, got {threads}.")
