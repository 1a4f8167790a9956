"""What a network says of one picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNLIKE = "unlike the training images"
"""What is said of a picture whose distance is above 1."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer to one picture.

    Attributes
    ----------
    name : str
        Of the picture: its path, or its place.
    classes : tuple of str
    probabilities : float64 array, shape (classes,)
        They add up to 1. For networks trained with other losses than cross-entropy they only order the classes.
    done : tuple of str
        What was done to the picture before the network saw it.
    distance : float
        How unlike the training images it is, above 1 more than about 98 of 100 of them: `Appearance.distances`. NaN if
        the model does not know them.
    votes : tuple of str
        Of several networks: the answer of each. Their probabilities are averaged.
    """

    name: str
    classes: tuple[str, ...]
    probabilities: NDArray[np.float64]
    done: tuple[str, ...] = ()
    distance: float = float("nan")
    votes: tuple[str, ...] = ()

    @property
    def index(self) -> int:
        """Place of the answer among the classes."""
        return int(self.probabilities.argmax())

    @property
    def answer(self) -> str:
        """The class with the highest probability."""
        return self.classes[self.index]

    @property
    def probability(self) -> float:
        """Its probability, 0 to 1."""
        return float(self.probabilities[self.index])

    @property
    def is_unlike(self) -> bool:
        """Whether the picture is unlike the training images, so that the answer means little."""
        return self.distance > 1

    @property
    def agreeing(self) -> int:
        """How many of several networks give this answer by themselves."""
        return self.votes.count(self.answer)

    def top(self, count: int) -> tuple[tuple[str, float], ...]:
        """The likeliest classes with their probabilities, likeliest first."""
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return tuple((self.classes[place], float(self.probabilities[place])) for place in order)

    def to_dict(self, top: int = 1) -> dict[str, Any]:
        """Plain values for JSON."""
        values: dict[str, Any] = {
            "path": self.name,
            "answer": self.answer,
            "probability": round(self.probability, 6),
            "done": list(self.done),
            "distance": None if np.isnan(self.distance) else round(self.distance, 4),
            "is_unlike": self.is_unlike,
        }
        if top > 1:
            values["top"] = [{"class": name, "probability": round(value, 6)} for name, value in self.top(top)]
        if self.votes:
            values |= {"votes": list(self.votes), "agreeing": self.agreeing}
        return values

    def __repr__(self) -> str:
        parts = [f"{self.answer!r}, {100 * self.probability:.1f}%"]
        parts += [f"{self.agreeing} of {len(self.votes)} networks agree"] if self.votes else []
        parts += [UNLIKE] if self.is_unlike else []
        return f"<Prediction {self.name}: {'; '.join(parts)}>"
