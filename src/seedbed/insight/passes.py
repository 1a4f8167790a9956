"""Forward and backward through the layers of the reference engine, with all values on the way."""

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Plan
from seedbed.engine.losses import MSE
from seedbed.engine.optimizers import SGD
from seedbed.engine.reference import ReferenceEngine
from seedbed.engine.reference.module import Array, Module
from seedbed.network import Network, State


class Passes:
    """The layers of a network with the numbers of a state.

    Which engine made the state leaves no trace: everything is computed in float64.

    Parameters
    ----------
    network : Network
    state : State
        Its parameters and buffers are taken; memory of optimizers and averages are not looked at.

    Raises
    ------
    EngineError
        The state is of another network.
    """

    def __init__(self, network: Network, state: State) -> None:
        own = network.parameter_shapes | network.buffer_shapes
        channels = network.input_shape[0]
        # Batch size, loss and optimizer are never used here; the engine's plan wants them.
        plan = Plan(network, MSE(), SGD(lr=1.0), 1, np.ones(channels, np.float32), np.zeros(channels, np.float32))
        session = ReferenceEngine().start(plan, {key: array for key, array in state.items() if key in own})
        self.modules: dict[str, Module] = session.modules

    def forward(self, images: NDArray[np.float32], training: bool = False) -> dict[str, Array]:
        """Outputs of every layer, by name.

        Parameters
        ----------
        images : float32 array, shape (n, c, h, w)
            As they enter the network.
        training : bool
            With the statistics of the batch in batch norm, and with dropout, which must have heard of the batch.
        """
        values: Array = images.astype(np.float64)
        outputs: dict[str, Array] = {}
        # The state of a run that diverged gives infinities; they are its answer.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for name, module in self.modules.items():
                outputs[name] = values = module.forward(values, training)
        return outputs

    def backward(self, gradient: Array, last: str | None = None) -> tuple[dict[str, Array], Array]:
        """Apply the chain rule to the batch that went forward last.

        Parameters
        ----------
        gradient : float64 array
            Derivative of a number by the outputs of a layer.
        last : str, optional
            That layer; the last of the network if left out.

        Returns
        -------
        dict of str to float64 array
            Derivative by the outputs of that layer and of every layer before it, by name.
        float64 array, shape (n, c, h, w)
            Derivative by the images.
        """
        names = list(self.modules)
        by_outputs: dict[str, Array] = {}
        with np.errstate(over="ignore", invalid="ignore"):
            for name in reversed(names[: names.index(last or names[-1]) + 1]):
                by_outputs[name] = gradient
                gradient = self.modules[name].backward(gradient)
        return by_outputs, gradient
