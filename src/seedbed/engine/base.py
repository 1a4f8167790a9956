"""The protocol between training and whatever executes it.

Training hands an engine a plan and first values, then whole chunks of steps: images stay as they are stored and are
named by index, so that an engine may run thousands of steps without coming back. All engines give the same loss curve
to rounding, because everything random (first values, order of images, masks) is decided above them or follows from a
counter-based generator.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from threading import RLock
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.losses import Loss
from seedbed.engine.optimizers import Optimizer
from seedbed.network import Network, State

Images = NDArray[np.uint8 | np.float32]
"""uint8 or float32, shape (n, channels, height, width)."""
Labels = NDArray[np.uint8]
"""uint8, shape (n,), each less than the number of classes."""

STEP = "optimizer/step"
"""Key of a state: the number of steps taken, an int64 array of shape (), for optimizers that count them."""
AVERAGE = "average"
"""Slot of a state: the moving average of a parameter, ``conv1.weight/average``."""


@dataclass(frozen=True)
class Plan:
    """What an engine executes.

    A step is: forward, loss, backward, ``clip_norm``, weight decay, optimizer, ``average``.

    Attributes
    ----------
    network, loss, optimizer
    batch_size : int
    scale, shift : float32 array, shape (channels,)
        A pixel p of channel c enters the network as p·scale[c] + shift[c].
    seed : int
        0 to 2**64 - 1; decides the masks of dropout.
    decay : mapping of str to float
        Weight decay by full name of a parameter, ``linear1.weight``, in place of the optimizer's.
    average : float, optional
        After every update the average of each parameter w follows it, a ← average·a + (1 - average)·w, and evaluation
        uses the averages (buffers as they are). The averages begin at the first values. At least 0, less than 1.
        Source: Polyak and Juditsky (1992), in the exponential form of ``torch.optim.swa_utils.get_ema_multi_avg_fn``.
    clip_norm : float, optional
        The gradient g of all parameters together is multiplied by min(1, clip_norm / (‖g‖₂ + 1e-6)), as
        ``torch.nn.utils.clip_grad_norm_`` does. Above 0. Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    class_weights : float32 array, shape (outputs of the network,), optional
        Weight of each class in the loss of a batch: see ``Loss.shares``. At least 0.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    batch_size: int
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    seed: int = 0
    decay: Mapping[str, float] = field(default_factory=dict)
    average: float | None = None
    clip_norm: float | None = None
    class_weights: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Chunk:
    """Steps to take, one after the other.

    Attributes
    ----------
    images, labels
        What ``order`` points into.
    order : int64 array, shape (n,)
        Step i takes entries ``i·batch_size`` up to ``(i + 1)·batch_size``, the last step of a chunk what is left.
    lrs : float64 array, shape (steps,)
        Learning rate of each step; ``steps == ceil(n / batch_size)``.
    epoch : int
        From 0; decides the masks of dropout.
    samples : int64 array, shape (n,), optional
        Number of each image of ``order`` in the data set, which decides its mask; ``order`` itself if left out.
    """

    images: Images
    labels: Labels
    order: NDArray[np.int64]
    lrs: NDArray[np.float64]
    epoch: int = 0
    samples: NDArray[np.int64] | None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Number of each image of ``order`` in the data set, int64, shape (n,)."""
        return self.order if self.samples is None else self.samples


@dataclass(frozen=True)
class Steps:
    """What a chunk of steps reports.

    Attributes
    ----------
    losses : float64 array, shape (steps,)
        Loss of each batch before its update: the mean over its images, weighted if classes have weights, or their sum
        if the loss says so.
    wrong : int64 array, shape (steps,)
        Images of each batch that were classified wrongly before its update.
    """

    losses: NDArray[np.float64]
    wrong: NDArray[np.int64]


@dataclass(frozen=True)
class ProbeResult:
    """What a batch makes of a network, from the images to the loss and back; all arrays are float32, images first.

    Layers are named as in ``Network.nodes``. An activation is a layer like any other: what enters it is what the layer
    before it gives. The arrays are the caller's, but some may share memory: to keep a small one for long, copy it.

    Attributes
    ----------
    loss : float
        Of the batch.
    values : dict of str to array
        What each layer gives, by its name.
    derivatives : dict of str to array
        Derivative of the loss of the batch by what each layer gives, by its name.
    image_derivatives : float32 array, shape (n, channels, height, width)
        Derivative of the loss of the batch by the images as they enter the network.
    gradients : dict of str to array
        Derivative of the loss of the batch by each parameter, by full name, before clipping and weight decay.
    """

    loss: float
    values: dict[str, NDArray[np.float32]]
    derivatives: dict[str, NDArray[np.float32]]
    image_derivatives: NDArray[np.float32]
    gradients: dict[str, NDArray[np.float32]]


class Session(ABC):
    """One run in progress: parameters, buffers and optimizer memory, held by an engine.

    Calls from several threads take turns, each with the answer it has alone; engines mark their methods ``in_turn``.
    """

    images_at_once: ClassVar[int] = 1
    """``outputs`` gives an image the same bits if many images are cut at multiples of so many, and asked for apart."""

    def __init__(self) -> None:
        self._turn = RLock()

    @abstractmethod
    def train(self, chunk: Chunk) -> Steps:
        """Take one step per entry of ``chunk.lrs``.

        Raises
        ------
        EngineError
            An array does not fit the plan or the others.
        """

    @abstractmethod
    def outputs(self, images: Images) -> NDArray[np.float32]:
        """Outputs of the last layer in evaluation mode, float32, shape (n, classes); of the averages if the plan has
        them."""

    @abstractmethod
    def probe(
        self, images: Images, labels: Labels, training: bool = False, samples: NDArray[np.int64] | None = None
    ) -> ProbeResult:
        """Send one batch forward and its loss back, and change nothing.

        Parameters
        ----------
        images : uint8 or float32 array, shape (n, channels, height, width)
            At least one; all of them are one batch, whatever the plan's ``batch_size``.
        labels : uint8 array, shape (n,)
        training : bool
            False: as ``outputs``, with running statistics, without dropout and on the averages if the plan has them.
            True: as ``train`` in its epoch 0, with the statistics of this batch in batch norm, which no running one
            follows, and with the masks of dropout.
        samples : int64 array, shape (n,), optional
            Number of each image in the data set, which decides its mask; from 0 on if left out.

        Raises
        ------
        EngineError
            An array does not fit the plan or the others, or there is not enough memory.
        """

    @abstractmethod
    def state(self) -> State:
        """Copy of everything that changes.

        Returns
        -------
        dict of str to array
            float32: parameters, buffers (``norm1.running_mean``), and what ``memory_shapes`` names; ``optimizer/step``
            alone is int64.
        """

    @abstractmethod
    def load_state(self, state: State) -> None:
        """Set what ``state`` gave earlier, from any engine.

        What ``memory_shapes`` names may be absent and then is as before the first step.

        Raises
        ------
        EngineError
            A name is missing or unknown, or a shape differs.
        """


_S = TypeVar("_S", bound=Session)
_P = ParamSpec("_P")
_R = TypeVar("_R")


def in_turn(method: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """A method of a session that waits until no other thread is in one."""

    @wraps(method)
    def call(session: _S, /, *args: _P.args, **options: _P.kwargs) -> _R:
        with session._turn:
            return method(session, *args, **options)

    return call


class Engine(ABC):
    """Makes sessions; holds nothing that changes."""

    name: ClassVar[str]
    same_bits_on_threads: ClassVar[bool] = True
    """Whether the number of threads leaves no trace in a session."""

    @property
    def value_bytes(self) -> int:
        """What a value that a layer gives takes in main memory; 0 if ``start`` refuses too large batches itself."""
        return 0

    @abstractmethod
    def start(self, plan: Plan, state: State, threads: int = 1) -> Session:
        """Begin a run.

        Parameters
        ----------
        state : State
            From ``initial_state`` or ``Session.state``.
        threads : int
            Cores to split one batch over; see ``same_bits_on_threads``.

        Raises
        ------
        EngineError
            The engine lacks a layer, loss, optimizer or setting of the plan.
        """

    @property
    @abstractmethod
    def description(self) -> str:
        """What really executes, for records: ``native (avx512)``."""


def memory_slots(plan: Plan) -> tuple[str, ...]:
    """Names of the arrays kept for each parameter: those of the optimizer, and ``average`` if the plan has it."""
    return plan.optimizer.slots if plan.average is None else (*plan.optimizer.slots, AVERAGE)


def memory_shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """What a state may hold beside parameters and buffers, by full name.

    The arrays of ``memory_slots`` (``conv1.weight/momentum``) and the number of steps (``optimizer/step``) if the
    optimizer counts them.
    """
    shapes = {
        f"{key}/{slot}": shape for slot in memory_slots(plan) for key, shape in plan.network.parameter_shapes.items()
    }
    return shapes | ({STEP: ()} if plan.optimizer.counts_steps else {})


def with_memory(plan: Plan, state: State) -> State:
    """A state in which nothing is absent: what ``memory_shapes`` names is as before the first step.

    Averages begin at the parameters, the optimizer's arrays at ``Optimizer.first_memory``, the number of steps at 0.
    """
    filled = dict(state)
    for name, shape in memory_shapes(plan).items():
        key, _, slot = name.partition("/")
        first: NDArray[Any] = np.zeros(shape, dtype=np.int64)
        if slot == AVERAGE:
            first = state[key]
        elif name != STEP:
            first = np.full(shape, plan.optimizer.first_memory(slot), dtype=np.float32)
        filled.setdefault(name, first)
    return filled
