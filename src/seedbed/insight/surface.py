"""The loss around a state, along random directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Plan
from seedbed.insight.probe import ProbeBatch, on_prepared
from seedbed.network import State
from seedbed.philox import Stream, uniform

Float64 = NDArray[np.float64]

# Beside the draws of first values, which are counted from 0.
_DIRECTIONS = 2**31


@dataclass(frozen=True)
class LossSurface:
    """Loss and error around a state, for every combination of steps along one or two directions.

    Attributes
    ----------
    coordinates : float64 array, shape (points,)
        Steps along each direction; 0 is the state itself, 1 as far as each filter is long.
    losses : float64 array, shape (points,) or (points, points)
        Mean loss of the batch in evaluation mode; the first axis belongs to the first direction.
    errors : float64 array, the same shape
        Percent of wrong answers.
    """

    coordinates: Float64
    losses: Float64
    errors: Float64


def loss_surface(
    plan: Plan, state: State, batch: ProbeBatch, directions: int = 2, span: float = 1.0, points: int = 25, seed: int = 0
) -> LossSurface:
    """Walk from a state along random directions that have the length of its filters.

    A direction is drawn from the normal distribution; the part of it for each filter (or neuron) is then stretched to
    the length of that filter. Biases and the parameters of batch norm stay. So surfaces of different networks can be
    compared. Source: Li, Xu, Taylor, Studer and Goldstein (2018), section 4.

    Parameters
    ----------
    plan : Plan
        As ``Recipe.plan`` gives it.
    state : State
        Parameters and buffers are taken.
    batch : ProbeBatch
    directions : int
        1 or 2.
    span : float
        Coordinates run from -span to span.
    points : int
        For each direction; an odd number has the state itself among them.
    seed : int
        Of the directions.
    """
    own = plan.network.parameter_shapes | plan.network.buffer_shapes
    start = {key: array for key, array in state.items() if key in own}
    session = load_engine(ENGINES[0]).start(on_prepared(plan, len(batch.labels)), start)
    ways = [_direction(plan, start, seed, number) for number in range(directions)]
    coordinates = np.linspace(-span, span, points)
    losses, errors = np.empty(points**directions), np.empty(points**directions)
    for place, steps in enumerate(product(coordinates, repeat=directions)):
        # Far from the state numbers may grow beyond float32; the loss says so.
        with np.errstate(over="ignore", invalid="ignore"):
            session.load_state(_moved(start, ways, steps))
            outputs = session.outputs(batch.images)
            losses[place] = plan.loss.mean_value(outputs, batch.labels, plan.class_weights)
        errors[place] = 100 * np.mean(outputs.argmax(axis=1) != batch.labels)
    shape = (points,) * directions
    return LossSurface(coordinates, losses.reshape(shape), errors.reshape(shape))


def _direction(plan: Plan, state: State, seed: int, number: int) -> dict[str, Float64]:
    """A random direction by parameter; those of one dimension are left out."""
    direction: dict[str, Float64] = {}
    for index, (key, shape) in enumerate(plan.network.parameter_shapes.items()):
        if len(shape) < 2:
            continue
        drawn = ndtri(uniform(state[key].size, seed, Stream.PARAMETERS, _DIRECTIONS + number, index))
        rows, length = drawn.reshape(shape[0], -1), np.linalg.norm(state[key].reshape(shape[0], -1), axis=1)
        direction[key] = (rows * (length / np.linalg.norm(rows, axis=1))[:, np.newaxis]).reshape(shape)
    return direction


def _moved(state: State, ways: Sequence[dict[str, Float64]], steps: Sequence[float]) -> State:
    moved = dict(state)
    for way, step in zip(ways, steps, strict=True):
        for key, direction in way.items():
            moved[key] = (moved[key] + step * direction).astype(np.float32)
    return moved
