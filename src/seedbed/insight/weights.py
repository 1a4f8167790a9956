"""How large the parameters are, and how far one step of the optimizer moves them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Chunk
from seedbed.insight.probe import BatchSession
from seedbed.insight.series import Series
from seedbed.network import State

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Weights(Series):
    """Norms by epoch and parameter.

    Attributes
    ----------
    norms : float64 array, shape (epochs, parameters)
        ‖w‖₂ of each parameter.
    steps : float64 array, shape (epochs, parameters)
        ‖Δw‖₂ of the first step that the recipe's optimizer takes from there on the probe batch, at its learning rate
        before any schedule; weight decay and clipping are part of it, memory of earlier steps is not.
    """

    norms: Float64
    steps: Float64

    @property
    def ratio(self) -> Float64:
        """‖Δw‖ / ‖w‖, float64, shape (epochs, parameters); NaN where the parameter is 0."""
        with np.errstate(invalid="ignore"):
            return self.steps / np.where(self.norms > 0, self.norms, np.nan)


def weights(session: BatchSession, state: State, epoch: int = 0) -> Weights:
    """Measure the parameters and one step of the optimizer.

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
    names, batch, loaded = tuple(session.plan.network.parameter_shapes), session.batch, session.load(state)
    order = np.arange(len(batch.labels))
    rate = np.array([session.plan.optimizer.lr])
    loaded.train(Chunk(batch.images, batch.labels, order, rate, samples=batch.numbers))
    moved = loaded.state()
    norms = np.array([[norm(state[name]) for name in names]])
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.array([[norm(np.subtract(moved[name], state[name], dtype=np.float64)) for name in names]])
    return Weights((epoch,), names, norms, steps)


def norm(array: NDArray[np.float32] | Float64) -> float:
    """‖array‖₂ of all its numbers, summed in float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.square(array, dtype=np.float64).sum()))
