"""The reference engine against calculus, algebra and its own formulas."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from bounds import FLOAT64, gamma
from hypothesis import given
from hypothesis import strategies as st
from strategies import convolutions, feature_batches, image_batches, pools, response_norms

from seedbed.engine import load_engine
from seedbed.engine.losses import MSE, CrossEntropy, Loss
from seedbed.engine.reference.module import Array, Module
from seedbed.engine.reference.modules import MODULES
from seedbed.network import (
    GELU,
    LAYERS,
    RBF,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Linear,
    Pad,
    ReLU,
    ScaledTanh,
    Sigmoid,
    SiLU,
    Softmax,
    Subsample,
    Tanh,
    dropout_mask,
)

STEP = FLOAT64 ** (1 / 3)
"""Balances the truncation of central differences, ~h², against their rounding, ~eps/h."""


def build(layer: Layer, shape: tuple[int, ...], seed: int = 0) -> Module:
    """The module of a layer for values of a shape, with random parameters."""
    random = np.random.default_rng(seed)
    module = MODULES[type(layer)](layer)
    for key, size in layer.parameter_shapes(shape).items():
        module.parameters[key] = random.uniform(-1, 1, size)
    for key, size in layer.buffer_shapes(shape).items():
        module.buffers[key] = random.uniform(0.5, 1, size)
    return module


def assert_slope(f: Callable[[Array], Array], x: Array, gradient: Array, terms: int, seed: int = 1) -> None:
    """``gradient`` must be the derivative of Σf at x along a random direction.

    A central difference with step 2h has four times the truncation error of that with h, so the difference of the two
    is three times the error of the better one; rounding adds at most γ_terms·Σ|f| / h.
    """
    direction = np.random.default_rng(seed).uniform(-1, 1, x.shape)

    def slope(h: float) -> float:
        return float((f(x + h * direction) - f(x - h * direction)).sum()) / (2 * h)

    fine, coarse = slope(STEP), slope(2 * STEP)
    rounding = gamma(terms, FLOAT64) * (float(np.abs(f(x)).sum()) + 1) / STEP
    assert abs(fine - float((gradient * direction).sum())) <= abs(fine - coarse) + 2 * rounding


def assert_layer(layer: Layer, x: Array) -> None:
    """Gradients by the input and by every parameter."""
    module = build(layer, x.shape[1:])
    outputs = module.forward(x, training=True)
    weights = np.random.default_rng(2).uniform(-1, 1, outputs.shape)
    by_input = module.backward(weights)
    terms = x.size + outputs.size + 100

    def of_parameter(key: str) -> Callable[[Array], Array]:
        def f(value: Array) -> Array:
            other = build(layer, x.shape[1:])
            other.parameters[key] = value
            return other.forward(x, training=True) * weights

        return f

    assert by_input.shape == x.shape
    assert_slope(lambda value: module.forward(value, training=True) * weights, x, by_input, terms)
    assert module.gradients.keys() == module.parameters.keys()
    for key, parameter in module.parameters.items():
        assert module.gradients[key].shape == parameter.shape
        assert_slope(of_parameter(key), parameter, module.gradients[key], terms)


@given(st.data(), image_batches(smallest=5))
def test_conv2d_gradients(data: st.DataObject, x: Array) -> None:
    assert_layer(data.draw(convolutions(x.shape[1])), x)


@given(feature_batches(), st.integers(1, 6), st.booleans())
def test_linear_gradients(x: Array, out: int, bias: bool) -> None:
    assert_layer(Linear(out, bias=bias), x)


@given(image_batches(smallest=4), pools())
def test_pool_gradients(x: Array, layer: Layer) -> None:
    assert_layer(layer, x)


@given(image_batches(smallest=3), st.integers(1, 3))
def test_subsample_gradients(x: Array, size: int) -> None:
    assert_layer(Subsample(size), x)


@given(image_batches(), response_norms)
def test_response_norm_gradients(x: Array, layer: Layer) -> None:
    assert_layer(layer, x)


@given(st.integers(1, 4), st.integers(0, 1000))
def test_rbf_gradients(count: int, seed: int) -> None:
    assert_layer(RBF(), np.random.default_rng(seed).uniform(-1, 1, (count, 84)))


@given(image_batches(), st.booleans())
def test_batchnorm_gradients_of_images(x: Array, unbiased: bool) -> None:
    assert_layer(BatchNorm(eps=0.1, unbiased=unbiased), x)


@given(feature_batches())
def test_batchnorm_gradients_of_features(x: Array) -> None:
    assert_layer(BatchNorm(eps=0.1), x)


@pytest.mark.parametrize("layer", [Tanh(), ScaledTanh(), ReLU(), LeakyReLU(0.1), SiLU(), GELU(), Sigmoid()])
@given(x=feature_batches() | image_batches())
def test_activation_gradients(layer: Layer, x: Array) -> None:
    assert_layer(layer, x)


@given(x=feature_batches() | image_batches())
def test_the_faulty_gradient_of_a_sigmoid(x: Array) -> None:
    """1 - s² for each value, which is no derivative of what goes forward."""
    module = build(Sigmoid(gradient="tanh"), x.shape[1:])
    outputs = module.forward(x, training=True)
    assert np.array_equal(outputs, build(Sigmoid(), x.shape[1:]).forward(x, training=True))
    weights = np.random.default_rng(3).uniform(-1, 1, x.shape)
    expected = weights * (1 - (1 / (1 + np.exp(-x))) ** 2)
    assert np.abs(module.backward(weights) - expected).max() <= 20 * FLOAT64


@given(feature_batches())
def test_softmax_gradients(x: Array) -> None:
    assert_layer(Softmax(), x)


@given(image_batches(), st.integers(0, 3))
def test_reshaping_gradients(x: Array, padding: int) -> None:
    assert_layer(Pad(padding), x)
    assert_layer(Flatten(), x)


@pytest.mark.parametrize("loss", [CrossEntropy(), MSE(), MSE("mean")])
@given(x=feature_batches(), seed=st.integers(0, 1000))
def test_loss_gradients(loss: Loss, x: Array, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, x.shape[1], len(x))
    assert_slope(lambda z: loss.values(z, labels) / len(z), x, loss.gradient(x, labels), terms=x.size + 100)


def test_every_layer_has_a_module() -> None:
    assert {layer.notation for layer in MODULES} == set(LAYERS)


@given(st.data(), image_batches(smallest=5))
def test_linear_maps_and_their_adjoints(data: st.DataObject, x: Array) -> None:
    """<Ax, y> = <x, Aᵀy>, to γ of the sums that both sides are."""
    others = st.sampled_from([AvgPool2d(2), AvgPool2d(3, 2, ceil_mode=True), Pad(2), Flatten()])
    layer = data.draw(others | convolutions(x.shape[1]))
    if isinstance(layer, Conv2d):
        layer = replace(layer, bias=False)
    assert_adjoint(layer, x)


@given(feature_batches(), st.integers(1, 7))
def test_linear_and_its_adjoint(x: Array, out: int) -> None:
    assert_adjoint(Linear(out, bias=False), x)


def assert_adjoint(layer: Layer, x: Array) -> None:
    module, twin = build(layer, x.shape[1:]), build(layer, x.shape[1:])
    twin.parameters = {key: np.abs(array) for key, array in twin.parameters.items()}
    there = module.forward(x, training=True)
    y = np.random.default_rng(3).uniform(-1, 1, there.shape)
    magnitude = float((twin.forward(np.abs(x), training=True) * np.abs(y)).sum())
    difference = float((there * y).sum()) - float((x * module.backward(y)).sum())
    assert abs(difference) <= 2 * gamma(x.size + y.size + 200, FLOAT64) * magnitude


@given(st.data(), image_batches(smallest=5))
def test_conv2d_is_its_formula(data: st.DataObject, x: Array) -> None:
    layer = data.draw(convolutions(x.shape[1]))
    module = build(layer, x.shape[1:])
    weight, bias = module.parameters["weight"], module.parameters.get("bias", np.zeros(layer.out_channels))
    if (connected := layer.connections(x.shape[1])) is not None:
        weight = np.where(connected[:, :, None, None], weight, 0)
    outputs = module.forward(x, training=True)
    padded = np.pad(x, [(0, 0), (0, 0), (layer.padding,) * 2, (layer.padding,) * 2])
    for n, o, row, column in np.ndindex(outputs.shape):
        top, left = row * layer.stride, column * layer.stride
        window = padded[n, :, top : top + layer.kernel_size, left : left + layer.kernel_size]
        reach = np.abs(weight[o] * window).sum() + abs(bias[o])
        difference = outputs[n, o, row, column] - ((weight[o] * window).sum() + bias[o])
        assert abs(difference) <= 2 * gamma(window.size + 1, FLOAT64) * reach


def test_maxpool_takes_the_first_of_equals() -> None:
    module = build(LAYERS["maxpool2d"](2), (1, 2, 4))
    module.forward(np.array([[[[0.0, 1.0, 3.0, 3.0], [1.0, 1.0, 3.0, 3.0]]]]), training=True)
    assert module.backward(np.array([[[[5.0, 7.0]]]])).tolist() == [[[[0, 5, 7, 0], [0, 0, 0, 0]]]]


def test_a_window_beyond_the_border_counts_only_pixels() -> None:
    """Rows 0-2 and 2-4 of 4: the last window holds two rows, whose mean and maximum are of what is there."""
    image = -1.0 - np.arange(16.0).reshape(1, 1, 4, 4)
    means = build(AvgPool2d(3, 2, ceil_mode=True), (1, 4, 4)).forward(image, training=True)
    assert means.tolist() == [[[[-6, -7.5], [-12, -13.5]]]]
    largest = build(LAYERS["maxpool2d"](3, 2, ceil_mode=True), (1, 4, 4)).forward(image, training=True)
    assert largest.tolist() == [[[[-1, -3], [-9, -11]]]]


@given(st.data(), image_batches(smallest=5))
def test_absent_pairs_of_channels_stay_out(data: st.DataObject, x: Array) -> None:
    layer = data.draw(convolutions(x.shape[1]).filter(lambda drawn: drawn.table is not None))
    module = build(layer, x.shape[1:])
    before = module.forward(x, training=True)
    module.backward(np.ones_like(before))
    absent = ~layer.connections(x.shape[1])
    assert not module.gradients["weight"][absent].any()
    module.parameters["weight"][absent] += 1
    assert np.array_equal(module.forward(x, training=True), before)


def test_dropout_keeps_what_the_mask_says_and_the_mean() -> None:
    x = np.ones((10, 4, 5, 5))
    module = build(Dropout(0.25), x.shape[1:])
    module.index = 6
    module.begin_batch(seed=3, epoch=1, samples=np.arange(10))
    mask = dropout_mask(0.25, seed=3, epoch=1, samples=np.arange(10), node_index=6, shape=(4, 5, 5))
    assert np.array_equal(module.forward(x, training=True), mask / 0.75)
    assert np.array_equal(module.backward(2 * x), 2 * mask / 0.75)
    assert np.array_equal(module.forward(x, training=False), x)
    assert np.array_equal(module.backward(2 * x), 2 * x)


def test_rbf_is_nearest_to_the_digit_it_is_shown() -> None:
    centers = RBF().first_values((84,))["centers"]
    module = build(RBF(), (84,))
    module.buffers["centers"] = centers
    outputs = module.forward(centers, training=False)
    assert (outputs.diagonal() == 0).all()
    # Two pictures that differ in d pixels are 4·d apart; at least ten pixels keep noisy features apart.
    assert (outputs[~np.eye(10, dtype=bool)] <= -40).all()


@pytest.mark.parametrize(("unbiased", "spread"), [(True, 5 / 3), (False, 5 / 4)])
def test_batchnorm_running_statistics(unbiased: bool, spread: float) -> None:
    """Values 0, 1, 2, 3: mean 3/2, Σ(x - mean)² = 5; running = 3/4 of old + 1/4 of batch."""
    module = build(BatchNorm(momentum=0.25, unbiased=unbiased), (1,))
    module.buffers = {"running_mean": np.array([2.0]), "running_var": np.array([4.0])}
    module.forward(np.arange(4.0).reshape(4, 1), training=True)
    assert module.buffers["running_mean"][0] == pytest.approx(0.75 * 2 + 0.25 * 1.5, rel=4 * FLOAT64)
    assert module.buffers["running_var"][0] == pytest.approx(0.75 * 4 + 0.25 * spread, rel=8 * FLOAT64)
    before = dict(module.buffers)
    module.forward(np.ones((4, 1)), training=False)
    assert module.buffers == before


def test_batchnorm_evaluates_with_the_running_statistics() -> None:
    module = build(BatchNorm(eps=1.0), (1,))
    module.parameters = {"weight": np.array([3.0]), "bias": np.array([0.5])}
    module.buffers = {"running_mean": np.array([2.0]), "running_var": np.array([3.0])}
    assert module.forward(np.array([[4.0]]), training=False).tolist() == [[3 * (4 - 2) / 2 + 0.5]]
    assert module.backward(np.array([[1.0]])).tolist() == [[3 / 2]]
    assert (module.gradients["weight"], module.gradients["bias"]) == (1.0, 1.0)


def test_activations_do_not_overflow() -> None:
    far = np.array([[-1e4, 0.0, 1e4]])
    assert build(Sigmoid(), (3,)).forward(far, training=False).tolist() == [[0, 0.5, 1]]
    assert build(Softmax(), (3,)).forward(far, training=False).tolist() == [[0, 0, 1]]
    assert build(Tanh(), (3,)).forward(far, training=False).tolist() == [[-1, 0, 1]]
    assert build(SiLU(), (3,)).forward(far, training=False).tolist() == [[0, 0, 1e4]]
    assert build(GELU(), (3,)).forward(far, training=False).tolist() == [[0, 0, 1e4]]


def test_description() -> None:
    assert load_engine("reference").description == "reference (NumPy float64)"
