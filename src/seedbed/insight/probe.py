"""A fixed batch of training images, and what it makes of a network; images and what the network makes of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine import ENGINES, load_engine, multiply_adds
from seedbed.engine.base import Images, Labels, Plan, ProbeResult, Session
from seedbed.engine.losses import Score
from seedbed.engine.optimizers import SGD
from seedbed.network import Network, State
from seedbed.philox import Stream, permutation
from seedbed.training.recipe import Recipe

_IMAGES = 200
_MOST_MULTIPLY_ADDS = 1_000_000_000
# Beside those of the splits of a data set, which are 0 and 1.
_PURPOSE = 2


@dataclass(frozen=True)
class ProbeBatch:
    """The images that every state of a run is looked at with.

    Attributes
    ----------
    numbers : int64 array, shape (n,)
        Places in the training images, ascending.
    images : float32 array, shape (n, c, h, w)
        As they enter the network.
    labels : uint8 array, shape (n,)
    """

    numbers: NDArray[np.int64]
    images: NDArray[np.float32]
    labels: NDArray[np.uint8]


def probe_batch(recipe: Recipe, dataset: Dataset, count: int = _IMAGES) -> ProbeBatch:
    """Draw a batch of training images, as many of each class, the same for every run on these data.

    The images are prepared as for evaluation, without augmentation. A network that takes more than 5 million
    multiply-adds for an image gets fewer of them: a billion for the batch, but at least one image of each class.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
        As ``Recipe.split`` gives it.
    count : int
        Images wanted. Classes differ by one image at most, unless one has too few.
    """
    network = recipe.build_network(dataset.image_shape)
    affordable = _MOST_MULTIPLY_ADDS // max(1, multiply_adds(network))
    count = max(min(count, affordable), len(dataset.classes))
    labels = dataset.train_labels
    order = permutation(len(labels), 0, Stream.SPLIT, epoch=_PURPOSE)
    # How many images of its class come before each in this order: the first of all classes, then the second, …
    turn = np.empty(len(labels), dtype=np.int64)
    for label in range(len(dataset.classes)):
        of_class = order[labels[order] == label]
        turn[of_class] = np.arange(len(of_class))
    numbers = np.sort(np.lexsort((labels, turn))[:count])
    images = fit_input(recipe.parts.input, dataset).apply(dataset.train_images[numbers])
    return ProbeBatch(numbers, images, labels[numbers])


@dataclass(frozen=True)
class StateProbe:
    """What a batch makes of a network in one state, in training mode: batch norm takes the statistics of the batch,
    dropout a fixed mask.

    Attributes
    ----------
    network : Network
    epoch : int
        After which the state was recorded; 0 at the start.
    batch : ProbeBatch
    result : ProbeResult
    """

    network: Network
    epoch: int
    batch: ProbeBatch
    result: ProbeResult


class BatchSession:
    """One batch and a session of the native engine, which takes one state of a network after another.

    Parameters
    ----------
    plan : Plan
        As ``Recipe.plan`` gives it.
    batch : ProbeBatch
    """

    def __init__(self, plan: Plan, batch: ProbeBatch) -> None:
        self.plan, self.batch = on_prepared(plan, len(batch.labels)), batch
        self._session: Session | None = None

    def load(self, state: State) -> Session:
        """The session with parameters and buffers of a state, of any engine; all else is as before the first step.

        Raises
        ------
        EngineError
            The state is of another network.
        """
        own = _own(self.plan.network, state)
        if self._session is None:
            self._session = load_engine(ENGINES[0]).start(self.plan, own)
        else:
            self._session.load_state(own)
        return self._session


def probe_state(session: BatchSession, state: State, epoch: int = 0) -> StateProbe:
    """Send the batch forward and back through a network in one state.

    Parameters
    ----------
    session : BatchSession
    state : State
        Of any engine; parameters and buffers are taken.
    epoch : int
        After which the state was recorded.

    Raises
    ------
    EngineError
        The state is of another network.
    """
    batch = session.batch
    result = session.load(state).probe(batch.images, batch.labels, training=True, samples=batch.numbers)
    return StateProbe(session.plan.network, epoch, batch, result)


def probe_scores(network: Network, state: State, images: Images, labels: Labels) -> ProbeResult:
    """Send images forward through a network in evaluation mode, and back from the outputs of their labels.

    Parameters
    ----------
    network : Network
    state : State
        Parameters and buffers are taken.
    images : float32 array, shape (n, c, h, w)
        As they enter the network.
    labels : uint8 array, shape (n,)

    Raises
    ------
    EngineError
        The state is of another network.
    """
    channels = network.input_shape[0]
    # Nothing is trained here; the engine's plan wants an optimizer.
    plan = Plan(network, Score(), SGD(lr=1.0), 1, np.ones(channels, np.float32), np.zeros(channels, np.float32))
    return load_engine(ENGINES[0]).start(plan, _own(network, state)).probe(images, labels)


def on_prepared(plan: Plan, batch_size: int) -> Plan:
    """The same plan for images that come as they enter the network."""
    channels = plan.network.input_shape[0]
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    return replace(plan, batch_size=batch_size, scale=ones, shift=zeros)


def _own(network: Network, state: State) -> State:
    """Parameters and buffers of a state."""
    names = network.parameter_shapes | network.buffer_shapes
    return {name: array for name, array in state.items() if name in names}
