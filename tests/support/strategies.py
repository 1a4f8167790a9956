"""What Hypothesis draws for tests of several rooms: networks that fit together, and values without ties."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from seedbed.errors import NetworkError
from seedbed.network import (
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Network,
    Pad,
    ReLU,
    ScaledTanh,
    Shape,
    Sigmoid,
    SiLU,
    Softmax,
    Subsample,
    Tanh,
)

input_shapes = st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12))

batch_norms = st.builds(
    BatchNorm,
    eps=st.floats(1e-12, 1.0),
    momentum=st.floats(0.0, 1.0),
    unbiased=st.booleans(),
    initial_var=st.floats(0.0, 10.0),
)
activations = st.sampled_from(
    [Tanh(), ScaledTanh(), ReLU(), LeakyReLU(0.2), SiLU(), GELU(), Sigmoid(), Sigmoid(gradient="tanh")]
)
dropouts = st.builds(Dropout, st.floats(0, 1, exclude_max=True))
response_norms = st.builds(
    LocalResponseNorm, st.integers(1, 6), alpha=st.floats(0, 2), beta=st.floats(0, 2), k=st.floats(0.5, 3)
)


@st.composite
def convolutions(draw: st.DrawFn, channels: int) -> Conv2d:
    """A convolution that may state the number of channels it gets, and which of them each output looks at."""
    kernel_size = draw(st.integers(1, 5))
    out_channels = draw(st.integers(1, 9))
    masks = st.lists(st.integers(1, 2**channels - 1), min_size=out_channels, max_size=out_channels)
    return Conv2d(
        out_channels=out_channels,
        kernel_size=kernel_size,
        stride=draw(st.integers(1, 3)),
        padding=draw(st.integers(0, kernel_size - 1)),
        bias=draw(st.booleans()),
        in_channels=draw(st.sampled_from([None, channels])),
        table=draw(st.none() | masks.map(tuple)),
    )


@st.composite
def pools(draw: st.DrawFn) -> Layer:
    made_of = draw(st.sampled_from([AvgPool2d, MaxPool2d]))
    return made_of(draw(st.integers(1, 4)), draw(st.none() | st.integers(1, 4)), ceil_mode=draw(st.booleans()))


@st.composite
def layers_for(draw: st.DrawFn, shape: Shape) -> Layer:
    """A layer that takes this kind of value; its window may still be larger than the value."""
    if len(shape) == 1:
        linears = st.builds(
            Linear, st.integers(1, 12), bias=st.booleans(), in_features=st.sampled_from([None, shape[0]])
        )
        return draw(linears | batch_norms | dropouts | activations | st.sampled_from([Softmax(), Flatten()]))
    windows = convolutions(shape[0]) | pools() | st.builds(Subsample, st.integers(1, 3)) | response_norms
    reshapes = st.builds(Pad, st.integers(0, 3)) | st.just(Flatten())
    return draw(windows | batch_norms | dropouts | activations | reshapes)


@st.composite
def networks(draw: st.DrawFn, max_layers: int = 8) -> Network:
    """Any network whose layers fit."""
    input_shape = draw(input_shapes)
    layers: list[Layer] = []
    shape: Shape = input_shape
    for _ in range(draw(st.integers(1, max_layers))):
        layer = draw(layers_for(shape))
        try:
            shape = Network([*layers, layer], input_shape).output_shape
        except NetworkError:
            continue
        layers.append(layer)
    return Network(layers or [Flatten()], input_shape)


@st.composite
def distinct_values(draw: st.DrawFn, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers between -2 and 2, any two of them and 0 at least 2 / count apart, in a random order."""
    count = int(np.prod(shape))
    order = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).permutation(count)
    return ((order + 0.5 - count / 2 + 0.25 * (count % 2)) * 4 / count).reshape(shape)


@st.composite
def image_batches(draw: st.DrawFn, smallest: int = 1) -> NDArray[np.float64]:
    """Distinct values as a small batch of images (n, c, h, w)."""
    sizes = (st.integers(1, 4), st.integers(1, 3), st.integers(smallest, 6), st.integers(smallest, 6))
    return draw(distinct_values(draw(st.tuples(*sizes))))


@st.composite
def feature_batches(draw: st.DrawFn) -> NDArray[np.float64]:
    """Distinct values as a small batch of features (n, features)."""
    return draw(distinct_values(draw(st.tuples(st.integers(1, 5), st.integers(1, 8)))))
