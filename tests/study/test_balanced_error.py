"""Balanced errors of the runs of a comparison: in rows, by seed, and in the numbers of its report."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

import seedbed as sb
from seedbed.report.numbers import study_numbers
from seedbed.statistics import compare_seeds
from seedbed.study.answers import AnswerSheet


def test_it_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels = random.choice(4, 200, p=[0.7, 0.2, 0.1, 0]).astype(np.uint8)
    answers = np.where(random.random(200) < 0.6, labels, 0)
    found = AnswerSheet(labels, ("a", "b", "c", "d")).balanced_error(answers != labels)
    assert found == pytest.approx(100 - 100 * balanced_accuracy_score(labels, answers))


def test_runs_of_a_comparison_have_it(tmp_path: Path) -> None:
    settings = {"data": "digits", "epochs": 1, "seeds": 3, "jobs": 1, "workspace": tmp_path}
    result = sb.compare_recipes("flatten linear(10)", "flatten linear(16) tanh linear(10)", **settings)
    labels = sb.load_data("digits").test_labels
    for variant in result.variants:
        for run in variant.runs:
            expected = 100 - 100 * balanced_accuracy_score(labels, run.outputs.argmax(axis=1))
            assert run.balanced_error == pytest.approx(expected)
            assert variant.balanced_errors_by_seed[run.seed] == run.balanced_error
    rows = result.records()
    assert [row["balanced_error"] for row in rows] == [
        run.balanced_error for one in result.variants for run in one.runs
    ]
    told = [run["balanced_error"] for one in study_numbers(result)["variants"] for run in one["runs"]]
    assert told == [row["balanced_error"] for row in rows]
    a, b = (variant.balanced_errors_by_seed for variant in result.variants)
    assert np.isfinite(compare_seeds(a, b).comparison.difference)
