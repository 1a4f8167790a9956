import pytest

from seedbed.errors import RecipeError
from seedbed.training import noise_scale


def test_known_values() -> None:
    assert noise_scale(0.1, 40, 60_000) == pytest.approx(149.9)
    assert noise_scale(0.01, 400, 60_000) == pytest.approx(1.49)
    assert noise_scale(0.1, 128, 50_000, momentum=0.9) == pytest.approx(389.625)


def test_ten_times_the_batch_is_nearly_a_tenth_of_the_rate() -> None:
    assert noise_scale(0.1, 400, 60_000) == pytest.approx(noise_scale(0.01, 40, 60_000), rel=0.01)


def test_whole_batches_have_no_noise() -> None:
    assert noise_scale(0.1, 100, 100) == 0


@pytest.mark.parametrize("numbers", [(0, 1, 2), (0.1, 0, 2), (0.1, 3, 2), (0.1, 1, 2, 1), (float("nan"), 1, 2)])
def test_refusals(numbers: tuple[float, int, int]) -> None:
    with pytest.raises(RecipeError, match="noise_scale"):
        noise_scale(*numbers)
