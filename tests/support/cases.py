"""Small networks and images that tests of engines share."""

import numpy as np
from numpy.typing import NDArray

from seedbed.engine.base import Plan
from seedbed.engine.losses import default_loss, load_loss
from seedbed.engine.optimizers import load_optimizer
from seedbed.network import Network, State, initial_state, load_network

NETWORKS = {
    "conv": "input(2, 7, 6) conv2d(3, 3) flatten",
    "conv padded": "input(1, 6, 6) conv2d(4, 3, padding=1) flatten",
    "conv strided": "input(2, 9, 8) conv2d(5, 4, stride=2, padding=2) flatten",
    "conv without bias": "input(3, 5, 5) conv2d(2, 2, bias=false) flatten",
    "conv of the whole image": "input(2, 5, 4) conv2d(7, 4) flatten",
    "conv 6 channels": "input(1, 10, 10) conv2d(6, 5, padding=2) flatten linear(4)",
    "conv 8 channels": "input(1, 8, 9) conv2d(8, 3) flatten linear(4)",
    "conv 13 channels": "input(1, 9, 5) conv2d(13, 3) flatten linear(4)",
    "conv conv": "input(2, 8, 8) conv2d(3, 3, padding=1) conv2d(4, 3, padding=1) flatten",
    "conv conv by point": "input(2, 5, 7) conv2d(7, 1) conv2d(5, 1) flatten",
    "conv conv large": "input(1, 12, 12) conv2d(6, 5, padding=2) conv2d(16, 5) flatten linear(4)",
    "conv conv wide padding": "input(2, 5, 5) conv2d(2, 3, padding=2) conv2d(3, 4, padding=3) flatten linear(4)",
    "conv conv strided": "input(1, 11, 10) conv2d(3, 3, stride=2, padding=1) conv2d(2, 3, stride=3, padding=2) flatten",
    "conv conv short stride": "input(1, 9, 9) conv2d(2, 2) conv2d(3, 1, stride=2) flatten",
    "conv after flatten's border": "input(2, 4, 4) conv2d(3, 3, padding=1) tanh conv2d(2, 3, padding=1) flatten relu",
    "linear": "input(1, 3, 5) flatten linear(7)",
    "linear without bias": "input(2, 4, 3) flatten linear(5, bias=false) linear(26, bias=false)",
    "linear one": "input(1, 1, 1) flatten linear(1) linear(2)",
    "linear wide": "input(1, 9, 9) flatten linear(70) linear(33)",
    "avgpool": "input(2, 6, 4) conv2d(3, 1) avgpool2d(2) flatten",
    "avgpool overlapping": "input(1, 7, 8) conv2d(2, 2) avgpool2d(3, stride=2) flatten",
    "avgpool with gaps": "input(1, 8, 9) conv2d(2, 2) avgpool2d(2, stride=3) flatten",
    "avgpool odd": "input(2, 5, 7) conv2d(2, 1) avgpool2d(2) flatten linear(3)",
    "avgpool first": "input(2, 5, 5) avgpool2d(2, stride=1) conv2d(2, 2) flatten",
    "maxpool": "input(2, 6, 4) conv2d(3, 1) maxpool2d(2) flatten",
    "maxpool overlapping": "input(1, 7, 8) conv2d(2, 2) maxpool2d(3, stride=2) flatten",
    "maxpool with gaps": "input(1, 8, 9) conv2d(2, 2) maxpool2d(2, stride=3) flatten",
    "maxpool odd": "input(2, 5, 7) conv2d(2, 1) maxpool2d(2) flatten linear(3)",
    "maxpool first": "input(2, 5, 5) maxpool2d(2, stride=1) conv2d(2, 2) flatten",
    "maxpool after relu": "input(1, 8, 8) conv2d(3, 3, padding=1) relu maxpool2d(2) flatten linear(4)",
    "maxpool before relu": "input(1, 8, 8) conv2d(3, 3, padding=1) maxpool2d(2) relu flatten linear(4)",
    "batchnorm of images": "input(2, 6, 5) conv2d(3, 3) batchnorm flatten",
    "batchnorm of features": "input(1, 4, 4) flatten linear(6) batchnorm",
    "batchnorm biased": "input(1, 5, 5) conv2d(2, 2) batchnorm(0.1, 0.3, false, 0) flatten linear(3)",
    "batchnorm first": "input(3, 4, 4) batchnorm conv2d(2, 3) flatten",
    "batchnorm after flatten": "input(2, 3, 3) flatten batchnorm linear(4)",
    "batchnorm then tanh": "input(1, 6, 6) conv2d(3, 3) batchnorm tanh flatten linear(5) batchnorm",
    "batchnorm twice": "input(1, 4, 4) flatten linear(5) batchnorm batchnorm(momentum=1)",
    "tanh": "input(1, 4, 4) flatten linear(6) tanh linear(4)",
    "relu": "input(1, 4, 4) flatten linear(6) relu linear(4)",
    "sigmoid": "input(1, 4, 4) flatten linear(6) sigmoid linear(4)",
    "softmax": "input(1, 4, 4) flatten linear(6) softmax linear(4)",
    "softmax last": "input(1, 4, 4) flatten linear(5) softmax",
    "softmax after tanh": "input(1, 4, 4) flatten linear(5) tanh softmax",
    "softmax of pixels": "input(1, 2, 2) flatten softmax linear(3)",
    "activations in a row": "input(1, 4, 4) flatten linear(6) tanh tanh sigmoid relu linear(4)",
    "activations of maps": "input(1, 6, 6) conv2d(2, 3) sigmoid conv2d(2, 2) tanh conv2d(2, 2) relu flatten",
    "activation of pixels": "input(1, 4, 4) tanh flatten linear(3)",
    "activation after flatten": "input(1, 5, 5) conv2d(2, 3) flatten tanh linear(3)",
    "sigmoid last": "input(1, 4, 4) flatten linear(5) sigmoid",
    "sigmoid with tanh's slope": "input(1, 4, 4) flatten linear(6) sigmoid(gradient=tanh) linear(4)",
    "sigmoid with tanh's slope, of maps": "input(1, 6, 6) conv2d(2, 3) sigmoid(gradient=tanh) maxpool2d(2) flatten",
    "sigmoid with tanh's slope, last": "input(1, 4, 4) flatten linear(5) tanh sigmoid(gradient=tanh)",
    "relu last": "input(1, 4, 4) flatten linear(5) relu",
    "pad": "input(2, 4, 3) pad(2) conv2d(3, 3) flatten linear(3)",
    "pad between": "input(1, 5, 5) conv2d(2, 3) relu pad(1) conv2d(3, 3, padding=1) pad(1) flatten linear(3)",
    "pad nothing": "input(1, 3, 3) conv2d(2, 2) pad(0) tanh flatten",
    "pad then pool": "input(1, 5, 5) conv2d(2, 2) pad(1) maxpool2d(2) flatten",
    "flatten twice": "input(1, 3, 3) flatten linear(4) flatten linear(3)",
    "nothing to train": "input(1, 2, 3) flatten",
    "conv by table": "input(2, 6, 5) conv2d(3, 2) conv2d(4, 3, padding=1, table=(1, 6, 5, 7)) flatten linear(3)",
    "conv by Table I": "input(1, 8, 8) conv2d(6, 3) tanh conv2d(16, 3, table=lenet5) flatten linear(4)",
    "subsample": "input(1, 6, 7) conv2d(3, 3) subsample flatten linear(4)",
    "subsample wide": "input(2, 7, 7) subsample(3) tanh flatten linear(3)",
    "avgpool ceil": "input(1, 8, 7) conv2d(2, 2) avgpool2d(3, stride=2, ceil_mode=true) flatten linear(4)",
    "avgpool ceil with gaps": "input(1, 9, 8) conv2d(2, 2) avgpool2d(2, stride=3, ceil_mode=true) flatten",
    "maxpool ceil": "input(1, 9, 7) conv2d(2, 2) maxpool2d(3, stride=2, ceil_mode=true) flatten linear(4)",
    "maxpool ceil of negative": "input(1, 4, 4) sigmoid conv2d(2, 2) maxpool2d(2, ceil_mode=true) flatten",
    "scaled tanh": "input(1, 5, 5) conv2d(3, 2) scaled_tanh flatten linear(6) scaled_tanh linear(4)",
    "leaky relu": "input(1, 5, 5) conv2d(3, 2) leaky_relu flatten linear(6) leaky_relu(0.3) linear(4)",
    "silu": "input(1, 5, 5) conv2d(3, 2) silu flatten linear(6) silu linear(4)",
    "gelu": "input(1, 5, 5) conv2d(3, 2) gelu flatten linear(6) gelu linear(4)",
    "response norm": "input(1, 5, 5) conv2d(7, 2) local_response_norm(5, alpha=0.5, k=2) flatten linear(4)",
    "response norm even": "input(1, 4, 4) conv2d(6, 2) local_response_norm(4, 1, 0.4) tanh flatten linear(4)",
    "response norm wide": "input(1, 4, 4) conv2d(3, 2) local_response_norm(9, alpha=0.1) flatten linear(4)",
    "dropout": "input(1, 4, 4) flatten linear(9) dropout linear(4)",
    "dropout of maps": "input(1, 6, 6) conv2d(3, 3) relu dropout(0.2) conv2d(2, 2) dropout(0.7) flatten linear(4)",
    "rbf": "input(1, 4, 4) flatten linear(84) tanh rbf",
}
"""Every layer alone, behind a layer with weights (so that its input gradient shows) and beside its neighbours."""

