"""First values: the same from the same seed, from the distribution that was asked for, each array for itself."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import networks

from seedbed.errors import NotationError
from seedbed.network import INITIALIZERS, Network, initial_state, load_init, load_network

seeds = st.integers(0, 2**64 - 1)
FAN_RULES = sorted(name for name, rule in INITIALIZERS.items() if rule.needs_fans)


@given(networks(), st.sampled_from([*FAN_RULES, "normal(0.1)", "truncated_normal(2)", "uniform(3)"]), seeds)
def test_names_and_shapes(network: Network, init: str, seed: int) -> None:
    state = initial_state(network, init, seed)
    assert {key: array.shape for key, array in state.items()} == network.parameter_shapes | network.buffer_shapes
    for key, array in state.items():
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        if key.endswith("bias") and init != "pytorch":
            assert not array.any()


@given(networks(), seeds)
def test_the_same_seed_gives_the_same_bits(network: Network, seed: int) -> None:
    first, second = (initial_state(network, "lecun_uniform", seed) for _ in range(2))
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)


@pytest.mark.parametrize(
    ("init", "digest"), [("lecun_uniform", "eaca015aa510cbad"), ("xavier_uniform", "641d28f5ad13219f")]
)
def test_runs_of_old_keep_their_bits(init: str, digest: str) -> None:
    """Written down from the first version; uniform weights are exact in float64 but for their bound."""
    state = initial_state(load_network("lenet5++"), init, seed=7)
    assert hashlib.sha256(b"".join(array.tobytes() for array in state.values())).hexdigest()[:16] == digest


def test_another_seed_gives_other_weights() -> None:
    network = load_network("lenet5")
    ones = [initial_state(network, "pytorch", seed) for seed in (0, 1, 2**32)]
    for key in ones[0]:
        assert not np.array_equal(ones[0][key], ones[1][key])
        assert not np.array_equal(ones[0][key], ones[2][key])


@given(networks(), seeds)
def test_later_layers_do_not_change_earlier_ones(network: Network, seed: int) -> None:
    longer = Network([*network.layers, *load_network("tanh flatten linear(3)").layers], network.input_shape)
    state, long_state = (initial_state(n, "xavier_uniform", seed) for n in (network, longer))
    assert all(np.array_equal(array, long_state[key]) for key, array in state.items())


WIDE = load_network("input(1, 20, 20) flatten linear(300) linear(400)")
"""Fan-in 400 and 300, fan-out 300 and 400."""


def uniform_within(bound: float) -> tuple[float, float, float]:
    """Variance, fourth moment and largest value of U(-b, b)."""
    return bound**2 / 3, bound**4 / 5, bound


def normal(std: float) -> tuple[float, float, float]:
    return std**2, 3 * std**4, 6.5 * std


def truncated(std: float) -> tuple[float, float, float]:
    """Moments of the normal distribution cut at ±2, by parts: m_k = (k - 1)·m_(k-2) - 2·2^(k-1)·φ(2) / P."""
    density, inside = math.exp(-2) / math.sqrt(2 * math.pi), math.erf(math.sqrt(2))
    second = 1 - 4 * density / inside
    return second * std**2, (3 * second - 16 * density / inside) * std**4, 2 * std


@pytest.mark.parametrize(
    ("init", "moments"),
    [
        ("lecun_uniform", uniform_within(math.sqrt(1 / 400))),
        ("xavier_uniform", uniform_within(math.sqrt(6 / 700))),
        ("he_uniform", uniform_within(math.sqrt(6 / 400))),
        ("lecun_normal", normal(math.sqrt(1 / 400))),
        ("xavier_normal", normal(math.sqrt(2 / 700))),
        ("he_normal", normal(math.sqrt(2 / 400))),
        ("truncated_normal(0.1)", truncated(0.1)),
        ("normal(0.2)", normal(0.2)),
        ("uniform(0.3)", uniform_within(0.3)),
        ("pytorch", uniform_within(math.sqrt(1 / 400))),
    ],
)
def test_distributions(init: str, moments: tuple[float, float, float]) -> None:
    """n draws have mean 0 ± √(m2/n) and second moment m2 ± √((m4 - m2²)/n); five deviations are allowed."""
    state = initial_state(WIDE, init, seed=3)
    weights, other = state["linear1.weight"].astype(np.float64), state["linear2.weight"].astype(np.float64)
    second, fourth, largest = moments
    assert abs(weights.mean()) < 5 * math.sqrt(second / weights.size)
    assert abs(np.square(weights).mean() - second) < 5 * math.sqrt((fourth - second**2) / weights.size)
    assert abs(np.power(weights, 4).mean() - fourth) < 0.1 * fourth
    assert largest / 2 < np.abs(weights).max() <= np.float32(largest)
    assert abs(np.corrcoef(weights.ravel(), other.ravel())[0, 1]) < 5 / math.sqrt(weights.size)


def test_torch_s_biases() -> None:
    state = initial_state(WIDE, "pytorch", seed=3)
    assert 0.9 / 20 < np.abs(state["linear1.bias"]).max() <= np.float32(1 / 20)
    assert not np.isclose(state["linear1.bias"][:100], state["linear1.weight"][0, :100]).any()


def test_later_initialisers_override_earlier_ones() -> None:
    network = load_network("conv2d(2, 3) batchnorm flatten linear(4) linear(3)")
    plain = initial_state(network, "he_normal", seed=1)
    state = initial_state(
        network,
        "he_normal constant(0.1, of=bias) constant(0.2, of=conv1.bias) constant(3, of=linear1) constant(0, of=norm1)",
        seed=1,
    )
    expected = {"conv1.bias": 0.2, "linear1.bias": 0.1, "linear2.bias": 0.1, "linear1.weight": 3, "norm1.weight": 0}
    for key, array in state.items():
        assert np.array_equal(array, np.full_like(array, expected[key]) if key in expected else plain[key]), key


def test_absent_pairs_of_channels_begin_at_0_and_do_not_count() -> None:
    """60 of 96 pairs: 3.75 channels of 25 weights feed an output, 10 outputs an input."""
    network = load_network("conv2d(6, 5) conv2d(16, 5, table=lenet5)")
    state = initial_state(network, "lecun_uniform", seed=1)
    absent = ~network.layers[1].connections(6)
    assert not state["conv2.weight"][absent].any()
    assert state["conv2.weight"][~absent].all()
    assert network.layers[1].fans((6, 24, 24)) == (93.75, 250)
    assert 0.99 < np.abs(state["conv2.weight"]).max() * math.sqrt(93.75) <= 1


def test_layers_with_first_values_of_their_own() -> None:
    state = initial_state(load_network("batchnorm batchnorm(initial_var=0) flatten linear(84) rbf"), "he_uniform", 0)
    assert state["norm1.weight"] == 1 and state["norm1.bias"] == 0
    assert state["norm1.running_mean"] == 0 and state["norm1.running_var"] == 1
    assert state["norm2.running_var"] == 0
    assert np.abs(state["rbf1.centers"]).tolist() == np.ones((10, 84)).tolist()


@pytest.mark.parametrize("init", ["lecun_uniform", "truncated_normal(0.1) normal(1, of=linear1) constant(0, of=bias)"])
def test_inits_read_back(init: str) -> None:
    assert str(load_init(init)) == init
    assert load_init(load_init(init)) == load_init(init)


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("he", "unknown init 'he'."),
        ("", "expected an init such as 'lecun_uniform', got ''."),
        ("normal(-1)", "normal: std: expected a finite number of at least 0, got -1.0 in 'normal(-1)'."),
        (
            "truncated_normal(inf)",
            "truncated_normal: std: expected a finite number of at least 0, got inf in 'truncated_normal(inf)'.",
        ),
        ("uniform(nan)", "uniform: bound: expected a finite number of at least 0, got nan in 'uniform(nan)'."),
        ("constant(inf)", "constant: value: expected a finite number, got inf in 'constant(inf)'."),
        (
            "he_normal constant(1, of=linear11.bias)",
            "init 'constant(1, of=linear11.bias)': the network has no parameter 'linear11.bias'. "
            "Did you mean 'linear1.bias'? Known: weight, bias, norm1.weight,",
        ),
        (
            "he_normal he_normal(of=norm1)",
            "init 'he_normal(of=norm1)': 'norm1.weight' connects no inputs with outputs, so it has no fan-in. "
            "Use constant, uniform or normal for it.",
        ),
        (
            "he_normal(of=linear1)",
            "init 'he_normal(of=linear1)': expected an initialiser for every weight, got none for 'linear2.weight'. "
            "Begin with one for all: 'lecun_uniform he_normal(of=linear1)'.",
        ),
    ],
)
def test_messages(init: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        initial_state(load_network("batchnorm flatten linear(3) linear(2)"), init, seed=0)
    assert str(caught.value).startswith(message)
