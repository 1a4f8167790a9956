"""A test that asks nothing of the shape of the errors."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.checks import whole_number
from seedbed.errors import StatisticsError
from seedbed.statistics.checks import checked_errors, checked_pairs

_MOST_EXACT = 20_000
# Rearrangements that give the same sum in another order differ by rounding; they count as equal.
_TIE = 1e-9


@dataclass(frozen=True)
class PermutationTest:
    """Outcome of a permutation test.

    Attributes
    ----------
    p_value : float
        Two-sided; NaN for fewer than 2 runs in a group.
    rearrangements : int
        Looked at. An exact p-value is never under 2 / rearrangements in groups of equal size: 3 against 3 runs allow
        20 rearrangements, so p is at least 0.1 whatever the errors.
    exact : bool
        All rearrangements were looked at, not a random sample of them.
    """

    p_value: float
    rearrangements: int
    exact: bool


def permutation_test(
    errors_a: Sequence[float] | NDArray[np.floating],
    errors_b: Sequence[float] | NDArray[np.floating],
    *,
    paired: bool = False,
    resamples: int = 9999,
    seed: int = 0,
) -> PermutationTest:
    """The share of rearrangements of the runs that differ at least as much as the runs do.

    Unpaired: all ways to deal the runs to the two groups; what is compared is Welch's abs(t), so that the test also
    holds, for many runs, if only the means are equal and the spreads are not. Paired: all ways to swap the two errors
    of a seed; what is compared is the mean difference. Up to 20,000 rearrangements are all looked at. Else
    ``resamples`` random ones are, and p = (1 + those as extreme) / (1 + resamples), which is never too small.

    Parameters
    ----------
    errors_a, errors_b : sequence of float
    paired : bool
        The same place in both is the same seed.
    resamples : int
        At least 1.
    seed : int
        Of the random rearrangements.

    Raises
    ------
    StatisticsError
        A value is NaN or infinite, paired groups differ in length, or there is no resample.

    References
    ----------
    Fisher (1935), "The design of experiments", section 21. Janssen (1997), "Studentized permutation tests for
    non-i.i.d. hypotheses", Statistics & Probability Letters 36. Phipson and Smyth (2010), "Permutation p-values should
    never be zero", Statistical Applications in Genetics and Molecular Biology 9, equation 2.
    """
    resamples = whole_number("resamples", resamples, 1, error=StatisticsError)
    random = np.random.default_rng(seed)
    if paired:
        one, other = (np.array(values) for values in checked_pairs(errors_a, errors_b))
        if len(one) < 2:
            return PermutationTest(math.nan, 0, True)
        return _test_signs(one - other, resamples, random)
    a, b = checked_errors("errors_a", errors_a), checked_errors("errors_b", errors_b)
    if len(a) < 2 or len(b) < 2:
        return PermutationTest(math.nan, 0, True)
    return _test_groups(np.array(a + b), len(a), resamples, random)


def deals(count_a: int, count: int, resamples: int, random: np.random.Generator) -> tuple[NDArray[np.int64], bool]:
    """All ways to deal runs to group a, or random ones where there are over 20,000.

    Returns
    -------
    rows : int64 array, shape (deals, count_a)
        Places of the runs of group a among all ``count``.
    exact : bool
        They are all.
    """
    if math.comb(count, count_a) <= _MOST_EXACT:
        return np.array(list(itertools.combinations(range(count), count_a))), True
    return random.permuted(np.tile(np.arange(count), (resamples, 1)), axis=1)[:, :count_a], False


def as_extreme(found: NDArray[np.float64], observed: float, exact: bool) -> PermutationTest:
    """The test whose statistic is ``observed`` and, in the rearrangements, ``found``."""
    extreme = int(np.sum(found >= observed * (1 - _TIE) - (0 if math.isinf(observed) else _TIE)))
    p_value = extreme / len(found) if exact else (1 + extreme) / (1 + len(found))
    return PermutationTest(p_value, len(found), exact)


def _test_groups(
    values: NDArray[np.float64], count_a: int, resamples: int, random: np.random.Generator
) -> PermutationTest:
    # About their centre and in units of their spread, so that sums of squares lose no digits.
    rounding = len(values) * np.spacing(np.abs(values).max())
    values = values - values.mean()
    farthest = np.abs(values).max()
    values = values / farthest if farthest > rounding else np.zeros(len(values))
    rows, exact = deals(count_a, len(values), resamples, random)
    observed = _welch_t(values, np.arange(count_a)[None])[0]
    return as_extreme(_welch_t(values, rows), observed, exact)


def _welch_t(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """abs(t) for groups a given by their places, float64 of shape (rows,); infinite for groups without spread."""
    count_a, count_b = rows.shape[1], len(values) - rows.shape[1]
    in_a = values[rows]
    sum_a, squares_a = in_a.sum(axis=1), (in_a**2).sum(axis=1)
    sum_b, squares_b = values.sum() - sum_a, (values**2).sum() - squares_a
    error = (squares_a - sum_a**2 / count_a) / (count_a * (count_a - 1))
    error += (squares_b - sum_b**2 / count_b) / (count_b * (count_b - 1))
    difference = np.abs(sum_a / count_a - sum_b / count_b)
    spread = np.sqrt(np.where(error > _TIE**2, error, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference < _TIE, 0.0, np.divide(difference, spread))


def _test_signs(differences: NDArray[np.float64], resamples: int, random: np.random.Generator) -> PermutationTest:
    exact = 2 ** len(differences) <= _MOST_EXACT
    if exact:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(differences))))
    else:
        signs = random.choice((-1.0, 1.0), size=(resamples, len(differences)))
    return as_extreme(np.abs(signs @ differences), abs(differences.sum()), exact)
