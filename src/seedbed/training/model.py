"""A trained network that answers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import ArrayLike, NDArray

from seedbed.data.preparation import FittedInput
from seedbed.engine import load_engine
from seedbed.engine.base import AVERAGE, Plan
from seedbed.engine.losses import MSE
from seedbed.engine.optimizers import SGD
from seedbed.errors import DataError, StoreError
from seedbed.files import replacing
from seedbed.network import Network, State, shape_text

if TYPE_CHECKING:
    from seedbed.engine.torch import Sequential

_INPUT = "input."


class Model:
    """Network, parameters and preparation of images of a run.

    Parameters
    ----------
    network : Network
    state : State
        Parameters and buffers by full name; averages, where there are some, take the place of their parameters.
    input : FittedInput
        What is done to stored images before they enter the network.
    engine : str
        What computes the answers.
    """

    def __init__(self, network: Network, state: State, input: FittedInput, engine: str = "native") -> None:
        names = network.parameter_shapes | network.buffer_shapes
        self.network = network
        self.state: State = {key: state.get(f"{key}/{AVERAGE}", state[key]) for key in names}
        self.input = input
        channels = network.input_shape[0]
        direct = self.input.affine or (np.ones(channels, np.float32), np.zeros(channels, np.float32))
        # Loss and optimizer are never used here; the engine's plan wants them.
        plan = Plan(network, MSE(), SGD(lr=1.0), 64, *direct)
        self._session = load_engine(engine).start(plan, self.state)

    def __repr__(self) -> str:
        return f"<Model {self.network}: {self.network.parameter_count:,} parameters, input {str(self.input)!r}>"

    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Outputs of the last layer.

        Parameters
        ----------
        images : array, shape (n, c, h, w), or (n, h, w) for one channel
            As those that the network was trained with: uint8, float32 for a data set of float32.

        Returns
        -------
        float32 array, shape (n, classes)

        Raises
        ------
        DataError
            The images are not of the type or the shape of those that the network was trained with.
        """
        array = np.asarray(images)
        if array.dtype != self.input.dtype:
            wanted = self.input.dtype + (" with values 0 to 255" if self.input.dtype == "uint8" else "")
            raise DataError(f"images: expected {wanted}, got {array.dtype}. Do not scale them.")
        shape = self.input.stored_shape
        if array.ndim == 3 and shape[0] == 1:
            array = array[:, np.newaxis]
        if array.ndim != 4 or array.shape[1:] != shape:
            raise DataError(
                f"images: expected shape n×{shape_text(shape)}, got {shape_text(np.asarray(images).shape)}."
            )
        array = np.ascontiguousarray(array)
        parts = [array] if self.input.affine is not None else self.input.parts(array)
        return np.concatenate([self._session.outputs(part) for part in parts])

    def predict(self, images: ArrayLike) -> NDArray[np.int64]:
        """Class of each image, int64, shape (n,)."""
        answers: NDArray[np.int64] = self.logits(images).argmax(axis=1)
        return answers

    def to_torch(self) -> "Sequential":
        """The same network in PyTorch: a ``torch.nn.Sequential`` to keep, to train further or to export.

        Its first module, ``input``, prepares images as they are stored; the others have the names of the layers. It is
        in evaluation mode, on the CPU, shares no memory with this model and needs nothing else of Seedbed.

        Raises
        ------
        EngineError
            PyTorch is not installed.
        """
        from seedbed.engine.torch import to_torch

        return to_torch(self.network, self.state, self.input)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file with the arrays, the text of the network, and the input steps with their numbers.

        Raises
        ------
        StoreError
            The file cannot be written there.
        """
        about = {
            "network": str(self.network),
            "format": "seedbed-model-2",
            "input": str(self.input),
            "image_shape": self.input.stored_shape,
            "dtype": self.input.dtype,
        }
        arrays = self.state | {_INPUT + name: array for name, array in self.input.arrays().items()}
        content = safetensors.numpy.save(arrays, {"seedbed": json.dumps(about)})
        try:
            with replacing(Path(path)) as file:
                file.write(content)
        except OSError as error:
            raise StoreError(
                f"model '{path}': cannot be written to folder '{Path(path).parent}' ({error.strerror or error}). "
                "Give a file name in a folder that exists and can be written."
            ) from None

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
            numbers = {key.removeprefix(_INPUT): state[key] for key in state if key.startswith(_INPUT)}
            if about["format"] == "seedbed-model-1":
                fitted = {"0.scale": numbers["scale"], "0.shift": numbers["shift"]}
                input = FittedInput.load("standardize", fitted, network.input_shape, "uint8")
            else:
                input = FittedInput.load(about["input"], numbers, tuple(about["image_shape"]), about["dtype"])
            return cls(network, state, input, engine)
        except FileNotFoundError:
            raise StoreError(f"model '{path}': no such file.") from None
        except (OSError, KeyError, TypeError, ValueError, safetensors.SafetensorError) as error:
            raise StoreError(
                f"model '{path}': expected a model file of Seedbed, got something else ({error})."
            ) from None
