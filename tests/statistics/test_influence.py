import math

import numpy as np
import pytest

from seedbed.statistics import StatisticsError, compare, compare_trimmed, influence

STEADY = [1.00, 1.03, 0.98, 1.02, 0.99, 1.01]


def test_a_verdict_that_one_run_prevents() -> None:
    low = [0.80, 0.83, 0.78, 0.82, 0.79, 0.81]
    found = influence([*STEADY, 9.0], low)
    assert found.verdict == "undecided" and found.hangs_on_one_run
    (one,) = found.turned_by
    assert (one.arm, one.place, one.error, one.verdict) == ("a", 6, 9.0, "supported")
    assert one.p_value == compare(STEADY, low).p_value and one.difference == pytest.approx(0.2)


def test_a_verdict_that_one_run_makes() -> None:
    a, b = [1.00, 1.02, 1.04, 0.99, 1.03, 1.01], [1.00, 0.98, 1.01, 0.97, 0.99, 0.96]
    assert influence(a, b).verdict == "supported" and influence(a, b).hangs_on_one_run
    worst = influence([*a, 1.02], b, level=0.02).turned_by[0]
    assert (worst.arm, worst.place, worst.verdict) == ("b", 3, "undecided")
    assert worst.p_value == compare([*a, 1.02], b[:3] + b[4:]).p_value > 0.02


def test_a_clear_verdict_hangs_on_none() -> None:
    a, b = np.random.default_rng(0).normal([[1.3], [1.0]], 0.05, (2, 10))
    found = influence(a, b)
    assert (found.verdict, found.turned_by, found.hangs_on_one_run) == ("supported", (), False)
    assert len(found.without) == 20
    assert influence(b, a).verdict == "contradicted"


def test_another_test_and_a_stricter_level() -> None:
    low = [0.80, 0.83, 0.78, 0.82, 0.79, 0.81]
    assert not influence([*STEADY, 9.0], low, test=compare_trimmed).hangs_on_one_run
    assert influence(STEADY, low, level=1e-12).verdict == "undecided"


def test_losing_the_last_run_but_one_loses_the_test() -> None:
    found = influence([1.0, 1.001], [2.0, 2.001])
    assert found.verdict == "contradicted" and len(found.turned_by) == 4
    assert all(math.isnan(one.p_value) for one in found.turned_by)


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="level"):
        influence([1.0, 2.0], [1.0, 2.0], level=0)
