import math

import numpy as np
import pytest

from seedbed.statistics import compare, further_runs, runs_needed

TABLE = {0.12: (4, 4, 6, 9), 0.10: (4, 6, 7, 12), 0.05: (12, 17, 24, 42), 0.02: (64, 100, 143, 253)}


@pytest.mark.parametrize("difference", TABLE)
def test_table_of_the_methodology(difference: float) -> None:
    assert tuple(runs_needed(difference, std, std) for std in (0.04, 0.05, 0.06, 0.08)) == TABLE[difference]


def test_sign_and_order_do_not_matter() -> None:
    assert runs_needed(-0.1, 0.04, 0.08) == runs_needed(0.1, 0.08, 0.04)


def test_large_effects_need_two_runs() -> None:
    assert runs_needed(50, 0.1, 0.1) == 2
    assert runs_needed(0.1, 0.0, 0.0) == 2
    assert runs_needed(0.1, 1e-200, 1e-200) == 2


def test_a_stricter_level_needs_more_runs_even_for_large_effects() -> None:
    assert runs_needed(5, 0.1, 0.0, level=0.001) == 3


def test_tiny_differences_need_a_finite_number() -> None:
    normal = 2 * ((1.959964 + 0.841621) * 0.06 / 1e-5) ** 2
    assert runs_needed(1e-5, 0.06, 0.06) == pytest.approx(normal, rel=1e-5)


def test_simulated_power() -> None:
    count, trials = runs_needed(0.1, 0.04, 0.08), 3000
    arms = np.random.default_rng(5).normal([[0.0], [0.1]], [[0.04], [0.08]], (trials, 2, count))
    power = np.mean([compare(a.tolist(), b.tolist()).p_value < 0.05 for a, b in arms])
    assert 0.78 < power < 0.9


@pytest.mark.parametrize(
    "arguments", [(0, 1, 1), (math.nan, 1, 1), (1, -1, 1), (1, math.inf, 1), (1, 1, 1, 1.5), (1, 1, 1, 0.8, 0)]
)
def test_impossible_questions_are_refused(arguments: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        runs_needed(*arguments)


def test_further_runs_complete_what_is_there() -> None:
    for std in (0.04, 0.06, 0.08):
        needed = runs_needed(0.05, std, std)
        assert further_runs(0.05, std, std, (5, 5)) == needed - 5
    assert further_runs(0.05, 0.06, 0.06, (200, 200)) == 0
    assert further_runs(5, 0.1, 0.1, (0, 5)) == 2


def test_further_runs_for_uneven_groups_have_the_power_and_one_fewer_has_not() -> None:
    more, random, trials = further_runs(0.05, 0.04, 0.08, (3, 12)), np.random.default_rng(6), 4000

    def power(more: int) -> float:
        a, b = random.normal(0.05, 0.04, (trials, 3 + more)), random.normal(0, 0.08, (trials, 12 + more))
        return float(np.mean([compare(*arms).p_value < 0.05 for arms in zip(a, b, strict=True)]))

    assert abs(power(more) - 0.8) < 0.03
    assert power(more - 3) < 0.8


def test_further_runs_are_counted_from_none() -> None:
    with pytest.raises(ValueError, match="counts"):
        further_runs(0.1, 1, 1, (-1, 3))
