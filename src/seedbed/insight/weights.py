"""How large the parameters are, and how far one step of the optimizer moves them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk, Plan
from seedbed.insight.probe import ProbeBatch, on_prepared
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


def weights(plan: Plan, state: State, batch: ProbeBatch, epoch: int = 0) -> Weights:
    """Measure the parameters and one step of the optimizer.

    Parameters
    ----------
    plan : Plan
        As ``Recipe.plan`` gives it.
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
    names = tuple(plan.network.parameter_shapes)
    own = {key: state[key] for key in (*names, *plan.network.buffer_shapes) if key in state}
    session = load_engine(ENGINES[0]).start(on_prepared(plan, len(batch.labels)), own)
    order = np.arange(len(batch.labels))
    rate = np.array([plan.optimizer.lr])
    session.train(Chunk(batch.images, batch.labels, order, rate, samples=batch.numbers))
    moved = session.state()
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.array([[_norm(state[name]) for name in names]])
        steps = np.array([[_norm(np.subtract(moved[name], state[name], dtype=np.float64)) for name in names]])
    return Weights((epoch,), names, norms, steps)


def _norm(array: NDArray[np.float32] | Float64) -> float:
    return float(np.sqrt(np.square(array, dtype=np.float64).sum()))
