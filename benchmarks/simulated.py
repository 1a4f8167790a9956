"""Errors of runs as luck makes them, and the lines of a table about them."""

import math

import numpy as np
from numpy.typing import NDArray

IMAGES, ERROR, STD = 10_000, 0.01, 0.06
# Runs whose standard deviation is twice √(e / 2I), as it is of most networks measured.
LUCK = 0.12
Errors = NDArray[np.float64]


def counts(random: np.random.Generator, arms: int, runs: int, luck: float = 0.0) -> Errors:
    """Errors in percent of many arms of one recipe on one test set, float64 of shape (arms, runs).

    ``luck`` is the spread of a factor on the chance of mistakes that each run draws for itself.
    """
    difficulty = random.beta(ERROR, 1 - ERROR, IMAGES)
    difficulty = difficulty[difficulty > 1e-7]
    chance = np.exp(random.normal(0, luck, (arms, runs))) if luck else np.ones((arms, runs))
    wrong = np.zeros((arms, runs))
    for p in difficulty:
        wrong += random.random((arms, runs)) < np.minimum(p * chance, 1)
    return 100 * wrong / IMAGES


def share(hits: list[bool] | NDArray[np.bool_]) -> str:
    """Percent, with the half-width of Agresti and Coull's (1998) 95% interval: not 0 where there was no hit."""
    trials = np.size(hits)
    near = (np.sum(hits) + 2) / (trials + 4)
    return f"{100 * np.mean(hits):.2f} ± {196 * math.sqrt(near * (1 - near) / (trials + 4)):.2f}"


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def head(*cells: str) -> list[str]:
    return ["", row(*cells), "|" + "---|" * len(cells)]
