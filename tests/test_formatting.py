import math

import pytest

from seedbed.formatting import mean_std_text, p_value_clause, p_value_text, points_text


def test_a_mean_with_its_deviation() -> None:
    assert mean_std_text(0.784, 0.0612) == "0.78 ± 0.06"
    assert mean_std_text(0.7844, 0.0121, 3) == "0.784 ± 0.012"
    assert mean_std_text(0.784, None) == "0.78"
    assert mean_std_text(None, None) == mean_std_text(math.nan, None) == "–"


def test_points_of_a_sentence() -> None:
    assert [points_text(value) for value in (0.0, 0.004, -0.0123, 0.02, -1.0)] == [
        "0.00",
        "0.004",
        "−0.012",
        "0.02",
        "−1.00",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0496, "0.0496"),
        (0.04999, "0.04999"),
        (0.05, "0.050"),
        (0.00031, "0.00031"),
        (0.5, "0.50"),
        (0.00005, "< 0.0001"),
    ],
)
def test_a_p_value_just_under_the_level_does_not_read_as_the_level(value: float, text: str) -> None:
    assert p_value_text(value) == text
    assert p_value_clause(value) == (text if text.startswith("<") else f"= {text}")


def test_a_p_value_near_1_is_not_said_to_be_1() -> None:
    assert [p_value_clause(value) for value in (0.99, 0.99999, 1.0)] == ["= 0.99", "> 0.99", "> 0.99"]
