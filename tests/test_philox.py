"""Random numbers by place: the published vectors of the generator, and orders made from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.philox import Stream, bits, permutation, philox, uniform

seeds = st.integers(0, 2**64 - 1)
streams = st.sampled_from(Stream)


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ([0] * 4, (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, (0xFFFFFFFF, 0xFFFFFFFF), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            (0xA4093822, 0x299F31D0),
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_known_answers(counter: list[int], key: tuple[int, int], answer: list[int]) -> None:
    """philox4x32-10 in kat_vectors of Random123 (Salmon et al. 2011): zeros, ones, digits of π."""
    assert philox([counter], key).tolist() == [answer]
    assert philox([counter, counter], key).tolist() == [answer, answer]


def test_the_place_of_each_word() -> None:
    """Counter = (block, index, epoch, stream), key = (low, high half of the seed)."""
    expected = philox([[0, 5, 7, int(Stream.SPLIT)], [1, 5, 7, int(Stream.SPLIT)]], (3, 9)).ravel()
    assert np.array_equal(bits(7, seed=9 << 32 | 3, stream=Stream.SPLIT, epoch=7, index=5), expected[:7])


@given(st.integers(0, 200), st.integers(0, 200), seeds, streams)
def test_fewer_words_are_a_beginning_of_more(few: int, more: int, seed: int, stream: Stream) -> None:
    few, more = sorted((few, more))
    assert np.array_equal(bits(few, seed, stream), bits(more, seed, stream)[:few])


@given(st.integers(0, 500), seeds, streams, st.integers(0, 2**32 - 1))
def test_uniform_lies_strictly_within(count: int, seed: int, stream: Stream, epoch: int) -> None:
    draws = uniform(count, seed, stream, epoch)
    assert draws.shape == (count,)
    assert ((draws > 0) & (draws < 1)).all()


def test_uniform_is_uniform() -> None:
    """Kolmogorov-Smirnov: the largest distance of n draws from the line exceeds 2/√n once in 1,500 times."""
    count = 100_000
    draws = np.sort(uniform(count, seed=1, stream=Stream.ORDER))
    assert np.abs(draws - (np.arange(count) + 0.5) / count).max() < 2 / np.sqrt(count)


@given(st.integers(0, 300), seeds, streams, st.integers(0, 100))
def test_a_permutation_holds_every_number_once(count: int, seed: int, stream: Stream, epoch: int) -> None:
    order = permutation(count, seed, stream, epoch)
    assert order.dtype == np.int64
    assert np.array_equal(np.sort(order), np.arange(count))


@given(seeds, st.integers(0, 1000))
def test_orders_differ_by_seed_epoch_and_stream(seed: int, epoch: int) -> None:
    order = permutation(100, seed, Stream.ORDER, epoch)
    assert np.array_equal(order, permutation(100, seed, Stream.ORDER, epoch))
    assert not np.array_equal(order, permutation(100, seed ^ 1, Stream.ORDER, epoch))
    assert not np.array_equal(order, permutation(100, seed ^ (1 << 63), Stream.ORDER, epoch))
    assert not np.array_equal(order, permutation(100, seed, Stream.ORDER, epoch + 1))
    assert not np.array_equal(order, permutation(100, seed, Stream.SPLIT, epoch))


def test_every_place_gets_every_number_equally_often() -> None:
    """2,000 orders of 8: each of 64 counts is 250 ± 14.8; five deviations are exceeded once in 27,000 times."""
    counts = np.zeros((8, 8))
    for epoch in range(2000):
        counts[np.arange(8), permutation(8, seed=0, stream=Stream.ORDER, epoch=epoch)] += 1
    assert np.abs(counts - 250).max() < 5 * np.sqrt(2000 * 7 / 64)
