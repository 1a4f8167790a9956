import math

import pytest

from seedbed.statistics.verdict import verdict_of, verdict_of_sides


@pytest.mark.parametrize(
    ("difference", "p_value", "verdict"),
    [
        (0.1, 0.04, "supported"),
        (-0.1, 0.04, "contradicted"),
        (0.1, 0.05, "undecided"),
        (0.1, math.nan, "undecided"),
    ],
)
def test_of_a_difference(difference: float, p_value: float, verdict: str) -> None:
    assert verdict_of(difference, p_value, 0.05) == verdict


@pytest.mark.parametrize(
    ("p_value", "p_against", "verdict"),
    [
        (0.01, 0.99, "supported"),
        (0.99, 0.01, "contradicted"),
        (0.3, 0.7, "undecided"),
        (math.nan, 0.01, "contradicted"),
        (math.nan, math.nan, "undecided"),
    ],
)
def test_of_a_claim_and_its_contrary(p_value: float, p_against: float, verdict: str) -> None:
    assert verdict_of_sides(p_value, p_against, 0.05) == verdict
