"""Parts of a user's own: how they get their name and the mark of their code, and layers among them."""

import hashlib
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NetworkError, SeedbedError
from seedbed.network.layers import LAYERS, Layer, Shape, ShapeError
from seedbed.written import Written

Array = NDArray[np.float64]
Parameters = dict[str, Array]
COMPOSITIONS: dict[str, Callable[..., "str | Iterable[Layer]"]] = {}
"""Functions that give layers, by ``module:name``."""

_Part = TypeVar("_Part", bound=Written)
_STEP, _TOLERANCE = 1e-6, 1e-5


@dataclass(frozen=True)
class OwnLayer(Layer):
    """Base of a layer of your own.

    A subclass has its arguments as fields, and either `forward` and `backward` in NumPy, or `module` for PyTorch, or
    both. `own_layer` makes it known. What the base class of all layers says of shapes, parameters and first values may
    be overridden: `output_shape`, `parameter_shapes`, `fans`, `first_values`.

    Attributes
    ----------
    code : str
        The beginning of the SHA-256 of the source of its module: part of the text of a network, so that a run knows
        which code it was trained with.
    """

    _: KW_ONLY
    code: str = ""

    def __post_init__(self) -> None:
        """Check the arguments; a subclass may."""

    def forward(self, x: Array, parameters: Parameters) -> tuple[Array, Any]:
        """Outputs of a batch, and whatever `backward` needs.

        Parameters
        ----------
        x : float64 array, shape (n, channels, height, width) or (n, features)
        parameters : dict of str to float64 array
            By the names of `parameter_shapes`.
        """
        raise NotImplementedError

    def backward(self, gradient: Array, kept: Any, parameters: Parameters) -> tuple[Array, Parameters]:
        """Derivative of the loss by the inputs, in their shape, and by each parameter.

        Parameters
        ----------
        gradient : float64 array
            Derivative of the loss by the outputs.
        kept
            What `forward` gave beside the outputs.
        """
        raise NotImplementedError

    def module(self, shape: Shape) -> Any:
        """A ``torch.nn.Module`` that does the same, for inputs of a shape without the batch.

        Its parameters have the names of `parameter_shapes`; their values are set from outside.
        """
        raise NotImplementedError

    @property
    def has_numpy(self) -> bool:
        """Whether it has `forward` and `backward`."""
        return type(self).forward is not OwnLayer.forward and type(self).backward is not OwnLayer.backward

    @property
    def has_torch(self) -> bool:
        """Whether it has `module`."""
        return type(self).module is not OwnLayer.module


def own_layer(*, shape: Shape | None = None, **example: Any) -> Callable[[type[_Part]], type[_Part]]:
    """Make a layer of your own known, and check its derivatives by finite differences.

    Parameters
    ----------
    shape : Shape, optional
        Of an input to check it with; if left out, (2, 5, 4), or (6,) if it does not take that.
    **example
        Arguments to check it with, where they have no defaults.

    Raises
    ------
    NetworkError
        It has neither NumPy nor a module, or a derivative is wrong: which, where, and by how much.
    """

    def known(made: type[_Part]) -> type[_Part]:
        layer_class: Any = made_known(made, OwnLayer, LAYERS)
        layer = layer_class(**example)
        if not (layer.has_numpy or layer.has_torch):
            del LAYERS[layer.notation]
            raise NetworkError(
                f"own layer '{layer.notation}': expected forward and backward, or module. See docs/extending.md."
            )
        if layer.has_numpy:
            try:
                _check_layer(layer, shape or _taken(layer))
            except SeedbedError:
                del LAYERS[layer.notation]
                raise
        result: type[_Part] = layer_class
        return result

    return known


def composition(function: Callable[..., "str | Iterable[Layer]"]) -> Callable[..., "str | Iterable[Layer]"]:
    """Make a function that gives layers, as text or objects, known by its name: ``my_parts:block(16)`` in a text.

    The layers take its place as soon as the text is read, so all engines execute it, and runs keep the layers.
    """
    COMPOSITIONS[f"{function.__module__}:{function.__name__}"] = function
    return function


