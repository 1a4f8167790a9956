"""Who is behind the best, where the best was chosen by the same numbers."""

import math

import numpy as np
import pytest
from scipy.stats import tukey_hsd

from seedbed.statistics import behind_best


def test_two_groups_are_tukeys_test() -> None:
    a, b = [1.0, 1.2, 1.1], [1.4, 1.3, 1.6]
    assert behind_best([a, b])[1] == pytest.approx(tukey_hsd(a, b).pvalue[0, 1], rel=1e-6)
    assert math.isnan(behind_best([a, b])[0])


def test_two_seeds_tell_what_anybody_sees() -> None:
    """4.55 ± 0.49 against 61.89 ± 2.47 was not told apart by Welch's test and Holm's correction."""
    groups = [[4.2, 4.9], [4.4, 5.3], [5.0, 6.1], [9.8, 10.9], [60.1, 63.6]]
    p = behind_best(groups)
    assert p[4] < 0.0001 and p[3] < 0.05
    assert p[1] > 0.05 and p[2] > 0.05


def test_groups_that_are_alike_are_told_apart_as_seldom_as_stated() -> None:
    """In 6.2% of 20,000 rounds, for the variance of the first few is pooled over few."""
    generator, rounds = np.random.default_rng(2), 60
    false = sum(np.nanmin(behind_best(list(generator.normal(5, 1, (6, 2))))) < 0.05 for _ in range(rounds))
    assert false / rounds < 0.062 + 3 * math.sqrt(0.062 * 0.938 / rounds)


def test_without_scatter_there_is_no_test() -> None:
    assert all(map(math.isnan, behind_best([[1.0], [2.0], [3.0]])))
    assert all(map(math.isnan, behind_best([[1.0, 1.0], [2.0, 2.0]])))
    assert behind_best([]) == [] and all(map(math.isnan, behind_best([[1.0, 2.0], []])))
