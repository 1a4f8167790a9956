"""Two trained networks on the same images."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

from seedbed.errors import StatisticsError
from seedbed.statistics.checks import check_level


@dataclass(frozen=True)
class McNemarTest:
    """Two networks compared image by image.

    Attributes
    ----------
    only_a, only_b : int
        Images that only a, only b gets wrong. Images that both get right or wrong tell nothing of the difference.
    difference : float
        Error of a minus error of b, percent points.
    interval : (low, high)
        Percent points.
    p_value : float
        Exact, two-sided: never too small, mostly somewhat too large.
    mid_p : float
        Half the chance of what was seen is left out: close to its level, at times a little under it.
    """

    only_a: int
    only_b: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    mid_p: float


def mcnemar(wrong_a: NDArray[np.bool_], wrong_b: NDArray[np.bool_], level: float = 0.95) -> McNemarTest:
    """McNemar's test in its exact form: were a and b equally good, each image that only one of them gets wrong would
    be a fair coin.

    With k = min(only_a, only_b) and X ~ Binomial(only_a + only_b, ½): p = min(1, 2 P(X ≤ k)) and
    mid-p = 2 P(X ≤ k) - P(X = k). The interval is Bonett and Price's: with p₁ = (only_a + 1) / (N + 2) and
    p₂ = (only_b + 1) / (N + 2) over N images, p₁ - p₂ ± z √((p₁ + p₂ - (p₁ - p₂)²) / (N + 2)).

    It speaks of these two networks only: another seed of the same recipe may turn the verdict. For recipes, train
    several seeds and use `compare`.

    Parameters
    ----------
    wrong_a, wrong_b : bool array, shape (images,)
        True where that network answers wrongly.
    level : float
        Of the interval.

    Raises
    ------
    StatisticsError
        The arrays are not boolean, not of one length, or empty.

    References
    ----------
    McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12. Fagerland, Lydersen, Laake (2013), "The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional", BMC Medical Research Methodology 13. Bonett and Price (2012),
    "Adjusted Wald confidence interval for a difference of binomial proportions based on paired data", Journal of
    Educational and Behavioral Statistics 37. Dietterich (1998), "Approximate statistical tests for comparing
    supervised classification learning algorithms", Neural Computation 10.
    """
    check_level(level)
    a, b = np.asarray(wrong_a), np.asarray(wrong_b)
    if a.dtype != np.bool_ or b.dtype != np.bool_ or a.ndim != 1 or a.shape != b.shape or len(a) == 0:
        raise StatisticsError(
            "wrong_a, wrong_b: expected two bool arrays with one value for each of the same images, "
            f"got {a.dtype} of shape {a.shape} and {b.dtype} of shape {b.shape}."
        )
    images, only_a, only_b = len(a), int(np.sum(a & ~b)), int(np.sum(b & ~a))
    fewer, told = min(only_a, only_b), only_a + only_b
    up_to = float(bdtr(fewer, told, 0.5))
    exactly = up_to - (float(bdtr(fewer - 1, told, 0.5)) if fewer else 0.0)
    share_a, share_b = (only_a + 1) / (images + 2), (only_b + 1) / (images + 2)
    middle = share_a - share_b
    reach = float(ndtri((1 + level) / 2)) * math.sqrt((share_a + share_b - middle**2) / (images + 2))
    return McNemarTest(
        only_a,
        only_b,
        100 * (only_a - only_b) / images,
        (100 * (middle - reach), 100 * (middle + reach)),
        min(1.0, 2 * up_to),
        2 * up_to - exactly,
    )
