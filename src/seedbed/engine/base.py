"""The protocol between training and whatever executes it.

Training hands an engine a plan and first values, then whole stretches of steps: images stay uint8 and are named by
index, so that an engine may run thousands of steps without coming back. All engines give the same loss curve to
rounding, because everything random (first values, order of images) is decided above them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.losses import Loss
from seedbed.engine.optimizers import Optimizer
from seedbed.network import Network, State

Images = NDArray[np.uint8]
"""uint8, shape (n, channels, height, width)."""
Labels = NDArray[np.uint8]
"""uint8, shape (n,), each less than the number of classes."""


@dataclass(frozen=True)
class Plan:
    """What an engine executes.

    Attributes
    ----------
    network, loss, optimizer
    batch_size : int
    scale, shift : float32 array, shape (channels,)
        A pixel p of channel c enters the network as p·scale[c] + shift[c].
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    batch_size: int
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]


@dataclass(frozen=True)
class Steps:
    """What a stretch of steps reports.

    Attributes
    ----------
    losses : float64 array, shape (steps,)
        Mean loss of each batch before its update.
    wrong : int64 array, shape (steps,)
        Images of each batch that were classified wrongly before its update.
    """

    losses: NDArray[np.float64]
    wrong: NDArray[np.int64]


class Session(ABC):
    """One run in progress: parameters, buffers and optimizer memory, held by an engine."""

    @abstractmethod
    def train(self, images: Images, labels: Labels, order: NDArray[np.int64], lrs: NDArray[np.float64]) -> Steps:
        """Take one step per entry of ``lrs``.

        Parameters
        ----------
        images, labels
            The whole training set.
        order : int64 array, shape (n,)
            Indices into it; step i takes entries ``i·batch_size`` up to ``(i + 1)·batch_size``, the last step of a
            stretch what is left. ``len(lrs) == ceil(n / batch_size)``.
        lrs : float64 array, shape (steps,)
            Learning rate of each step.
        """

    @abstractmethod
    def outputs(self, images: Images) -> NDArray[np.float32]:
        """Outputs of the last layer in evaluation mode, float32, shape (n, classes)."""

    @abstractmethod
    def state(self) -> State:
        """Copy of everything that changes: parameters, buffers (``norm1.running_mean``), optimizer memory
        (``conv1.weight/momentum``)."""

    @abstractmethod
    def load_state(self, state: State) -> None:
        """Set what ``state`` gave earlier, from any engine; optimizer memory may be absent and is then zero.

        Raises
        ------
        EngineError
            A name is missing or unknown, or a shape differs.
        """


class Engine(ABC):
    """Makes sessions; holds nothing that changes."""

    name: ClassVar[str]

    @abstractmethod
    def start(self, plan: Plan, state: State, threads: int = 1) -> Session:
        """Begin a run.

        Parameters
        ----------
        state : State
            From ``initial_state`` or ``Session.state``.
        threads : int
            Cores to split one batch over. Results do not depend on it.

        Raises
        ------
        EngineError
            The engine lacks a layer, loss or optimizer of the plan.
        """

    @property
    @abstractmethod
    def description(self) -> str:
        """What really executes, for records: ``native (avx512)``."""


def memory_shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Arrays of the optimizer's memory by full name, ``conv1.weight/momentum``."""
    return {
        f"{key}/{slot}": shape for slot in plan.optimizer.slots for key, shape in plan.network.parameter_shapes.items()
    }
