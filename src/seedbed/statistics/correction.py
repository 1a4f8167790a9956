"""Several tests at once."""

import math
from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values so that, of m tests together, a false positive occurs with at most the level's probability.

    Sorted p₁ ≤ … ≤ p_m become max over j ≤ i of min(1, (m - j + 1) · p_j); the order of the result is that given.
    Holds for any dependence between the tests.

    Parameters
    ----------
    p_values : sequence of float
        NaN stands for a test that could not be made: it counts among the m and stays NaN.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
    """
    corrected = [math.nan] * len(p_values)
    highest = 0.0
    made = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    for rank, (p, place) in enumerate(made):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p))
        corrected[place] = highest
    return corrected
