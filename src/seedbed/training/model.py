"""A trained network that answers."""

import json
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import ArrayLike, NDArray

from seedbed.engine import load_engine
from seedbed.engine.base import Plan
from seedbed.engine.losses import MSE
from seedbed.engine.optimizers import SGD
from seedbed.errors import DataError, StoreError
from seedbed.files import replacing
from seedbed.network import Network, State, shape_text


class Model:
    """Network, parameters and input scaling of a run.

    Parameters
    ----------
    network : Network
    state : State
        Parameters and buffers by full name.
    scale, shift : float32 arrays, shape (channels,)
        A pixel p enters the network as p·scale + shift.
    engine : str
        What computes the answers.
    """

    def __init__(
        self,
        network: Network,
        state: State,
        scale: NDArray[np.float32],
        shift: NDArray[np.float32],
        engine: str = "native",
    ) -> None:
        names = network.parameter_shapes | network.buffer_shapes
        self.network = network
        self.state: State = {key: state[key] for key in names}
        self.scale, self.shift = scale, shift
        # Loss and optimizer are never used here; the engine's plan wants them.
        plan = Plan(network, MSE(), SGD(lr=1.0), 64, scale, shift)
        self._session = load_engine(engine).start(plan, self.state)

    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Outputs of the last layer.

        Parameters
        ----------
        images : uint8 array, shape (n, c, h, w), or (n, h, w) for one channel

        Returns
        -------
        float32 array, shape (n, classes)

        Raises
        ------
        DataError
            The images are not uint8 or do not have the network's input shape.
        """
        array = np.asarray(images)
        if array.dtype != np.uint8:
            raise DataError(f"images: expected uint8 with values 0 to 255, got {array.dtype}. Do not scale them.")
        shape = self.network.input_shape
        if array.ndim == 3 and shape[0] == 1:
            array = array[:, np.newaxis]
        if array.ndim != 4 or array.shape[1:] != shape:
            raise DataError(
                f"images: expected shape n×{shape_text(shape)}, got {shape_text(np.asarray(images).shape)}."
            )
        return self._session.outputs(np.ascontiguousarray(array))

    def predict(self, images: ArrayLike) -> NDArray[np.int64]:
        """Class of each image, int64, shape (n,)."""
        answers: NDArray[np.int64] = self.logits(images).argmax(axis=1)
        return answers

    def save(self, path: str | Path) -> None:
        """Write a safetensors file with the arrays, the network's text and the input scaling."""
        about = {"network": str(self.network), "format": "seedbed-model-1"}
        arrays = self.state | {"input.scale": self.scale, "input.shift": self.shift}
        with replacing(Path(path)) as file:
            file.write(safetensors.numpy.save(arrays, {"seedbed": json.dumps(about)}))

    @classmethod
    def load(cls, path: str | Path, engine: str = "native") -> "Model":
        """Read what ``save`` wrote.

        Raises
        ------
        StoreError
            The file is missing, damaged or no model of Seedbed.
        """
        try:
            with safetensors.safe_open(str(path), "numpy") as file:
                about = json.loads((file.metadata() or {})["seedbed"])
                state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
            network = Network.parse(about["network"])
            scale, shift = state.pop("input.scale"), state.pop("input.shift")
            return cls(network, state, scale, shift, engine)
        except FileNotFoundError:
            raise StoreError(f"model '{path}': no such file.") from None
        except (OSError, KeyError, TypeError, ValueError, safetensors.SafetensorError) as error:
            raise StoreError(
                f"model '{path}': expected a model file of Seedbed, got something else ({error})."
            ) from None
