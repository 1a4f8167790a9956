"""Points in the plane: circle, xor, gauss and spiral of the TensorFlow Playground, and two moons.

Each is a description that draws its points, float64 (n, 2), and labels, 0 or 1, from a seed. Source of the first four:
D. Smilkov, S. Carter et al. (2016), "A Neural Network Playground", ``dataset.ts``; their label -1 is class 0 here, +1
is class 1. Noise means to each set what it means there: for circle and xor it moves the point that the label is decided
by, not the point that is seen.
"""

from dataclasses import dataclass
from math import pi
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data.splits import held_count
from seedbed.errors import DataError, SeedbedError
from seedbed.philox import Stream, uniform
from seedbed.written import Written

Points = tuple[NDArray[np.float64], NDArray[np.uint8]]
"""float64 array, shape (n, 2), and uint8 array, shape (n,)."""

_RADIUS = 5.0
_MOST_POINTS = 1_000_000

FEATURES = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}
"""What the Playground can feed a network with, each a function of both coordinates."""


@dataclass(frozen=True)
class Toy(Written):
    """Points of two classes.

    Parameters
    ----------
    noise : float
        0 to 0.5.
    n : int
        Points in all, an even number.
    seed : int
        Decides the points, and which of them are test points.
    test : float
        The part of the points (below 1) or the number that is held out, stratified by class.
    features : tuple of str
        What is made of the coordinates: names of `FEATURES`.
    """

    error: ClassVar[type[SeedbedError]] = DataError

    noise: float = 0.0
    n: int = 500
    seed: int = 0
    test: float = 0.5
    features: tuple[str, ...] = ("x1", "x2")

    def __post_init__(self) -> None:
        self._require_number("noise", least=0, most=0.5)
        self._require_whole("n", least=4, most=_MOST_POINTS)
        self._require(self.n % 2 == 0, "n", "an even number")
        self._require_whole("seed", most=2**64 - 1)
        unknown = [name for name in self.features if name not in FEATURES]
        differ = bool(self.features) and len(set(self.features)) == len(self.features)
        got = f"({', '.join(self.features)})"
        self._require(differ and not unknown, "features", f"different names of {', '.join(FEATURES)}", got)
        held_count(self.n, self.test)

    def points(self) -> Points:
        """Draw all points, class after class where the classes have their own places."""
        raise NotImplementedError

    def inputs(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """The points as images: a feature is a channel of one pixel.

        Returns
        -------
        float32 array, shape (n, features, 1, 1), and uint8 array, shape (n,)
        """
        points, labels = self.points()
        columns = [FEATURES[name](points[:, 0], points[:, 1]) for name in self.features]
        return np.stack(columns, axis=1).astype(np.float32)[:, :, np.newaxis, np.newaxis], labels

    def _uniform(self, low: float, high: float, index: int, count: int | None = None) -> NDArray[np.float64]:
        # Index 0 of the stream belongs to splits.
        return low + (high - low) * uniform(count or self.n, self.seed, Stream.SPLIT, index=1 + index)

    def _normal(self, index: int) -> NDArray[np.float64]:
        """Two standard normal numbers for each point, float64 (n, 2): Box and Muller (1958)."""
        radius = np.sqrt(-2 * np.log(self._uniform(0, 1, index)))
        angle = self._uniform(0, 2 * pi, index + 1)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)

    def _halves(self) -> NDArray[np.uint8]:
        return np.repeat(np.array([1, 0], dtype=np.uint8), self.n // 2)


@dataclass(frozen=True)
class Circle(Toy):
    """A disk of radius 2.5 in a ring from 3.5 to 5."""

    notation: ClassVar[str] = "circle"

    def points(self) -> Points:
        inner = self._halves() == 1
        low, high = np.where(inner, 0, 0.7 * _RADIUS), np.where(inner, 0.5 * _RADIUS, _RADIUS)
        radius = low + (high - low) * self._uniform(0, 1, 0)
        angle = self._uniform(0, 2 * pi, 1)
        points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
        moved = points + self.noise * np.stack([self._uniform(-_RADIUS, _RADIUS, index) for index in (2, 3)], axis=1)
        return points, (np.hypot(moved[:, 0], moved[:, 1]) < 0.5 * _RADIUS).astype(np.uint8)


@dataclass(frozen=True)
class Xor(Toy):
    """A square of four quarters with a gap of 0.6 between them; opposite quarters belong together."""

    notation: ClassVar[str] = "xor"

    def points(self) -> Points:
        drawn = np.stack([self._uniform(-5, 5, index) for index in (0, 1)], axis=1)
        points = drawn + np.where(drawn > 0, 0.3, -0.3)
        moved = points + self.noise * np.stack([self._uniform(-5, 5, index) for index in (2, 3)], axis=1)
        return points, (moved[:, 0] * moved[:, 1] >= 0).astype(np.uint8)


@dataclass(frozen=True)
class Gauss(Toy):
    """Two normal distributions around (2, 2) and (-2, -2), of variance 0.5 + 7·noise."""

    notation: ClassVar[str] = "gauss"

    def points(self) -> Points:
        labels = self._halves()
        center = np.where(labels == 1, 2.0, -2.0)[:, np.newaxis]
        return center + np.sqrt(0.5 + 7 * self.noise) * self._normal(0), labels


@dataclass(frozen=True)
class Spiral(Toy):
    """Two arms of 1¾ turns from the middle to radius 5."""

    notation: ClassVar[str] = "spiral"

    def points(self) -> Points:
        labels = self._halves()
        way = np.tile(np.arange(self.n // 2) / (self.n // 2), 2)
        angle = 1.75 * way * 2 * pi + np.where(labels == 1, 0, pi)
        points = 5 * way[:, np.newaxis] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        return points + self.noise * np.stack([self._uniform(-1, 1, index) for index in (0, 1)], axis=1), labels


@dataclass(frozen=True)
class Moons(Toy):
    """Two half circles of radius 1 that reach into each other; `noise` is a standard deviation.

    As scikit-learn's ``make_moons``: the arcs (cos t, sin t) and (1 - cos t, ½ - sin t), t from 0 to π in equal steps.
    """

    notation: ClassVar[str] = "moons"

    def points(self) -> Points:
        labels = 1 - self._halves()
        t = np.tile(np.linspace(0, pi, self.n // 2), 2)
        lower = labels == 1
        arcs = np.stack(
            [np.where(lower, 1 - np.cos(t), np.cos(t)), np.where(lower, 0.5 - np.sin(t), np.sin(t))], axis=1
        )
        return arcs + self.noise * self._normal(0), labels


TOYS: dict[str, type[Toy]] = {made.notation: made for made in (Circle, Xor, Gauss, Spiral, Moons)}
"""Every toy set by its name in text."""
