"""Steps are appended without copying those that are there."""

import copy

import numpy as np

from seedbed.training.history import History


def test_many_chunks_give_one_array_and_are_copied_seldom() -> None:
    history, addresses = History(), set()
    for chunk in range(2000):
        history.add_steps(np.full(3, chunk, dtype=np.float64), np.full(3, chunk % 7, dtype=np.int64), 0.5)
        addresses.add(history.step_losses.__array_interface__["data"][0])
    assert history.step_losses.dtype == np.float32 and history.step_wrong.dtype == np.int32
    assert np.array_equal(history.step_losses, np.repeat(np.arange(2000), 3))
    assert np.array_equal(history.step_wrong, np.repeat(np.arange(2000) % 7, 3))
    assert history.open_s == 1000.0
    assert len(addresses) < 20


def test_a_copy_goes_its_own_way() -> None:
    history = History()
    history.add_steps(np.ones(2), np.ones(2, dtype=np.int64), 0.0)
    other = copy.deepcopy(history)
    seen = history.step_losses
    history.add_steps(np.full(1, 5.0), np.zeros(1, dtype=np.int64), 0.0)
    other.add_steps(np.full(1, 7.0), np.zeros(1, dtype=np.int64), 0.0)
    assert history.step_losses.tolist() == [1, 1, 5] and other.step_losses.tolist() == [1, 1, 7]
    assert seen.tolist() == [1, 1]
