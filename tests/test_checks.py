"""Numbers as settings: which are taken, and how others are refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from seedbed.checks import finite_number, whole_number
from seedbed.errors import RecipeError, StudyError


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_all_kinds(value: Any) -> None:
    number = whole_number("epochs", value, 1, 3)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("value", [True, np.bool_(True), 3.0, np.float32(3), "3", None, [3], 0, 4])
def test_what_is_no_whole_number_within_its_range(value: Any) -> None:
    with pytest.raises(RecipeError) as caught:
        whole_number("epochs", value, 1, 3)
    assert caught.value.field == "epochs"
    assert caught.value.expected == "a whole number from 1 to 3"


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), Fraction(1, 2), 1, np.int64(1)])
def test_finite_numbers_of_all_kinds(value: Any) -> None:
    number = finite_number("average", value, above=0, most=1)
    assert (number, type(number)) == (float(value), float)


@pytest.mark.parametrize("value", [True, np.bool_(True), "0.5", None, float("nan"), float("inf"), 10**400, 0, 1])
def test_what_is_no_finite_number_within_its_range(value: Any) -> None:
    with pytest.raises(StudyError) as caught:
        finite_number("average", value, above=0, below=1, error=StudyError)
    assert caught.value.expected == "a finite number above 0 and less than 1"


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({}, "a finite number"),
        ({"least": 0}, "a finite number of at least 0"),
        ({"least": 0, "most": 0.5}, "a finite number from 0 to 0.5"),
        ({"least": 0, "below": 1}, "a finite number of at least 0 and less than 1"),
        ({"above": 0, "most": 100}, "a finite number above 0 and at most 100"),
        ({"most": 100}, "a finite number at most 100"),
    ],
)
def test_rules_in_words(limits: dict[str, float], rule: str) -> None:
    with pytest.raises(RecipeError, match=f"^x: expected {rule}, got 'a'.$"):
        finite_number("x", "a", **limits)


def test_limits_and_values_are_readable() -> None:
    for most, said in ((4096, "4096"), (1_000_000, "1,000,000"), (2**64 - 1, r"2\*\*64 - 1")):
        with pytest.raises(RecipeError, match=f"from 0 to {said}, got -1"):
            whole_number("n", -1, 0, most)
    with pytest.raises(
        RecipeError, match=r"^sweep: n: expected .*, got a number of thousands of digits\. Take less\.$"
    ):
        whole_number("n", 10**5000, 0, 9, place="sweep", hint="Take less.")
