"""A model that several threads ask at once, as a server or a web page does."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seedbed.data import load_data
from seedbed.data.preparation import fit_input
from seedbed.engine import ENGINES
from seedbed.network import Network, initial_state
from seedbed.training import Model


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("input", ["scale", "standardize_image"])
def test_six_threads_get_the_answers_of_one(engine: str, input: str) -> None:
    digits = load_data("digits")
    network = Network.parse("conv2d(8, 3, padding=1) batchnorm relu maxpool2d(2) flatten linear(10)", (1, 8, 8))
    model = Model(network, initial_state(network, "lecun_uniform", 3), fit_input(input, digits), engine)
    parts = np.array_split(digits.train_images, 6)
    alone = [model.logits(part).tobytes() for part in parts]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda part: model.logits(part).tobytes(), parts * 10)) == alone * 10
