import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.formatting import mean_std_text, p_value_clause, p_value_text, points_text, seconds_text, shortened_apart


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


def test_a_short_time_is_not_no_time() -> None:
    values = (0.0, 0.00004, 0.000123, 0.0034, 0.0945, 0.32, 2.344, 23.44, 234.4)
    texts = ["0.00", "< 0.0001", "0.0001", "0.0034", "0.095", "0.32", "2.34", "23.4", "234"]
    assert [seconds_text(value) for value in values] == texts


RELU = "flatten linear(32) relu linear(32) relu linear(10)"
TANH = "flatten linear(32) tanh linear(32) tanh linear(10)"


@pytest.mark.parametrize(
    ("texts", "limit", "cut"),
    [
        (["LeNet-5", "LeNet-5+"], 15, ["LeNet-5", "LeNet-5+"]),
        ([RELU, TANH], 15, ["…relu…", "…tanh…"]),
        ([RELU, RELU, TANH], 15, ["…relu…", "…relu…", "…tanh…"]),
        (["flatten linear(16) linear(10)", "flatten linear(16) relu linear(10)"], 15, ["…linear(16)…", "…relu…"]),
    ],
)
def test_names_that_are_cut_stay_apart(texts: list[str], limit: int, cut: list[str]) -> None:
    found = shortened_apart(texts, limit)
    assert found == cut


@given(st.lists(st.text("ab ()", max_size=40), max_size=5, unique=True), st.integers(8, 30))
def test_what_differs_differs_when_cut(texts: list[str], limit: int) -> None:
    found = shortened_apart(texts, limit)
    assert all(len(text) <= limit for text in found)
    plain = [" ".join(text.split()) for text in texts]
    assert len({*found}) == len({*plain})
