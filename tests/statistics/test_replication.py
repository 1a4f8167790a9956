import math

import numpy as np
import pytest
from scipy.stats import norm, t

from seedbed.statistics import (
    StatisticsError,
    Summary,
    compare_summaries,
    prediction_interval,
    replication,
    replication_of_difference,
)

OURS = [1.02, 0.95, 1.10, 0.99, 1.04]


def test_one_further_run_by_hand() -> None:
    reach = t.ppf(0.975, 4) * np.std(OURS, ddof=1) * math.sqrt(1 + 1 / 5)
    assert prediction_interval(OURS) == pytest.approx((np.mean(OURS) - reach, np.mean(OURS) + reach))
    reach = t.ppf(0.95, 4) * np.std(OURS, ddof=1) * math.sqrt(1 / 3 + 1 / 5)
    assert prediction_interval(OURS, 0.9, count=3)[1] == pytest.approx(np.mean(OURS) + reach)


def test_a_published_run_inside_and_one_outside() -> None:
    found = replication(OURS, Summary(0.87, 0, 1))
    assert found.interval == pytest.approx(prediction_interval(OURS))
    assert (found.published, found.measured, found.replicates) == (0.87, pytest.approx(1.02), True)
    far = replication(OURS, Summary(1.3, 0, 1))
    assert far.replicates is False and far.p_value < 0.05


def test_interval_and_p_agree() -> None:
    for published in (Summary(1.2, 0, 1), Summary(1.2, 0, 4), Summary(1.1, 0.04, 5), Summary(1.1, 0.04, 30)):
        for level in (0.8, 0.95, 0.99):
            found = replication(OURS, published, level)
            assert found.replicates == (found.p_value >= 1 - level)


def test_the_deviation_of_the_source_counts_where_it_is_stated() -> None:
    ours, published = Summary(float(np.mean(OURS)), float(np.std(OURS, ddof=1)), 5), Summary(1.06, 0.04, 5)
    width = np.ptp(replication(OURS, published).interval)
    assert width == pytest.approx(np.ptp(compare_summaries(ours, published).interval))


def test_tangs_difference_lies_where_luck_puts_it() -> None:
    # Single runs, 0.99 against 0.87; ten of ours with means 0.055 apart and deviations 0.0523 and 0.0548.
    places = norm.ppf((np.arange(10) + 0.5) / 10)
    places /= np.std(places, ddof=1)
    a, b = 0.930 + 0.0523 * places, 0.875 + 0.0548 * places
    found = replication_of_difference(a, b, Summary(0.99, 0, 1), Summary(0.87, 0, 1))
    assert found.interval == pytest.approx((-0.112, 0.222), abs=0.001)
    assert found.published == pytest.approx(0.12) and found.replicates


@pytest.mark.parametrize("std", [0.0, 0.1])
@pytest.mark.parametrize(("ours", "theirs"), [(3, 1), (5, 1), (10, 1), (10, 5), (3, 5)])
def test_coverage(ours: int, theirs: int, std: float) -> None:
    trials, random = 3000, np.random.default_rng(ours)
    hits = []
    for values in random.normal(1, 0.1, (trials, ours + theirs)):
        spread = float(np.std(values[ours:], ddof=1)) if std and theirs > 1 else 0.0
        hits.append(replication(values[:ours], Summary(float(values[ours:].mean()), spread, theirs)).replicates)
    assert abs(np.mean(hits) - 0.95) < 0.012 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_without_spread_or_runs_nothing_is_said() -> None:
    for errors in ([], [1.0], [1.0, 1.0]):
        assert replication(errors, Summary(1.0, 0, 1)).replicates is None
        assert replication_of_difference(errors, errors, Summary(1, 0, 1), Summary(1, 0, 1)).replicates is None


def test_refusals() -> None:
    with pytest.raises(StatisticsError, match="count"):
        prediction_interval(OURS, count=0)
    with pytest.raises(StatisticsError, match="nan"):
        prediction_interval([1.0, math.nan])
