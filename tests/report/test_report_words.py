"""Numbers and lists in words."""

import math

import pytest

from seedbed.formatting import (
    counted,
    error_digits,
    interval_text,
    listed,
    number,
    p_value_text,
    printable,
    ranges,
    seconds_text,
    shortened,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.784, 2, "0.78"),
        (-0.31, 2, "−0.31"),
        (-0.001, 2, "0.00"),
        (61706.0, 0, "61,706"),
        (math.nan, 2, "–"),
        (-math.inf, 2, "–"),
        (None, 2, "–"),
    ],
)
def test_number(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "< 0.0001"),
        (0.0001, "0.00010"),
        (0.00083, "0.00083"),
        (0.0032, "0.0032"),
        (0.042, "0.042"),
        (0.38, "0.38"),
        (1.0, "> 0.99"),
        (math.nan, "–"),
    ],
)
def test_p_value(value: float, text: str) -> None:
    assert p_value_text(value) == text


def test_intervals() -> None:
    assert interval_text((-0.014, 0.15)) == "[−0.01, 0.15]"
    assert interval_text((0.1, math.inf)) == interval_text(None) == "–"


def test_digits_grow_only_where_two_would_show_zero() -> None:
    assert error_digits([0.06, None, 0.0]) == 2
    assert error_digits([0.06, 0.004]) == 3


def test_seconds() -> None:
    assert [seconds_text(value) for value in (2.345, 78.34, 1234.5, None)] == ["2.35", "78.3", "1,234", "–"]


def test_lists_and_counts() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [counted(1, "run"), counted(5, "run"), counted(2, "class", "classes")] == ["1 run", "5 runs", "2 classes"]
    assert ranges([5, 1, 2, 3, 9, 7, 8, 20, 21]) == "1–3, 5, 7–9, 20, 21"


def test_shortened_keeps_both_ends() -> None:
    assert shortened("LeNet-5", 12) == "LeNet-5"
    assert shortened("a network with batch norm", 15) == "a netwo…ch norm"
    assert len(shortened("x" * 500, 20)) == 20


def test_printable_drops_what_xml_cannot_hold() -> None:
    assert printable("a\x00b\x1b\ud800\n한") == "ab\n한"
