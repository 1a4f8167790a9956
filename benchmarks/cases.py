"""The networks whose training is timed, with the data they train on."""

from dataclasses import dataclass

import numpy as np

from seedbed.data import load_data
from seedbed.engine.base import Images, Labels, Plan
from seedbed.engine.losses import default_loss
from seedbed.engine.optimizers import load_optimizer
from seedbed.network import load_network

IMAGES = 60_000


@dataclass(frozen=True)
class Case:
    """What is trained: the text of the network, images a step, the optimizer, and the shape of an image.

    Images of 28×28 are MNIST's. For other shapes they are drawn: time does not depend on what they show.
    """

    network: str
    batch_size: int
    optimizer: str = "sgd(0.02)"
    image_shape: tuple[int, int, int] = (1, 28, 28)

    def data(self) -> tuple[Images, Labels]:
        """Training images and labels: uint8 images, or float32 ones where an image is a row of features."""
        if self.image_shape == (1, 28, 28):
            mnist = load_data("mnist")
            return mnist.train_images, mnist.train_labels
        random = np.random.default_rng(0)
        labels = random.integers(0, 10, IMAGES).astype(np.uint8)
        if self.image_shape[1:] == (1, 1):
            return random.standard_normal((IMAGES, *self.image_shape), np.float32), labels
        return random.integers(0, 256, (IMAGES, *self.image_shape)).astype(np.uint8), labels

    def plan(self) -> Plan:
        """What an engine executes; pixels enter with a mean near 0 and a standard deviation near 1."""
        network = load_network(self.network, self.image_shape)
        channels, rows, _ = self.image_shape
        scale, shift = (1.0, 0.0) if rows == 1 else (1 / 128, -1.0)
        return Plan(
            network,
            default_loss(network),
            load_optimizer(self.optimizer),
            self.batch_size,
            np.full(channels, scale, np.float32),
            np.full(channels, shift, np.float32),
        )


CASES = {
    "lenet5": Case("lenet5", 32),
    "lenet5+": Case("lenet5+", 32),
    "lenet5++": Case("lenet5++", 32),
    "mlp": Case("mlp", 128),
    "dense": Case("flatten linear(512) relu linear(512) relu linear(10)", 200, image_shape=(70, 1, 1)),
    "cnn5x5": Case(
        "conv2d(32, 5, padding=2) relu maxpool2d(2) conv2d(64, 5, padding=2) relu maxpool2d(2) "
        "flatten linear(1024) relu linear(10)",
        50,
        "adam(0.0001)",
    ),
    "cnn3x3": Case(
        "conv2d(32, 3) relu maxpool2d(2) conv2d(64, 3) relu maxpool2d(2) conv2d(128, 3) relu "
        "flatten linear(64) relu linear(10)",
        100,
    ),
    "cifar": Case(
        "conv2d(64, 5, padding=2) relu maxpool2d(3, 2, ceil_mode=true) local_response_norm(9, alpha=0.001) "
        "conv2d(64, 5, padding=2) relu local_response_norm(9, alpha=0.001) maxpool2d(3, 2, ceil_mode=true) "
        "flatten linear(384) relu linear(192) relu linear(10)",
        128,
        image_shape=(3, 24, 24),
    ),
}
