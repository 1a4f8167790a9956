import math
from collections.abc import Sequence

import pytest

from seedbed.study.definition import ClaimDefinition
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.verdict import judge
from seedbed.training import EpochRecord, History, Recipe

RECIPE = Recipe.make("flatten linear(10)", "digits")


def variant(name: str, errors: Sequence[float], diverged: int = 0) -> VariantResult:
    runs = [
        RunResult(seed, "finished", "", History([EpochRecord(1, 0, 0, 0, error, 1, 1)]), "native", 1)
        for seed, error in enumerate(errors)
    ]
    runs += [RunResult(90 + n, "diverged", "NaN", History(), "native", 1) for n in range(diverged)]
    return VariantResult(name, name.upper(), RECIPE, 650, None, tuple(runs))


CLAIM = ClaimDefinition(text="b errs less", better="b", worse="a", published_difference=0.2)
LOW, HIGH = [0.76, 0.78, 0.80, 0.77, 0.79], [0.96, 0.98, 1.00, 0.97, 0.99]


def test_supported() -> None:
    (found,) = judge([CLAIM], [variant("a", HIGH), variant("b", LOW)])
    assert found.verdict == "supported"
    assert found.difference == pytest.approx(0.2)
    assert found.p_value < 0.0001
    assert found.published_difference == 0.2
    assert found.sentence == (
        "B errs 0.20 points less than A (95% interval 0.18 to 0.22, p < 0.0001, 5 against 5 runs)."
    )


def test_contradicted() -> None:
    (found,) = judge([CLAIM], [variant("a", LOW), variant("b", HIGH)])
    assert found.verdict == "contradicted"
    assert found.sentence == (
        "Against the claim, B errs 0.20 points more than A (95% interval −0.22 to −0.18, p < 0.0001, 5 against 5 runs)."
    )


def test_undecided_tells_how_many_seeds_it_takes() -> None:
    (found,) = judge([CLAIM], [variant("a", [1.00, 1.10, 1.02]), variant("b", [0.94, 1.06, 1.00])])
    assert found.verdict == "undecided"
    assert found.sentence == (
        "Undecided: B errs 0.04 points less than A, which may be luck (95% interval −0.09 to 0.17, p = 0.44, "
        "3 against 3 runs). If the true difference is this large, about 33 seeds per variant would decide it."
    )


def test_undecided_with_a_tiny_difference_says_that_no_sensible_number_helps() -> None:
    (found,) = judge([CLAIM], [variant("a", [1.0, 1.1, 1.2]), variant("b", [0.999, 1.099, 1.2])])
    assert "even 1,000 seeds per variant would not show it" in found.sentence


def test_the_number_of_seeds_is_more_than_there_are() -> None:
    claims = [CLAIM] * 3
    found = judge(claims, [variant("a", [1.0, 1.1]), variant("b", [0.5, 0.9])])[0]
    assert found.verdict == "undecided"
    assert "about 2 seeds" not in found.sentence


def test_equal_means() -> None:
    (found,) = judge([CLAIM], [variant("a", [1.0, 1.5]), variant("b", [1.5, 1.0])])
    assert found.verdict == "undecided"
    assert "err equally often" in found.sentence
    assert "No number of seeds" in found.sentence


def test_no_spread_at_all_is_not_taken_for_certainty() -> None:
    (found,) = judge([CLAIM], [variant("a", [2.5, 2.5, 2.5]), variant("b", [2.2, 2.2, 2.2])])
    assert found.verdict == "undecided"
    assert "without any spread" in found.sentence


@pytest.mark.parametrize(("count_a", "count_b"), [(0, 0), (1, 5), (5, 1), (1, 1)])
def test_fewer_than_two_runs_of_either_decide_nothing(count_a: int, count_b: int) -> None:
    (found,) = judge([CLAIM], [variant("a", HIGH[:count_a]), variant("b", LOW[:count_b])])
    assert found.verdict == "undecided"
    assert math.isnan(found.p_value)
    assert "at least 2 seeds of each are needed" in found.sentence
    assert math.isnan(found.difference) == (count_a == 0)


def test_claims_are_corrected_together() -> None:
    variants = [variant("a", [1.00, 1.04, 1.08]), variant("b", [0.90, 0.94, 0.98])]
    alone = judge([CLAIM], variants)[0]
    together = judge([CLAIM, CLAIM], variants)[0]
    assert alone.verdict == "supported"
    assert together.verdict == "undecided"
    assert together.p_value == pytest.approx(2 * alone.p_value)
    assert "corrected p" in together.sentence


def test_diverged_runs_do_not_count_and_are_told() -> None:
    (found,) = judge([CLAIM], [variant("a", HIGH, diverged=1), variant("b", LOW, diverged=2)])
    assert found.verdict == "supported"
    assert found.sentence.endswith(
        "2 of 7 runs of B diverged and do not count. 1 of 6 runs of A diverged and does not count."
    )


def test_a_p_value_just_under_the_level_does_not_read_as_the_level() -> None:
    from seedbed.study.verdict import _probability

    assert [_probability(p) for p in (0.0496, 0.00031, 0.5, 0.99999, 1.0, 0.00005)] == [
        "= 0.0496",
        "= 0.00031",
        "= 0.50",
        "= 1.00",
        "= 1.00",
        "< 0.0001",
    ]
