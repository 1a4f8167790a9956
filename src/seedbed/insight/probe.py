"""A fixed batch of training images, and a look at a network through it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.data.preparation import fit_input
from seedbed.engine import multiply_adds
from seedbed.engine.base import Plan
from seedbed.engine.reference.module import Array
from seedbed.insight.passes import Passes
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
class Look:
    """What a batch makes of a network in one state; all arrays are float64 with the images first.

    Attributes
    ----------
    network : Network
    state : State
    epoch : int
        After which the state was recorded; 0 at the start.
    batch : ProbeBatch
    training : dict of str to array
        Outputs of each layer in training mode: batch norm takes the statistics of the batch, dropout a fixed mask.
    deltas : dict of str to array
        Derivative of the loss of the batch by the outputs of each layer, in training mode.
    gradients : dict of str to array
        Derivative of the loss of the batch by each parameter, by full name, in training mode.
    """

    network: Network
    state: State
    epoch: int
    batch: ProbeBatch
    training: dict[str, Array]
    deltas: dict[str, Array]
    gradients: dict[str, Array]

    @cached_property
    def evaluation(self) -> dict[str, Array]:
        """Outputs of each layer in evaluation mode, by name; computed when first asked for."""
        return Passes(self.network, self.state).forward(self.batch.images)


def look(plan: Plan, state: State, batch: ProbeBatch, epoch: int = 0) -> Look:
    """Send a batch forward and back through a network.

    Parameters
    ----------
    plan : Plan
        As ``Recipe.plan`` gives it: network and loss are taken.
    state : State
        Of any engine; parameters and buffers are taken.
    batch : ProbeBatch
    epoch : int
        After which the state was recorded.

    Raises
    ------
    EngineError
        The state is of another network.
    """
    passes = Passes(plan.network, state)
    for module in passes.modules.values():
        module.begin_batch(0, 0, batch.numbers)
    training = passes.forward(batch.images, training=True)
    with np.errstate(over="ignore", invalid="ignore"):
        gradient = plan.loss.gradient(training[plan.network.nodes[-1].name], batch.labels)
    deltas, _ = passes.backward(gradient)
    gradients = {
        f"{name}.{key}": module.gradients[key] for name, module in passes.modules.items() for key in module.parameters
    }
    return Look(plan.network, state, epoch, batch, training, deltas, gradients)


def on_prepared(plan: Plan, batch_size: int) -> Plan:
    """The same plan for images that come as they enter the network."""
    channels = plan.network.input_shape[0]
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    return replace(plan, batch_size=batch_size, scale=ones, shift=zeros)
