"""Two recipes, each at a learning rate of its own."""

import json
from pathlib import Path

import pytest

from seedbed.errors import StudyError
from seedbed.report import write_study_report
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.study.study_result import StudyResult
from seedbed.study.tuning import compare_tuned, read_tune, tuning_name

A, B = "softmax", "flatten linear(8) relu linear(10)"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tuned")


@pytest.fixture(scope="module")
def found(place: Path) -> StudyResult:
    return compare_tuned(
        A, B, tune="lr=0.002,0.1", tuning_seeds=2, seeds=3, data="digits", epochs=2, lr=0.02, jobs=1, workspace=place
    )


def test_each_side_has_the_rate_with_the_lowest_validation_error(found: StudyResult) -> None:
    named = {variant.name: variant for variant in found.variants}
    for side in ("a", "b"):
        means = {}
        for rate in (0.002, 0.02, 0.1):
            runs = named[tuning_name(side, rate)].runs
            assert len(runs) == 2 and named[tuning_name(side, rate)].recipe.validation > 0
            ends = [run.history.result for run in runs]
            means[rate] = sum(end.validation_error for end in ends if end is not None)
        own = named.get(f"{side}-own", named[side])
        assert own.recipe.parts.optimizer.lr == min(means, key=lambda rate: means[rate])
        assert own.recipe.validation == 0 and len(own.runs) == 3


def test_there_is_a_verdict_at_the_given_rates_and_at_the_own_ones(found: StudyResult) -> None:
    given, own = found.claims
    assert (given.text, own.text) == (
        f"{B} errs less than {A}.",
        f"Each at its own learning rate, {B} errs less than {A}.",
    )
    assert (given.claims, found.looks.are_many) == (2, False)
    (remark,) = found.remarks
    assert "softmax: 0.002, 0.02, 0.1; chosen 0.1" in remark and "lies at an end of its grid" in remark
    assert "--tune lr=0.002,0.1" in found.command and "--seeds 3" in found.command


def test_the_report_has_the_map_and_comes_again_from_its_numbers(found: StudyResult, place: Path) -> None:
    path = write_study_report(found, place / "r", ("html", "md"), Workspace(place))
    page = path.read_text("utf-8")
    assert "Where the verdict turns" in page
    assert "0.002: 0.002" in page  # The map in words: a row of A's rate, with B's rates.
    again = Study.result_again(json.loads((place / "r.json").read_text("utf-8"))["again"], place)
    assert [claim.sentence for claim in again.claims] == [claim.sentence for claim in found.claims]
    korean = write_study_report(found, place / "ko", ("html",), Workspace(place), "ko").read_text("utf-8")
    assert "판정이 뒤바뀌는 곳" in korean and "저마다의 학습률에서" in korean


def test_the_grid_goes_around_the_given_rate_if_none_is_stated() -> None:
    assert read_tune("lr") == ()
    assert read_tune("lr=0.1, 0.01") == (0.01, 0.1)


@pytest.mark.parametrize("tune", ["momentum", "lr=", "lr=fast", "lr=0.1,-1", "lr=0"])
def test_wrong_grids(tune: str) -> None:
    with pytest.raises(StudyError, match="tune"):
        read_tune(tune)


def test_rates_that_are_the_given_ones_leave_one_claim(tmp_path: Path) -> None:
    settings = {"data": "digits", "epochs": 1, "lr": 0.1, "jobs": 1, "workspace": tmp_path / "w"}
    found = compare_tuned(A, B, tune="lr=0.1", tuning_seeds=1, seeds=2, **settings)
    assert len(found.claims) == 1 and {one.name for one in found.variants} == {"a", "b", "a-rate-0.1", "b-rate-0.1"}
