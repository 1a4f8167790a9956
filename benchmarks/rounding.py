"""Rounding errors of convolutions, direct and by minimal filtering, against float64.

    python benchmarks/rounding.py [--images 48]

For the large layers of benchmarks/speed.py: results, weight gradients and input gradients of one batch, from the very
numbers that the layer was given. Inputs are normal, cut at 0 as behind a ReLU; weights are those before training.
Shown are the worst and the typical (root mean square) error, by the root mean square of the exact numbers, direct and
minimal, and their quotient.
"""

import argparse

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seedbed.engine.base import Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.native.lower import convolution_methods
from seedbed.engine.native.session import NativeSession
from seedbed.engine.optimizers import SGD
from seedbed.network import Conv2d, Network, initial_state

LAYERS = {
    "cnn5x5 conv2": "input(32, 14, 14) conv2d(64, 5, padding=2) flatten linear(10)",
    "cifar conv2": "input(64, 12, 12) conv2d(64, 5, padding=2) flatten linear(10)",
    "cnn3x3 conv2": "input(32, 13, 13) conv2d(64, 3) flatten linear(10)",
    "cnn3x3 conv3": "input(64, 5, 5) conv2d(128, 3) flatten linear(10)",
}
Float64 = NDArray[np.float64]


def exact(layer: Conv2d, x: Float64, weight: Float64, bias: Float64, given: Float64) -> tuple[Float64, ...]:
    """Results, gradients of weights and of inputs, in float64, for the gradients of results ``given``."""
    k, padding = layer.kernel_size, layer.padding
    wide = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(wide, (k, k), axis=(2, 3))
    results = np.tensordot(windows, weight, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) + bias[:, None, None]
    by_weight = np.tensordot(given, windows, ((0, 2, 3), (0, 2, 3)))
    around = np.pad(given, ((0, 0), (0, 0), (k - 1 - padding,) * 2, (k - 1 - padding,) * 2))
    turned = sliding_window_view(around, (k, k), axis=(2, 3))
    by_input = np.tensordot(turned, weight[:, :, ::-1, ::-1], ((1, 4, 5), (0, 2, 3))).transpose(0, 3, 1, 2)
    return results, by_weight, by_input


def errors(network: Network, images: int, direct: bool) -> list[tuple[float, float]]:
    """Worst and typical error of results, weight gradients and input gradients."""
    random = np.random.default_rng(0)
    channels = network.input_shape[0]
    ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
    plan = Plan(network, default_loss(network), SGD(lr=0.1), images, ones, zeros)
    state = initial_state(network, "lecun_uniform", 1)
    x = np.maximum(random.standard_normal((images, *network.input_shape)), 0).astype(np.float32)
    labels = random.integers(0, 10, images).astype(np.uint8)
    found = NativeSession(plan, state, "", 1, direct).probe(x, labels, training=True)
    layer = network.nodes[0].layer
    assert isinstance(layer, Conv2d)
    numbers = (x, state["conv1.weight"], state["conv1.bias"], found.derivatives["conv1"])
    wanted = exact(layer, *(n.astype(np.float64) for n in numbers))
    got = found.values["conv1"], found.gradients["conv1.weight"], found.image_derivatives
    shown = []
    for a, b in zip(got, wanted, strict=True):
        size = np.sqrt((b**2).mean())
        shown.append((float(np.abs(a - b).max() / size), float(np.sqrt(((a - b) ** 2).mean()) / size)))
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=48)
    images = parser.parse_args().images
    print(f"{'layer':13} {'method':12} {'what':15} {'worst':>25}   {'typical':>25}")
    for name, text in LAYERS.items():
        network = Network.parse(text)
        both = [errors(network, images, direct) for direct in (True, False)]
        for what, direct, minimal in zip(("results", "weight gradient", "input gradient"), *both, strict=True):
            parts = [f"{d:9.1e} {m:9.1e} {m / d:4.1f}×" for d, m in zip(direct, minimal, strict=True)]
            print(f"{name:13} {convolution_methods(network)['conv1']:12} {what:15} {parts[0]:>25}   {parts[1]:>25}")


if __name__ == "__main__":
    main()
