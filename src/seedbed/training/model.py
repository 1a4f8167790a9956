"""A trained network that answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.data import Dataset, load_data
from seedbed.data.likeness import Appearance, Handling, is_picture, look_at, matched, read_picture
from seedbed.data.preparation import FittedInput, fit_input, fixed_input
from seedbed.engine import load_engine
from seedbed.engine.base import AVERAGE, Plan
from seedbed.engine.losses import MSE
from seedbed.engine.optimizers import SGD
from seedbed.errors import DataError, StoreError
from seedbed.files import exists, given_path
from seedbed.network import Layer, Network, State, load_network, read_network, shape_text
from seedbed.training.checkpoint import is_run_file, load_run
from seedbed.training.model_parts import ModelParts
from seedbed.training.prediction import Prediction
from seedbed.training.probabilities import probabilities
from seedbed.training.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from seedbed.engine.torch import Sequential


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
    classes : sequence of str, optional
        Names of the classes; if left out, ``"0"``, ``"1"``, ….
    provenance : Provenance, optional
        How it was trained, on what, and how well it did.
    appearance : Appearance, optional
        What its training images look like: decides what is done to a picture, and whether it is unlike them.
    """

    def __init__(
        self,
        network: Network,
        state: State,
        input: FittedInput,
        engine: str = "native",
        *,
        classes: Sequence[str] | None = None,
        provenance: Provenance | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        names = network.parameter_shapes | network.buffer_shapes
        self.network = network
        self.state: State = {key: state.get(f"{key}/{AVERAGE}", state[key]) for key in names}
        self.input = input
        self.classes = tuple(map(str, range(network.classes) if classes is None else classes))
        self.provenance, self.appearance = provenance, appearance
        self._has_names = classes is not None
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

    @overload
    def predict(self, images: "str | Path | bytes", handling: Handling = ...) -> Prediction: ...

    @overload
    def predict(self, images: NDArray[Any], handling: Handling = ...) -> NDArray[np.int64]: ...

    @overload
    def predict(self, images: Any, handling: Handling = ...) -> Any: ...

    def predict(self, images: Any, handling: Handling = Handling()) -> Any:  # noqa: B008 - frozen
        """Class of each image, or what is to be said of a picture.

        Parameters
        ----------
        images : array as for `logits`; or a picture: path, file content, image of Pillow; or a sequence of pictures
        handling : Handling
            What may be done to pictures.

        Returns
        -------
        int64 array, shape (n,); or Prediction; or list of Prediction

        Raises
        ------
        DataError
            An array is not as the training images are, or a picture cannot be read.
        """
        if is_picture(images):
            return self.examine([images], handling=handling)[0]
        if _are_pictures(images):
            return self.examine(images, handling=handling)
        answers: NDArray[np.int64] = self.logits(images).argmax(axis=1)
        return answers

    def probabilities(self, images: Any, handling: Handling = Handling()) -> NDArray[np.float64]:  # noqa: B008 - frozen
        """Probability of each class; of networks trained with other losses than cross-entropy only their order counts.

        Parameters
        ----------
        images, handling
            As for `predict`.

        Returns
        -------
        float64 array, shape (n, classes), or (classes,) for one picture
        """
        if is_picture(images):
            return self.examine([images], handling=handling)[0].probabilities
        if _are_pictures(images):
            return np.stack([one.probabilities for one in self.examine(images, handling=handling)])
        return self._probabilities(images)

    def examine(
        self,
        pictures: Sequence[Any],
        names: Sequence[str] | None = None,
        handling: Handling = Handling(),  # noqa: B008 - frozen
    ) -> list[Prediction]:
        """What is to be said of each picture.

        Parameters
        ----------
        pictures : sequence of paths, file contents, images of Pillow, and uint8 arrays of shape (h, w) or (h, w, 3)
        names : sequence of str, optional
            What to call them.
        handling : Handling

        Raises
        ------
        DataError
            A picture cannot be read, or the network does not take pictures.
        """
        if not len(pictures):
            return []
        if self.input.dtype != "uint8":
            raise DataError(
                "pictures: the network was trained on floating point values, and takes arrays of float32 or a table."
            )
        called = [_name(one, place) for place, one in enumerate(pictures, 1)] if names is None else names
        fitted, done = [], []
        for picture, name in zip(pictures, called, strict=True):
            pixels, opened = read_picture(picture, name)
            image, changed = matched(pixels, self.input.stored_shape, self.appearance, handling)
            fitted.append(image)
            done.append((*opened, *changed))
        images = np.stack(fitted)
        probabilities = self._probabilities(images)
        distances = [float("nan")] * len(images) if self.appearance is None else self.appearance.distances(images)
        return [
            Prediction(name, self.classes, values, changed, float(distance))
            for name, values, changed, distance in zip(called, probabilities, done, distances, strict=True)
        ]

    def _probabilities(self, images: ArrayLike) -> NDArray[np.float64]:
        return probabilities(self.logits(images)[:, : len(self.classes)], self.network)

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

    def export(self, path: str | Path, to: str | None = None) -> list[Path]:
        """Write the network for another program, with its input steps inside: stored images in, probabilities out.

        Parameters
        ----------
        path : str or Path
            A suffix that is missing is added.
        to : str, optional
            ``onnx``, ``torch`` (code, and its numbers as safetensors beside it), ``keras``, ``numpy`` (one file of
            Python) or ``safetensors`` (as `save`); if left out, what the suffix of the path means.

        Returns
        -------
        list of Path
            What was written, the main file first.

        Raises
        ------
        StoreError
            The form is unknown, the suffix is that of another one, the parameters are not finite, or the file cannot
            be written there.
        EngineError
            The form lacks a layer, or the package that it needs is not installed.
        """
        from seedbed.export import Exported, export, form_of

        path = given_path("model", path, StoreError)
        form = form_of(path, to)
        if form == "safetensors":
            path = path.with_suffix(".safetensors")
            self.save(path)
            return [path]
        self._require_finite(path)
        provenance = self.provenance.to_dict() if self.provenance else None
        said = str(self.provenance) if self.provenance else ""
        return export(Exported(self.network, self.state, self.input, self.classes, provenance, said), path, form)

    def _require_finite(self, path: Path) -> None:
        wrong = next((name for name, array in self.state.items() if not np.isfinite(array).all()), None)
        if wrong is not None:
            raise StoreError(f"model '{path}': not written, as '{wrong}' is not finite everywhere. Train it anew.")

    def save(self, path: str | Path) -> None:
        """Write a safetensors file with all that the model knows: see `seedbed.training.model_file`.

        Raises
        ------
        StoreError
            The suffix is another, the parameters are not finite, or the file cannot be written there.
        """
        # The schema needs pydantic, which training does not.
        from seedbed.training.model_file import write_model

        path = given_path("model", path, StoreError)
        check_model_path(path)
        self._require_finite(path)
        classes = self.classes if self._has_names else None
        write_model(path, ModelParts(self.network, self.state, self.input, classes, self.provenance, self.appearance))

    @classmethod
    def from_state_dict(
        cls,
        network: str | Network | Sequence[Layer],
        path: str | Path,
        *,
        input: str = "scale",
        data: str | Dataset | None = None,
        layers: Mapping[str, str] | None = None,
        engine: str = "native",
    ) -> "Model":
        """A network with the numbers that PyTorch has trained.

        Parameters
        ----------
        network : str, Network or list of layers
            The same network in Seedbed's words; without `data` it must begin with its input: ``input(1, 28, 28) …``.
        path : str or Path
            A ``state_dict`` as safetensors, or of ``torch.save``, which is read without running anything in it.
        input : str
            What was done to images of bytes before the network saw them: ``scale`` is torchvision's ``ToTensor``,
            ``standardize(0.1307, 0.3081)`` with its ``Normalize``.
        data : str or Dataset, optional
            What it was trained on: gives the shape of images, the names of the classes, and what ``input`` needs.
        layers : mapping of str to str, optional
            What the file calls each layer, ``{"conv1": "features.0"}``; if left out, see
            `seedbed.training.weights.fitted_state`.

        Raises
        ------
        StoreError
            The file is no ``state_dict``, or does not fit: the message names the first layer that differs.
        NetworkError, RecipeError, DataError
        """
        from seedbed.training.weights import fitted_state, read_weights

        path = given_path("weights", path, StoreError)
        dataset = load_data(data) if isinstance(data, str) else data
        if dataset is None:
            built = read_network(network).build()
            fitted = fixed_input(input, built.input_shape)
        else:
            fitted = fit_input(input, dataset)
            built = load_network(network, fitted.image_shape)
        state = fitted_state(built, read_weights(path), path, layers)
        classes = None if dataset is None else dataset.classes
        return cls(built, state, fitted, engine, classes=classes, appearance=look_at(dataset) if dataset else None)

    @classmethod
    def load(cls, path: str | Path, engine: str = "native") -> "Model":
        """Read what ``save`` wrote, or the file of a finished run; its data is loaded to prepare images alike.

        Raises
        ------
        StoreError
            The file is missing, damaged or neither of them.
        DataError
            The data of a run cannot be had, or is not what the run was trained on.
        """
        from seedbed.training.model_file import read_model

        path = given_path("model", path, StoreError)
        if is_run_file(path):
            return _of_run(path, engine)
        if not exists(path) and "/" not in str(path) and path.suffix != ".safetensors":
            raise StoreError(f"model '{path}': no such file. A run of a workspace: sb.load_run('{path}').model.")
        parts = read_model(path)
        return cls(
            parts.network,
            parts.state,
            parts.input,
            engine,
            classes=parts.classes,
            provenance=parts.provenance,
            appearance=parts.appearance,
        )


def check_model_path(path: Path) -> None:
    """Refuse the suffix of something else.

    Raises
    ------
    StoreError
    """
    if path.suffix in ("", ".safetensors"):
        return
    other = "model.export writes ONNX, Keras, PyTorch and NumPy: docs/export.md."
    raise StoreError(
        f"model '{path}': models are written as safetensors files, got the suffix '{path.suffix}'. Say "
        f"'{path.with_suffix('.safetensors')}'. {other}"
    )


def _of_run(path: Path, engine: str) -> Model:
    state, recipe, seed = load_run(path)
    if state.outcome is None or not state.outcome.is_complete:
        raise StoreError(f"run file '{path}': expected a run that has ended well. Train it to its end first.")
    dataset = recipe.split(load_data(recipe.data))
    result = state.history.result
    return Model(
        recipe.build_network(dataset.image_shape),
        state.state,
        fit_input(recipe.parts.input, dataset),
        engine,
        classes=dataset.classes,
        provenance=provenance_of(
            dataset, recipe.to_dict(), seed, path.stem, float("nan") if result is None else result.test_error
        ),
        appearance=look_at(dataset),
    )


def _are_pictures(images: Any) -> bool:
    return isinstance(images, list | tuple) and bool(images) and all(map(is_picture, images))


def _name(picture: Any, place: int) -> str:
    return str(picture) if isinstance(picture, str | Path) else f"picture {place}"
