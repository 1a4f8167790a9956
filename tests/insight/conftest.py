"""A small network trained on the digits for a moment, with what it was after each epoch."""

from pathlib import Path

import pytest

import seedbed as sb
from seedbed.data import Dataset, load_data

NETWORK = "conv2d(4, 3, padding=1) batchnorm relu maxpool2d(2) flatten linear(16) tanh linear(10)"


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load_data("digits")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> sb.Run:
    folder = tmp_path_factory.mktemp("recording")
    return sb.train(NETWORK, "digits", epochs=3, optimizer="sgd(0.05)", record=Path(folder))
