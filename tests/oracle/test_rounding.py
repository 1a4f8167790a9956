"""Minimal filtering rounds more than the direct way, but not more than four times as much on layers it is made for."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from seedbed.engine.base import Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.native.lower import convolution_methods
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD
from seedbed.network import Conv2d, Network, initial_state

IMAGES = 32
MOST = 4


def typical_errors(text: str, direct: bool) -> NDArray[np.float64]:
    """Root mean square errors of results and gradients by weights and inputs, from what the layer was given."""
    network = Network.parse(f"{text} flatten linear(10)")
    random = np.random.default_rng(0)
    x = np.maximum(random.standard_normal((IMAGES, *network.input_shape)), 0).astype(np.float32)
    labels = random.integers(0, 10, IMAGES).astype(np.uint8)
    channels = network.input_shape[0]
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    state = initial_state(network, "lecun_uniform", 1)
    plan = Plan(network, default_loss(network), SGD(lr=0.1), IMAGES, ones, zeros)
    found = NativeSession(plan, state, "", 1, direct).probe(x, labels, training=True)
    layer = network.nodes[0].layer
    assert isinstance(layer, Conv2d)
    inputs, weight, bias, given = (
        torch.tensor(array, dtype=torch.float64)
        for array in (x, state["conv1.weight"], state["conv1.bias"], found.derivatives["conv1"])
    )
    inputs.requires_grad_()
    weight.requires_grad_()
    results = functional.conv2d(inputs, weight, bias, padding=layer.padding)
    results.backward(given)
    assert weight.grad is not None and inputs.grad is not None
    pairs = (
        (found.values["conv1"], results.detach()),
        (found.gradients["conv1.weight"], weight.grad),
        (found.image_derivatives, inputs.grad),
    )
    return np.array(
        [np.sqrt(((got - exact.numpy()) ** 2).mean() / (exact.numpy() ** 2).mean()) for got, exact in pairs]
    )


@pytest.mark.parametrize(
    "text",
    [
        "input(32, 14, 14) conv2d(64, 5, padding=2)",
        "input(64, 12, 12) conv2d(64, 5, padding=2)",
        "input(32, 13, 13) conv2d(64, 3)",
        "input(64, 5, 5) conv2d(128, 3)",
        "input(32, 10, 10) conv2d(32, 3, padding=1)",
    ],
)
def test_errors_are_at_most_four_times_those_of_the_direct_way(text: str) -> None:
    assert "minimal" in convolution_methods(Network.parse(f"{text} flatten linear(10)"))["conv1"]
    direct, minimal = typical_errors(text, True), typical_errors(text, False)
    assert (minimal < MOST * direct).all(), minimal / direct
    assert minimal.max() < 5e-6
