import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from seedbed.statistics import StatisticsError, best_of

NAMES = ("adam", "momentum", "sgd")


def arms(values: np.ndarray) -> dict[str, list[float]]:
    return {name: arm.tolist() for name, arm in zip(NAMES, values, strict=False)}


def test_p_is_that_of_the_nearest_rival() -> None:
    values = np.random.default_rng(0).normal([[1.0], [1.05], [1.2]], 0.05, (3, 8))
    found = best_of(arms(values), "adam")
    one_sided = [ttest_ind(values[0], other, equal_var=False, alternative="less").pvalue for other in values[1:]]
    assert [rival.p_value for rival in found.rivals] == pytest.approx(one_sided)
    assert found.p_value == pytest.approx(max(one_sided))
    assert found.p_against == pytest.approx(min(1, 2 * min(1 - p for p in one_sided)))


def test_verdicts() -> None:
    clear = arms(np.random.default_rng(1).normal([[1.0], [1.2], [1.5]], 0.05, (3, 10)))
    assert best_of(clear, "adam").verdict == "supported"
    assert best_of(clear, "adam").candidates == ("adam",)
    assert best_of(clear, "momentum").verdict == best_of(clear, "sgd").verdict == "contradicted"
    near = arms(np.random.default_rng(2).normal([[1.0], [1.0], [1.5]], 0.05, (3, 10)))
    found = best_of(near, "momentum")
    assert found.verdict == "undecided" and found.candidates == ("adam", "momentum")


@pytest.mark.parametrize("means", [(1, 1, 1), (1, 1, 2)])
def test_false_verdicts_stay_at_the_level(means: tuple[float, ...]) -> None:
    trials, random = 2000, np.random.default_rng(3)
    slack = 4 * math.sqrt(0.05 * 0.95 / trials)
    values = random.normal(np.array(means)[:, None], [[0.05], [0.1], [0.05]], (trials, 3, 6))
    found = [best_of(arms(one), "adam") for one in values]
    assert np.mean([one.verdict == "supported" for one in found]) < 0.055 + slack
    assert np.mean([one.verdict == "contradicted" for one in found]) < 0.055 + slack
    assert np.mean(["adam" in one.candidates for one in found]) > 0.945 - slack


def test_intervals_hold_together() -> None:
    trials = 2000
    values = np.random.default_rng(4).normal(1, 0.05, (trials, 3, 6))
    held = [all(r.interval[0] <= 0 <= r.interval[1] for r in best_of(arms(one), "adam").rivals) for one in values]
    assert np.mean(held) > 0.95 - 4 * math.sqrt(0.05 * 0.95 / trials)


def test_an_arm_that_cannot_be_tested_decides_nothing() -> None:
    found = best_of({"adam": [1.0, 1.1], "momentum": [5.0], "sgd": [9.0, 9.1]}, "adam")
    assert found.verdict == "undecided" and math.isnan(found.p_value)
    assert "momentum" in found.candidates


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="best_of"):
        best_of({"adam": [1.0, 2.0]}, "adam")
    with pytest.raises(StatisticsError, match="'lion'"):
        best_of(arms(np.ones((3, 2))), "lion")
