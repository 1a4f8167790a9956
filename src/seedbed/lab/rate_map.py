"""A quick map: the training loss after a short training, for several learning rates and batch sizes."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from seedbed.data import Dataset
from seedbed.engine import ENGINES, load_engine
from seedbed.errors import SeedbedError
from seedbed.lab.wire import Frame
from seedbed.training.loop import TrainingLoop
from seedbed.training.recipe import Recipe

_FACTORS = (0.1, 0.316, 1.0, 3.16, 10.0, 31.6)
_BATCH_SIZES = (8, 32, 128, 512)
_IMAGES = 6000


def rate_map(recipe: Recipe, dataset: Dataset, side: str) -> Iterator[Frame]:
    """Train one epoch on up to 6,000 images for each cell; a frame after every cell.

    Single runs of one seed: what it tells is which orders of magnitude learn at all.
    """
    small = replace(
        dataset, train_images=dataset.train_images[:_IMAGES], train_labels=dataset.train_labels[:_IMAGES], sha256="map"
    )
    lr = recipe.parts.optimizer.lr
    rates = [float(f"{lr * factor:.2g}") for factor in _FACTORS]
    sizes = [size for size in _BATCH_SIZES if size <= len(small.train_labels)]
    errors: list[list[float | None]] = [[None] * len(rates) for _ in sizes]
    for row, size in enumerate(sizes):
        for column, rate in enumerate(rates):
            optimizer = str(replace(recipe.parts.optimizer, lr=rate))
            quick = replace(recipe, optimizer=optimizer, batch_size=size, epochs=1, patience=None, schedule="constant")
            try:
                run = TrainingLoop(quick, small, 0, load_engine(ENGINES[0])).finish()
            except SeedbedError:
                continue
            result = run.history.result
            errors[row][column] = result.test_error if result is not None and np.isfinite(result.test_error) else 100.0
            yield Frame("rate_map", {"side": side, "lrs": rates, "batch_sizes": sizes, "errors": errors}, is_kept=True)
