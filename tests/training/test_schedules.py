"""Schedules as functions of the step; ``tests/oracle`` compares their values."""

import numpy as np
import pytest

from seedbed.errors import NotationError, RecipeError
from seedbed.training.schedules import SCHEDULES, load_schedule

TEXTS = [
    "constant",
    "linear",
    "linear(end=0.01)",
    "cosine",
    "step(2)",
    "step(2, gamma=0.5)",
    "exponential(0.9)",
    "one_cycle",
    "one_cycle(warmup=0)",
    "warmup(0.5) one_cycle(warmup=0.1)",
    "warmup(2) step(3)",
    "warmup(1) constant",
]


def test_the_list_is_complete() -> None:
    assert {part.partition("(")[0] for text in TEXTS for part in text.split(") ")} == SCHEDULES.keys()


@pytest.mark.parametrize("text", TEXTS)
def test_text_round_trip(text: str) -> None:
    assert str(load_schedule(text)) == text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("per_epoch", "epochs"), [(7, 5), (1, 4), (3, 3)])
def test_any_cut_gives_the_same_rates(text: str, per_epoch: int, epochs: int) -> None:
    """A resumed run asks for a part: the same bits as in the whole; finite, never negative, never above lr."""
    schedule, total = load_schedule(text), per_epoch * epochs
    whole = schedule.rates(0.3, 0, total, per_epoch, epochs)
    assert whole.shape == (total,) and whole.dtype == np.float64
    assert (whole >= 0).all() and (whole <= 0.3 * (1 + 1e-12)).all() and whole.max() > 0
    for cut in range(total + 1):
        parts = [schedule.rates(0.3, *place, per_epoch, epochs) for place in ((0, cut), (cut, total))]
        assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_a_run_of_one_step() -> None:
    for text in TEXTS:
        assert np.isfinite(load_schedule(text).rates(0.3, 0, 1, 1, 1)).all()


def test_epochs_are_counted_from_the_end_of_the_warm_up() -> None:
    rates = load_schedule("warmup(1) step(2)").rates(1.0, 0, 12, 2, 6)
    assert rates[:2].tolist() == [0.5, 1]
    assert np.allclose(rates[2:], [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01], rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected one shape"),
        ("cosine linear", "expected one shape"),
        ("cosine warmup(2)", "expected one shape"),
        ("cosin", "Did you mean 'cosine'"),
        ("step(0)", "size: expected a whole number of at least 1, in epochs, got 0"),
        ("exponential(0)", "gamma: expected a finite number above 0, got 0"),
        ("linear(end=-1)", "end: expected a finite number of at least 0, a learning rate, got"),
        ("one_cycle(warmup=1)", "warmup: expected a finite number of at least 0 and less than 1"),
        ("warmup(0) cosine", "epochs: expected a finite number above 0"),
    ],
)
def test_wrong_schedules_are_named(text: str, message: str) -> None:
    with pytest.raises((NotationError, RecipeError), match=message):
        load_schedule(text)


def test_a_warm_up_as_long_as_the_run_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"warmup\(3\) cosine': the warm-up must be shorter than the run, 3 epochs"):
        load_schedule("warmup(3) cosine").check(3)
