"""What dropout keeps: by its formula, for each image by itself, in the right proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.network import dropout_mask
from seedbed.philox import Stream, philox

words = st.integers(0, 2**32 - 1)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 2**64 - 1), words, words, st.integers(0, 2**16))
def test_the_place_of_each_element(p: float, seed: int, epoch: int, sample: int, node: int) -> None:
    """Counter = (block, sample, epoch, stream + 256·node), key = (low, high half of the seed)."""
    counter = [[block, sample, epoch, int(Stream.DROPOUT) + 256 * node] for block in range(3)]
    expected = philox(counter, (seed % 2**32, seed // 2**32)).ravel()[:10].astype(float) >= np.floor(p * 2.0**32)
    mask = dropout_mask(p, seed, epoch, [sample], node, (5, 2, 1))
    assert mask.shape == (1, 5, 2, 1)
    assert np.array_equal(mask.ravel(), expected)


@given(st.lists(st.integers(0, 1000), max_size=6))
def test_an_image_has_its_mask_in_any_batch(samples: list[int]) -> None:
    masks = dropout_mask(0.5, 1, 2, np.array(samples, dtype=np.int64), 3, (7,))
    assert masks.shape == (len(samples), 7)
    for sample, mask in zip(samples, masks, strict=True):
        assert np.array_equal(mask, dropout_mask(0.5, 1, 2, [sample], 3, (7,))[0])


def test_masks_differ_by_seed_epoch_sample_and_layer() -> None:
    masks = [
        dropout_mask(0.5, seed, epoch, [sample], node, (200,))[0]
        for seed, epoch, sample, node in [(0, 0, 0, 0), (2**32, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    ]
    for i, first in enumerate(masks):
        for second in masks[:i]:
            # 200 coins agree 100 ± 7 times; five deviations are exceeded once in two million times.
            assert abs(np.count_nonzero(first == second) - 100) < 36


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_the_share_that_is_kept(p: float) -> None:
    count = 200_000
    kept = np.count_nonzero(dropout_mask(p, 5, 0, range(100), 1, (count // 100,)))
    assert abs(kept - (1 - p) * count) <= 5 * np.sqrt(p * (1 - p) * count)
