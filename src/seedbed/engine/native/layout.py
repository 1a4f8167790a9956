"""Where everything lies in the native engine's memory."""

from dataclasses import dataclass, field
from math import prod

from seedbed.engine.native import _native
from seedbed.network import Network, Shape

LANES = _native.LANES


def align(count: int) -> int:
    """Round up to whole vectors."""
    return -(-count // LANES) * LANES


@dataclass
class Storage:
    """A value in a lane group, with columns of zeros left and right for windows that reach beyond it.

    Its gradient later takes the same place; ``activation`` is the one that made the value.
    """

    shape: Shape
    activation: str = "none"
    can_activate: bool = True
    wants_gradient: bool = False
    border_x: int = 0
    offset: int = 0

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape as channels, height, width; a flat value has one pixel per channel."""
        if len(self.shape) == 3:
            channels, height, width = self.shape
            return channels, height, width
        return self.shape[0], 1, 1

    @property
    def row_stride(self) -> int:
        return self.image_shape[2] + 2 * self.border_x

    @property
    def channel_stride(self) -> int:
        return self.row_stride * self.image_shape[1]

    @property
    def size(self) -> int:
        return self.image_shape[0] * self.channel_stride

    def view(self, flat: bool = False) -> _native.View:
        """How an operation sees the value; ``flat`` as one row of features."""
        view = _native.View()
        view.channels, view.height, view.width = self.image_shape
        view.channel_stride, view.row_stride = self.channel_stride, self.row_stride
        view.offset = self.offset + self.border_x
        if flat:
            view.channels, view.height, view.width = self.size, 1, 1
            view.channel_stride, view.row_stride = 1, 1
        return view


@dataclass
class Numbers:
    """Hands out ranges of a float array, each beginning on a whole vector."""

    size: int = 0

    def take(self, count: int) -> int:
        begin = self.size
        self.size += align(count)
        return begin


@dataclass
class SharedLayout:
    """Parameters first, layer by layer (weight, then bias right behind it), then buffers and the engine's own numbers.

    Attributes
    ----------
    places : dict of str to (offset, shape)
        Parameters and buffers by full name.
    trainable : int
        Floats that hold parameters; gradients and optimizer memory have the same layout.
    """

    network: Network
    places: dict[str, tuple[int, Shape]] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)
    trainable: int = 0

    def __post_init__(self) -> None:
        for node in self.network.nodes:
            self._place(node.parameter_shapes)
        self.trainable = self.numbers.size
        for node in self.network.nodes:
            self._place(node.buffer_shapes)

    def offset(self, name: str) -> int:
        """Where an array begins, or -1 if there is none of that name."""
        return self.places[name][0] if name in self.places else -1

    def _place(self, shapes: dict[str, Shape]) -> None:
        begin = self.numbers.take(sum(prod(shape) for shape in shapes.values()))
        for name, shape in shapes.items():
            self.places[name] = (begin, shape)
            begin += prod(shape)
