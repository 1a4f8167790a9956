"""Toy data, two numbers instead of pixels: what a network makes of the whole plane."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.data import CATALOGUE, Dataset
from seedbed.data.sets.toys import FEATURES
from seedbed.insight import probabilities
from seedbed.lab.experiment import Experiment
from seedbed.lab.pixels import signed
from seedbed.lab.snapshot import Viewed
from seedbed.lab.wire import Frame
from seedbed.network import Shape, State

SIDE = 48
HALF_WIDTH = 6.0
OWN_POINTS = "points"


def is_plane(shape: Shape) -> bool:
    """Whether images are one pixel of at most seven features."""
    return shape[1:] == (1, 1) and shape[0] <= len(FEATURES)


def feature_names(data: str) -> tuple[str, ...]:
    """The features that a toy set feeds the network with, by the text of its name."""
    entry = CATALOGUE.get(data)
    while (base := getattr(entry, "base", None)) is not None:
        entry = base
    toy = getattr(entry, "toy", None)
    return tuple(toy.features) if toy is not None else ("x1", "x2")


def own_points(points: Sequence[tuple[float, float, int]]) -> Dataset:
    """Points that a person placed: a toy set without a name that gives it again. Half of each class are test points.

    Raises
    ------
    DataError
        There are too few to split.
    """
    classes = max(2, 1 + max((label for _, _, label in points), default=0))
    places = np.array([[x, y] for x, y, _ in points], dtype=np.float32).reshape(-1, 2, 1, 1)
    labels = np.array([label for _, _, label in points], dtype=np.uint8)
    names = ("orange", "blue", "green", "pink", "yellow", "sky", "7", "8", "9", "10")[:classes]
    return Dataset.from_arrays(
        places,
        labels,
        classes=names,
        name=OWN_POINTS,
        source="placed by hand",
        test=0.5,
        channels="first",
        floats="keep",
    )


def grid(features: tuple[str, ...]) -> NDArray[np.float32]:
    """The plane from -6 to 6, row by row from above, as images: float32, shape (48², features, 1, 1)."""
    ticks = np.linspace(-HALF_WIDTH, HALF_WIDTH, SIDE)
    x2, x1 = np.meshgrid(ticks[::-1], ticks, indexing="ij")
    columns = [FEATURES[name](x1.ravel(), x2.ravel()) for name in features]
    return np.stack(columns, axis=1).astype(np.float32)[:, :, np.newaxis, np.newaxis]


def plane(experiment: Experiment, viewed: Viewed, state: State) -> Frame:
    """What each unit answers on the plane, and the probability of each class; the points are in ``experiment``."""
    loop = viewed.run.loop
    images = loop.input.apply(grid(feature_names(loop.recipe.data)))
    count = len(images)
    session = experiment.viewer(viewed.run.side).load(state)
    values = session.probe(images, np.zeros(count, np.uint8)).values
    pixels = []
    for node in loop.plan.network.nodes:
        value = values[node.name].reshape(count, -1)[:, :16].T.reshape(-1, SIDE, SIDE)
        each = np.concatenate([signed(one)[np.newaxis] for one in value])
        pixels.append(({"layer": node.name, "kind": "units"}, each))
    shares = probabilities(values[loop.plan.network.nodes[-1].name], loop.plan.network)
    classes = np.round(255 * shares.T.reshape(-1, SIDE, SIDE)).astype(np.uint8)
    pixels.append(({"layer": "output", "kind": "classes"}, classes))
    return Frame("plane", {"side": viewed.run.side}, pixels)
