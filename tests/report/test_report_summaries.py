"""The numbers that a report shows."""

import math
import statistics
from dataclasses import replace

import pytest
from report_samples import make_collapsed, make_diverged, make_study, make_troubled_study, make_variant

from seedbed.study.summaries import spread, state, summarize


def test_measured_is_what_the_result_calls_errors() -> None:
    variant = make_variant()
    summary = summarize(variant)
    assert summary.measured is not None and summary.measured == summary.trained
    assert summary.measured.values == variant.errors
    assert summary.measured.std == pytest.approx(statistics.stdev(variant.errors))
    low, high = summary.measured.interval or (math.nan, math.nan)
    assert (low + high) / 2 == pytest.approx(summary.measured.mean)
    # 2.776 is the 97.5% point of Student's t with 4 degrees of freedom.
    assert (high - low) / 2 == pytest.approx(2.776445 * summary.measured.std / math.sqrt(5))


def test_collapsed_runs_count_in_the_mean_and_not_in_the_curves() -> None:
    first, second, _ = (summarize(variant) for variant in make_troubled_study().variants)
    assert (first.finished, first.collapsed, first.diverged) == (5, 1, 0)
    assert (second.finished, second.collapsed, second.diverged) == (3, 0, 2)
    assert first.measured is not None and first.trained is not None
    assert first.measured.mean > 18 and first.trained.mean < 1.3
    curve = first.curve(lambda record: record.test_error)
    assert curve is not None and max(curve.mean) < 20
    assert [run.seed for run in second.troubled_runs] == [24, 25]


def test_runs_that_all_collapsed_are_the_typical_ones() -> None:
    variant = replace(make_variant(), runs=(make_collapsed(1, 30), make_collapsed(2, 30)))
    summary = summarize(variant)
    assert summary.trained == summary.measured and summary.trained is not None
    assert summary.trained.std == 0 and not summary.troubled_runs


def test_speed_is_the_mean_of_what_was_measured() -> None:
    variant = replace(make_variant(), runs=(*make_variant().runs, make_diverged(9, 0)))
    summary = summarize(variant)
    assert summary.epoch_s == pytest.approx(2.34, rel=0.02)
    assert summary.images_per_second == pytest.approx(60_000 / 2.34)


def test_spread_of_few_values() -> None:
    assert spread([]) is None and spread([math.nan]) is None
    single = spread([0.9, math.nan])
    assert single is not None and (single.mean, single.std, single.interval) == (0.9, None, None)


def test_the_interval_of_a_mean_error_stays_within_what_an_error_can_be() -> None:
    low = spread([0.1, 0.2, 8.0])
    high = spread([10.0, 99.0])
    assert low is not None and low.interval is not None and low.interval[0] == 0 < low.mean < low.interval[1] < 100
    assert high is not None and high.interval == (0, 100)


def test_state() -> None:
    run = make_study().variants[0].runs[0]
    assert [state(run), state(make_collapsed(1, 2)), state(make_diverged(1, 2))] == [
        "finished",
        "collapsed",
        "diverged",
    ]


def test_curve_without_records() -> None:
    variant = replace(make_variant(), runs=(make_diverged(1, 0),))
    assert summarize(variant).curve(lambda record: record.test_error) is None
    single = summarize(make_variant(1, 1, 3)).curve(lambda record: record.test_error)
    assert single is not None and single.epochs == (1, 2, 3) and single.std is None
