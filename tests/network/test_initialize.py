"""First values: the same from the same seed, within their bounds, each array for itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import networks

from seedbed.errors import NotationError
from seedbed.network import INITIALIZERS, Network, initial_state, load_network

seeds = st.integers(0, 2**64 - 1)


@given(networks(), st.sampled_from(sorted(INITIALIZERS)), seeds)
def test_names_shapes_and_bounds(network: Network, init: str, seed: int) -> None:
    state = initial_state(network, init, seed)
    assert {key: array.shape for key, array in state.items()} == network.parameter_shapes | network.buffer_shapes
    for key, array in state.items():
        assert array.dtype == np.float32
        if array.ndim > 1:
            window = int(np.prod(array.shape[2:]))
            bound = INITIALIZERS[init](array.shape[1] * window, array.shape[0] * window)
            assert np.abs(array).max() <= np.float32(bound)
        elif key.endswith(("bias", "running_mean")):
            assert not array.any()


@given(networks(), seeds)
def test_the_same_seed_gives_the_same_bits(network: Network, seed: int) -> None:
    first, second = (initial_state(network, "lecun_uniform", seed) for _ in range(2))
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)


def test_another_seed_gives_other_weights() -> None:
    network = load_network("lenet5")
    ones = [initial_state(network, "lecun_uniform", seed) for seed in (0, 1, 2**32)]
    for key in (key for key in ones[0] if key.endswith("weight")):
        assert not np.array_equal(ones[0][key], ones[1][key])
        assert not np.array_equal(ones[0][key], ones[2][key])


@given(networks(), seeds)
def test_later_layers_do_not_change_earlier_ones(network: Network, seed: int) -> None:
    longer = Network([*network.layers, *load_network("tanh flatten linear(3)").layers], network.input_shape)
    state, long_state = (initial_state(n, "xavier_uniform", seed) for n in (network, longer))
    assert all(np.array_equal(array, long_state[key]) for key, array in state.items())


def test_weights_are_uniform_and_layers_unlike() -> None:
    """n draws from U(-b, b) have mean 0 ± b/√(3n) and variance b²/3 ± b²·√(4/(45n)); five deviations are allowed."""
    state = initial_state(load_network("input(1, 20, 20) flatten linear(400) linear(400)"), "lecun_uniform", seed=3)
    first, second = state["linear1.weight"].astype(np.float64), state["linear2.weight"].astype(np.float64)
    bound, count = 1 / 20, first.size
    for weights in (first, second):
        assert abs(weights.mean()) < 5 * bound / np.sqrt(3 * count)
        assert abs(weights.var() - bound**2 / 3) < 5 * bound**2 * np.sqrt(4 / 45 / count)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / np.sqrt(count)


def test_batch_norm_begins_as_the_identity() -> None:
    state = initial_state(load_network("batchnorm batchnorm(initial_var=0)"), "lecun_uniform", seed=0)
    assert state["norm1.weight"] == 1 and state["norm1.bias"] == 0
    assert state["norm1.running_mean"] == 0 and state["norm1.running_var"] == 1
    assert state["norm2.running_var"] == 0


def test_unknown_init() -> None:
    with pytest.raises(NotationError, match=r"unknown init 'he'\. Known: lecun_uniform, xavier_uniform"):
        initial_state(load_network("mlp"), "he", seed=0)
