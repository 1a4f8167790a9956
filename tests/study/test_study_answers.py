from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import load_data
from seedbed.study import Study
from seedbed.study.answers import AnswerSheet, answer_sheet
from seedbed.training import EpochRecord, History, Recipe, RunState

LABELS = np.array([0, 1, 2, 2], dtype=np.uint8)
SHEET = AnswerSheet(LABELS, ("zero", "one", "two"))
RECIPE = Recipe.make("flatten linear(3)", "spiral", batch_size=3)


def run_with(answers: list[int], test_error: float) -> RunState:
    outputs = np.eye(3, dtype=np.float32)[answers]
    return RunState({}, History([EpochRecord(1, 0, 0, 0, test_error, 1, 1)]), outputs=outputs)


def test_wrong_answers_are_those_that_differ_from_the_labels() -> None:
    wrong = SHEET.wrong(run_with([0, 1, 2, 0], 25.0), RECIPE)
    assert wrong is not None
    assert wrong.tolist() == [False, False, False, True]


def test_an_error_may_leave_out_images_that_fill_no_batch() -> None:
    """Their answers are told all the same: here the last of four is wrong and does not count."""
    part = replace(RECIPE, evaluation="whole_batches")
    wrong = SHEET.wrong(run_with([0, 1, 2, 0], 0.0), part)
    assert wrong is not None
    assert wrong.tolist() == [False, False, False, True]
    assert SHEET.wrong(run_with([0, 1, 2, 0], 25.0), part) is None


def test_labels_that_do_not_give_the_measured_error_are_not_those_of_the_run() -> None:
    assert SHEET.wrong(run_with([0, 1, 2, 0], 50.0), RECIPE) is None
    assert SHEET.wrong(run_with([0, 1, 2], 0.0), RECIPE) is None
    assert SHEET.wrong(replace(run_with([0, 1, 2, 0], 25.0), outputs=None), RECIPE) is None
    assert SHEET.wrong(RunState({}), RECIPE) is None


def test_constant_answers_are_named_by_their_error() -> None:
    assert SHEET.constant_answers(50.0) == ("two",)
    assert SHEET.constant_answers(75.0) == ("zero", "one")
    assert SHEET.constant_answers(25.0) == ()


def test_only_data_that_is_here_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEDBED_DATA", str(tmp_path))
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path))
    assert answer_sheet("mnist") is None
    assert answer_sheet("no such set") is None
    digits = answer_sheet("digits")
    assert digits is not None
    assert np.array_equal(digits.labels, load_data("digits").test_labels)


def test_a_study_knows_which_images_its_runs_get_wrong(tiny: Path, tmp_path: Path) -> None:
    result = Study.load(tiny).run(quick=True, workspace=tmp_path / "w")
    for variant in result.variants:
        assert variant.wrong is not None and variant.wrong.shape == (2, 360)
        assert [100 * float(wrong.mean()) for wrong in variant.wrong] == list(variant.errors)
    assert result.claims[0].images is not None
