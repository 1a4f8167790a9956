"""A network: layers in a row, an input shape, and the shapes that follow from them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seedbed.checks import as_whole
from seedbed.errors import NetworkError, inside
from seedbed.network.layers import LAYERS, Conv2d, Layer, Linear, Shape, ShapeError, shape_text
from seedbed.network.own import COMPOSITIONS
from seedbed.notation import Call, Span, build, checked, parse_calls
from seedbed.own_modules import import_module_of

MOST_LAYERS = 1000
"""Of a network: a text of some hundred kilobytes would otherwise take minutes, in a file of a stranger too."""


@dataclass(frozen=True)
class Node:
    """One layer in its place.

    Attributes
    ----------
    name : str
        Unique within the network: ``conv2`` is the second convolution.
    input_shape, output_shape : Shape
        For one image, without the batch.
    """

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """Trainable arrays of this layer by full name, ``conv1.weight``."""
        return {f"{self.name}.{key}": s for key, s in self.layer.parameter_shapes(self.input_shape).items()}

    @property
    def buffer_shapes(self) -> dict[str, Shape]:
        """Arrays of this layer that are kept but not trained, by full name, ``norm1.running_mean``."""
        return {f"{self.name}.{key}": s for key, s in self.layer.buffer_shapes(self.input_shape).items()}

    @property
    def parameter_count(self) -> int:
        """Number of trainable numbers."""
        return self.layer.parameter_count(self.input_shape)


class Network:
    """Layers in a row with all shapes known and checked.

    Parameters
    ----------
    layers : sequence of Layer
    input_shape : (channels, height, width)

    Raises
    ------
    NetworkError
        Layers do not fit; the message names the layer, what it expected, what came from where, and the likely mend.

    Examples
    --------
    >>> print(Network.parse("flatten linear(10)", input_shape=(1, 28, 28)))
    input(1, 28, 28) flatten linear(10)
    """

    def __init__(self, layers: "tuple[Layer, ...] | list[Layer]", input_shape: Shape) -> None:
        self.layers = tuple(layers)
        self.input_shape = tuple(input_shape)
        for layer in self.layers:
            # Whatever an engine knows of a subclass is its parent: it would compute that and say nothing.
            if isinstance(layer, Layer):
                checked("layer", LAYERS, layer)
        if not self.layers:
            hint = "try 'flatten linear(10)'"
            raise NetworkError(f"a network needs at least one layer; {hint}.", expected="at least one layer", hint=hint)
        _check_count(len(self.layers))
        if len(self.input_shape) != 3 or min(self.input_shape) < 1:
            expected, got = "channels, height, width, all at least 1", f"({', '.join(map(str, input_shape))})"
            raise NetworkError(f"input: expected {expected}; got {got}.", expected=expected, got=got)
        self.nodes = tuple(self._place())

    @classmethod
    def parse(cls, text: str, input_shape: Shape | None = None) -> "Network":
        """Read the text form.

        Parameters
        ----------
        text : str
            ``input(1, 28, 28) conv2d(6, 5) relu flatten linear(10)``; ``input`` may be left out if the shape is given.
        input_shape : (channels, height, width), optional
            Shape of the images the network is for; it must agree with ``input`` in the text.
        """
        return Architecture.parse(text).build(input_shape)

    def __str__(self) -> str:
        return " ".join([f"input({', '.join(map(str, self.input_shape))})", *map(str, self.layers)])

    def __repr__(self) -> str:
        return f"Network({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and (self.layers, self.input_shape) == (other.layers, other.input_shape)

    def __hash__(self) -> int:
        return hash((self.layers, self.input_shape))

    @property
    def output_shape(self) -> Shape:
        """Shape of what the last layer gives for one image."""
        return self.nodes[-1].output_shape

    @property
    def classes(self) -> int:
        """Number of outputs.

        Raises
        ------
        NetworkError
            The network does not end in a flat value.
        """
        if len(self.output_shape) != 1:
            got, hint = (
                f"{shape_text(self.output_shape)} from '{self.nodes[-1].name}'",
                "End it with 'flatten linear(10)'.",
            )
            raise NetworkError(
                f"the network ends in {got}, expected one number per class. {hint}",
                field=self.nodes[-1].name,
                expected="one number per class",
                got=got,
                hint=hint,
            )
        (count,) = self.output_shape
        return count

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """Trainable arrays by full name, in the order of the layers."""
        return {key: shape for node in self.nodes for key, shape in node.parameter_shapes.items()}

    @property
    def buffer_shapes(self) -> dict[str, Shape]:
        """Arrays that are kept but not trained, by full name, in the order of the layers."""
        return {key: shape for node in self.nodes for key, shape in node.buffer_shapes.items()}

    @property
    def parameter_count(self) -> int:
        """Number of trainable numbers."""
        return sum(node.parameter_count for node in self.nodes)

    def _place(self) -> list[Node]:
        nodes: list[Node] = []
        shape = self.input_shape
        for name, layer in zip(layer_names(self.layers), self.layers, strict=True):
            try:
                output_shape = layer.output_shape(shape)
            except ShapeError as misfit:
                raise self._explained(layer, name, misfit, nodes, shape) from None
            nodes.append(Node(name, layer, shape, output_shape))
            shape = output_shape
        return nodes

    def _explained(self, layer: Layer, name: str, misfit: ShapeError, before: list[Node], shape: Shape) -> NetworkError:
        source = f"'{before[-1].name}'" if before else "the input"
        origin = "the input shape"
        for node in before:
            if isinstance(node.layer, Conv2d):
                origin = f"out_channels of '{node.name}'"
            elif isinstance(node.layer, Linear):
                origin = f"out_features of '{node.name}'"
        hint = misfit.mend.format(origin=origin)
        message = f"{layer.notation} '{name}': {misfit.problem} from {source} ({shape_text(shape)}). {hint}"
        return NetworkError(message, field=name, expected=misfit.expected, got=f"{misfit.got} from {source}", hint=hint)


@dataclass(frozen=True)
class Architecture:
    """Layers in a row for images whose shape may not be known yet: a text that was read, or layers that were made.

    Attributes
    ----------
    text : str
    layers : tuple of Layer
    input_shape : (channels, height, width), optional
        The only shape that it takes, if it says so.
    spans : tuple of (int, int)
        Where the layers stand in ``text``, if it was read.
    """

    text: str
    layers: tuple[Layer, ...]
    input_shape: Shape | None = None
    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Architecture":
        """Read ``input(1, 28, 28) conv2d(6, 5) relu flatten linear(10)``; ``input`` may be left out.

        Raises
        ------
        NotationError, NetworkError
            With the layer and its place in the text.
        """
        calls = parse_calls(text)
        shape: Shape | None = None
        if calls and calls[0].name == "input":
            first = calls.pop(0)
            sizes = [as_whole(value) for value in first.values]
            shape = tuple(size for size in sizes if size is not None)
            if first.named or len(shape) < len(sizes):
                expected = "three whole numbers, as in input(1, 28, 28)"
                raise NetworkError(f"input: expected {expected}.", expected=expected, text=text, span=first.span)
        _check_count(len(calls))
        layers: list[Layer] = []
        numbers = Counter[str]()
        spans: list[Span] = []
        for call in calls:
            if ":" in call.name and call.name not in LAYERS and call.name not in COMPOSITIONS:
                import_module_of(call.name)
            if call.name in COMPOSITIONS:
                made = composed(call)
                layers += made
                numbers.update(layer.prefix for layer in made)
                spans += [call.span or (0, 0)] * len(made)
                continue
            spans += [call.span] if call.span is not None else []
            # The place of a name that is no layer's says enough.
            if call.name in LAYERS:
                prefix = LAYERS[call.name].prefix
                numbers[prefix] += 1
                with inside(f"{prefix}{numbers[prefix]}"):
                    layers.append(build("layer", LAYERS, call))
            else:
                build("layer", LAYERS, call)
        if any(":" in call.name for call in calls):
            # What is stored says which code it was, and holds the layers of a composition.
            head = [] if shape is None else [f"input({', '.join(map(str, shape))})"]
            return cls(" ".join([*head, *map(str, layers)]), tuple(layers), shape)
        return cls(text, tuple(layers), shape, tuple(spans))

    def build(self, input_shape: Shape | None = None) -> Network:
        """The network for images of a shape, else of the one that the text says.

        Raises
        ------
        NetworkError
        """
        shape = self.input_shape or input_shape
        if shape is None:
            hint = "begin with 'input(1, 28, 28)'"
            raise NetworkError(
                f"the input shape is not known; {hint}: '{self.text}'.", expected="an input shape", hint=hint
            )
        if input_shape is not None and tuple(shape) != tuple(input_shape):
            hint = "Leave out 'input(…)' to take the shape of the data."
            raise NetworkError(
                f"input: the network expects images of {shape_text(shape)}, the data has {shape_text(input_shape)}. "
                f"{hint}",
                expected=f"images of {shape_text(shape)}",
                got=shape_text(input_shape),
                hint=hint,
            )
        try:
            return Network(self.layers, shape)
        except NetworkError as error:
            names = layer_names(self.layers)
            if self.spans and error.field in names:
                error.text, error.span = self.text, self.spans[names.index(error.field)]
            raise


def composed(call: Call) -> list[Layer]:
    """The layers of a composition of a user's own.

    Raises
    ------
    NetworkError
        It does not take the arguments, or gives something else than layers.
    """
    try:
        made = COMPOSITIONS[call.name](*call.values, **call.named)
    except TypeError as error:
        raise NetworkError(f"composition '{call.name}': {error}.", text=call.text, span=call.span) from None
    layers = list(Architecture.parse(made).layers) if isinstance(made, str) else list(made)
    wrong = next((layer for layer in layers if not isinstance(layer, Layer)), None)
    if wrong is not None:
        raise NetworkError(
            f"composition '{call.name}': expected layers, got {wrong!r}.", text=call.text, span=call.span
        )
    return layers


def layer_names(layers: Sequence[Layer]) -> list[str]:
    """What layers are called in their places: ``conv1``, ``relu1``, ``conv2``."""
    counts: Counter[str] = Counter()
    names = []
    for layer in layers:
        prefix = layer.prefix
        counts[prefix] += 1
        names.append(f"{prefix}{counts[prefix]}")
    return names


def _check_count(layers: int) -> None:
    if layers > MOST_LAYERS:
        expected, got = f"at most {MOST_LAYERS:,}", f"{layers:,}"
        raise NetworkError(f"layers: expected {expected}, got {got}.", field="layers", expected=expected, got=got)
