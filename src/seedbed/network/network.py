"""A network: layers in a row, an input shape, and the shapes that follow from them."""

from dataclasses import dataclass

from seedbed.errors import NetworkError
from seedbed.network.layers import LAYERS, Conv2d, Layer, Linear, Shape, ShapeError, shape_text
from seedbed.notation import build, parse_calls


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
        if not self.layers:
            raise NetworkError("a network needs at least one layer; try 'flatten linear(10)'.")
        if len(self.input_shape) != 3 or min(self.input_shape) < 1:
            raise NetworkError(
                f"input: expected channels, height, width, all at least 1; got ({', '.join(map(str, input_shape))})."
            )
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
        calls = parse_calls(text)
        if calls and calls[0][0] == "input":
            values, named = calls.pop(0)[1]
            if named or not all(isinstance(v, int) for v in values):
                raise NetworkError("input: expected three whole numbers, as in input(1, 28, 28).")
            if input_shape is not None and tuple(values) != tuple(input_shape):
                raise NetworkError(
                    f"input: the network expects images of {shape_text(tuple(values))}, the data has "
                    f"{shape_text(input_shape)}. Leave out 'input(…)' to take the shape of the data."
                )
            input_shape = tuple(values)
        if input_shape is None:
            raise NetworkError(f"the input shape is not known; begin with 'input(1, 28, 28)': '{text}'.")
        return cls([build("layer", LAYERS, name, arguments) for name, arguments in calls], input_shape)

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
            raise NetworkError(
                f"the network ends in {shape_text(self.output_shape)} from '{self.nodes[-1].name}', "
                "expected one number per class. End it with 'flatten linear(10)'."
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
        counts: dict[str, int] = {}
        shape = self.input_shape
        for layer in self.layers:
            counts[layer.prefix] = counts.get(layer.prefix, 0) + 1
            name = f"{layer.prefix}{counts[layer.prefix]}"
            try:
                output_shape = layer.output_shape(shape)
            except ShapeError as misfit:
                raise NetworkError(self._explain(layer, name, misfit, nodes, shape)) from None
            nodes.append(Node(name, layer, shape, output_shape))
            shape = output_shape
        return nodes

    def _explain(self, layer: Layer, name: str, misfit: ShapeError, before: list[Node], shape: Shape) -> str:
        source = f"'{before[-1].name}'" if before else "the input"
        origin = "the input shape"
        for node in before:
            if isinstance(node.layer, Conv2d):
                origin = f"out_channels of '{node.name}'"
            elif isinstance(node.layer, Linear):
                origin = f"out_features of '{node.name}'"
        mend = misfit.mend.format(origin=origin)
        return f"{layer.notation} '{name}': {misfit.problem} from {source} ({shape_text(shape)}). {mend}"