def made_known(made: type[_Part], base: type[Written], known: dict[str, Any]) -> type[_Part]:
    """A class as a part with a text form, entered among those that are known.

    Raises
    ------
    NetworkError
        It is not a subclass of the right base, or its name cannot stand in a text.
    """
    if not (isinstance(made, type) and issubclass(made, base)):
        raise NetworkError(f"own part '{getattr(made, '__name__', made)}': expected a subclass of {base.__name__}.")
    name, given = made.__name__, made.__dict__.get("__post_init__")
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise NetworkError(f"own part '{name}': expected a name of letters, digits and _.")
    digest = _digest(made)

    def checked(self: Any) -> None:
        if self.code not in ("", digest):
            raise self.error(
                f"{self.notation}: its code has changed: it was {self.code}, it is {digest}. Put the old file back, or "
                "leave out code=… to train with the new one.",
                field="code",
                expected=digest,
                got=self.code,
            )
        object.__setattr__(self, "code", digest)
        if given is not None:
            given(self)
        else:
            base.__post_init__(self)  # type: ignore[attr-defined]

    # The class is made anew below: what it takes from here must be there before.
    made.__post_init__ = checked  # type: ignore[attr-defined]
    part: Any = made if "__dataclass_fields__" in made.__dict__ else dataclass(frozen=True)(made)
    # Its own arguments come first in a text.
    part.__dataclass_fields__["code"] = part.__dataclass_fields__.pop("code")
    part.notation = f"{made.__module__}:{name}"
    part.prefix = name.lower()
    known[part.notation] = part
    result: type[_Part] = part
    return result


def _digest(made: type) -> str:
    """Of the file that a class stands in, else of its own source; a notebook has no file."""
    try:
        content = Path(inspect.getfile(made)).read_bytes()
    except (OSError, TypeError):
        try:
            content = inspect.getsource(made).encode()
        except (OSError, TypeError):
            content = made.__qualname__.encode()
    return f"x{hashlib.sha256(content).hexdigest()[:10]}"


def _taken(layer: OwnLayer) -> Shape:
    try:
        layer.output_shape((2, 5, 4))
    except ShapeError:
        return (6,)
    return 2, 5, 4


def _check_layer(layer: OwnLayer, shape: Shape) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(3, *shape))
    first = layer.first_values(shape)
    parameters = {
        key: np.array(first.get(key, 0.0) + random.normal(size=size) / 2)
        for key, size in layer.parameter_shapes(shape).items()
    }
    outputs, kept = layer.forward(x, parameters)
    wanted = (3, *layer.output_shape(shape))
    if np.shape(outputs) != wanted:
        raise NetworkError(
            f"own layer '{layer.notation}': forward: expected outputs of shape {wanted}, got {np.shape(outputs)}. Say "
            "it by output_shape."
        )
    weights = random.normal(size=wanted)
    by_input, by_parameter = layer.backward(weights.copy(), kept, parameters)
    if set(by_parameter) != set(parameters):
        raise NetworkError(
            f"own layer '{layer.notation}': backward: expected derivatives by {sorted(parameters) or 'no parameter'}, "
            f"got {sorted(by_parameter) or 'none'}."
        )

    def loss() -> float:
        return float((layer.forward(x, parameters)[0] * weights).sum())

    for name, array, found in [("the input", x, by_input), *((k, parameters[k], by_parameter[k]) for k in parameters)]:
        compare(f"own layer '{layer.notation}': backward", name, loss, array, np.asarray(found))


def compare(what: str, name: str, loss: Callable[[], float], array: Array, found: Array) -> None:
    """Check derivatives by central differences of a sum that depends on an array.

    Raises
    ------
    NetworkError
        Says the place where they differ most.
    """
    if found.shape != array.shape:
        raise NetworkError(f"{what}: derivative by {name}: expected shape {array.shape}, got {found.shape}.")
    differences = np.empty(array.shape)
    for place in np.ndindex(array.shape):
        own = array[place]
        array[place] = own + _STEP
        above = loss()
        array[place] = own - _STEP
        differences[place] = (above - loss()) / (2 * _STEP)
        array[place] = own
    away = np.abs(differences - found)
    # Written so that NaN is no agreement.
    if not away.max(initial=0) <= _TOLERANCE * max(1.0, float(np.abs(differences).max(initial=0))):
        place = np.unravel_index(int(np.nan_to_num(away, nan=np.inf).argmax()), away.shape)
        raise NetworkError(
            f"{what}: derivative by {name} at {tuple(map(int, place))}: expected {differences[place]:.6g} (finite "
            f"differences), got {found[place]:.6g}."
        )
