"""Which learning rates a recipe can take."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk
from seedbed.insight.probe import on_prepared
from seedbed.philox import Stream, permutation
from seedbed.training.recipe import Recipe

Float64 = NDArray[np.float64]

_FIRST, _LAST = 1e-5, 10.0
# More of them, and the loss has fallen before the rate is large.
_MOST_STEPS = 200
_MEMORY = 0.9
_TOO_HIGH = 4.0
_STEPS_AT_ONCE = 16


@dataclass(frozen=True)
class RangeTest:
    """The loss while the learning rate grows.

    Attributes
    ----------
    lrs : float64 array, shape (steps,)
        Learning rate of each step.
    losses : float64 array, shape (steps,)
        Mean loss of the images of each batch before its update.
    smooth : float64 array, shape (steps,)
        Its moving average: a ← 0.9·a + 0.1·loss, divided by 1 - 0.9ᵗ.
    suggestion : float or None
        The learning rate where the smooth loss falls most steeply over the logarithm of the learning rate, as a mean
        over about a tenth of the steps; None if it never falls.
    stopped : bool
        True if the loss became more than 4 times its minimum, or infinite, before the largest learning rate.
    """

    lrs: Float64
    losses: Float64
    smooth: Float64
    suggestion: float | None
    stopped: bool


def range_test(recipe: Recipe, dataset: Dataset, seed: int = 0, engine: str = ENGINES[0]) -> RangeTest:
    """Train for 200 steps, or an epoch if it has fewer, with a learning rate that grows from 1e-5 to 10 by the same
    factor in every step.

    Source: Smith (2017), section 3.3, with the exponential growth that later practice gives it.

    Parameters
    ----------
    recipe : Recipe
        Its own learning rate, schedule and number of epochs are not used.
    dataset : Dataset
        As ``Recipe.split`` gives it.
    seed : int
        Of the run.
    engine : str

    Raises
    ------
    SeedbedError
        The recipe does not fit the data, or the engine lacks a part of it.
    """
    resolved = recipe.resolve(dataset, seed)
    preparation = resolved.preparation
    most_images = min(recipe.batch_size, len(dataset.train_labels))
    session = load_engine(engine).start(on_prepared(resolved.plan, most_images), resolved.first_state())
    order = permutation(len(dataset.train_labels), seed, Stream.ORDER)
    rates = np.geomspace(_FIRST, _LAST, min(_MOST_STEPS, -(-len(order) // recipe.batch_size)))
    losses = np.empty(0)
    stopped = False
    for first in range(0, len(rates), _STEPS_AT_ONCE):
        own = rates[first : first + _STEPS_AT_ONCE]
        part = order[first * recipe.batch_size : (first + len(own)) * recipe.batch_size]
        chunk = Chunk(preparation.train(part), dataset.train_labels[part], np.arange(len(part)), own, samples=part)
        done = session.train(chunk).losses
        if resolved.plan.loss.is_sum:
            done = done / np.minimum(recipe.batch_size, len(part) - np.arange(len(own)) * recipe.batch_size)
        losses = np.concatenate([losses, done])
        smooth = _smooth(losses)
        with np.errstate(invalid="ignore"):
            is_high = ~np.isfinite(smooth) | (smooth > _TOO_HIGH * np.fmin.accumulate(smooth))
        if is_high.any():
            losses, stopped = losses[: int(is_high.argmax()) + 1], True
            break
    smooth = _smooth(losses)
    return RangeTest(rates[: len(losses)], losses, smooth, _steepest(rates[: len(losses)], smooth), stopped)


def _smooth(losses: Float64) -> Float64:
    smooth = np.empty(len(losses))
    average = 0.0
    for step, loss in enumerate(losses.tolist()):
        average = _MEMORY * average + (1 - _MEMORY) * loss
        smooth[step] = average / (1 - _MEMORY ** (step + 1))
    return smooth


def _steepest(rates: Float64, smooth: Float64) -> float | None:
    """The middle of the chunk, about a tenth of the steps long, over which the smooth loss falls most before its
    minimum: the rate grows by the same factor in every step."""
    finite = smooth[np.isfinite(smooth)]
    lowest = int(finite.argmin()) if len(finite) else 0
    if lowest < 2:
        return None
    half = max(1, min(len(rates) // 20, lowest // 2))
    falls = finite[: lowest + 1 - 2 * half] - finite[2 * half : lowest + 1]
    return float(rates[int(falls.argmax()) + half])
