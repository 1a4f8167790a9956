"""The small file of numbers: what it keeps is what the report says."""

import json
import statistics
from typing import Any

import pytest
from report_samples import make_study, make_troubled_study

from seedbed.report.compact import compact_numbers, compact_text
from seedbed.report.numbers import json_text, study_numbers
from seedbed.study.summaries import summarize


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    return compact_numbers(json.loads(json_text(study_numbers(make_troubled_study()))))


def test_what_is_kept_of_runs_and_epochs_is_what_the_report_shows(numbers: dict[str, Any]) -> None:
    for variant, kept in zip(make_troubled_study().variants, numbers["variants"], strict=True):
        runs = kept["runs"]
        assert runs["seed"] == [run.seed for run in variant.runs]
        finished = [
            error for error, status in zip(runs["test_error"], runs["outcome"], strict=True) if status != "diverged"
        ]
        if kept["measured"] is not None:
            assert statistics.fmean(finished) == pytest.approx(kept["measured"]["mean"], rel=1e-5)
        curve = summarize(variant).curve(lambda record: record.train_loss)
        if curve is None:
            assert kept["curves"]["train_loss"] is None
        else:
            assert kept["curves"]["train_loss"]["epoch"] == list(curve.epochs)
            assert kept["curves"]["train_loss"]["mean"] == pytest.approx(curve.mean, rel=1e-5)
            assert kept["curves"]["train_loss"]["std"] == pytest.approx(curve.std or (), rel=1e-5)


def test_no_epoch_of_a_run_is_kept(numbers: dict[str, Any]) -> None:
    assert all("history" not in str(list(variant["runs"])) for variant in numbers["variants"])
    assert all(len(column) == len(v["runs"]["seed"]) for v in numbers["variants"] for column in v["runs"].values())


def test_the_text_is_json_with_a_line_for_each_variant() -> None:
    numbers = compact_numbers(json.loads(json_text(study_numbers(make_study()))))
    text = compact_text(numbers)
    assert json.loads(text) == numbers
    assert len([line for line in text.splitlines() if line.startswith('  {"name"')]) == len(numbers["variants"])
    assert all(len(repr(value)) < 14 for value in numbers["variants"][0]["runs"]["test_error"])