BATCH_SIZES = (1, 15, 16, 17, 33)
"""Around the lane groups of an engine that works on sixteen images at once."""


def pictures(count: int, network: Network, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Noisy copies of one random picture per class: uint8 images (count, c, h, w) and labels (count,)."""
    random = np.random.default_rng(seed)
    models = random.integers(30, 226, (network.classes, *network.input_shape))
    labels = random.integers(0, network.classes, count).astype(np.uint8)
    noise = random.integers(-30, 30, (count, *network.input_shape))
    return (models[labels] + noise).astype(np.uint8), labels


def make_plan(network: str | Network, batch_size: int, optimizer: str = "sgd(lr=0.1)", loss: str | None = None) -> Plan:
    """A plan that brings pixels to about -1…1, a little differently per channel."""
    built = load_network(network)
    channels = np.arange(built.input_shape[0], dtype=np.float32)
    return Plan(
        network=built,
        loss=load_loss(loss) if loss else default_loss(built),
        optimizer=load_optimizer(optimizer),
        batch_size=batch_size,
        scale=((1 + 0.1 * channels) / 127.5).astype(np.float32),
        shift=(0.05 * channels - 1).astype(np.float32),
    )


def some_state(network: Network, seed: int = 1) -> State:
    """First values with nothing at 0 or 1: biases, scales and running statistics are random too."""
    random = np.random.default_rng(seed)
    state = initial_state(network, "lecun_uniform", seed)
    for key, array in state.items():
        if key.endswith(("bias", "running_mean")):
            array += random.uniform(-0.2, 0.2, array.shape).astype(np.float32)
        elif key.endswith("running_var") or array.ndim == 1:
            array += random.uniform(0.1, 0.5, array.shape).astype(np.float32)
    return state
