import builtins
import sys
from dataclasses import replace
from typing import Any

import pytest
from claim_samples import CLAIM, HIGH, LOW, make_variant

import seedbed as sb
from seedbed.errors import StudyError
from seedbed.study.study_result import StudyResult
from seedbed.study.sweep_result import PointResult, SweepResult
from seedbed.study.verdict import judge
from seedbed.training import Recipe


def make_result(title: str = "B") -> StudyResult:
    a = replace(make_variant("a", HIGH, diverged=1), grid="g", coordinates={"rate": "0.1", "loss": "none"})
    b = replace(make_variant("b", LOW, collapsed=[90.0]), title=title)
    return StudyResult("s", "S", "", "", (), "full", (a, b), judge([CLAIM], [a, b]), "", {}, {}, "")


def test_records_have_a_row_for_each_run() -> None:
    rows = make_result().records()
    assert [(row["variant"], row["seed"], row["status"]) for row in rows[4:7]] == [
        ("a", 4, "finished"),
        ("a", 90, "diverged"),
        ("b", 0, "finished"),
    ]
    assert rows[-1]["status"] == "collapsed"
    assert rows[-1]["test_error"] == 90.0
    assert rows[0]["test_error"] == HIGH[0]
    assert rows[5]["test_error"] != rows[5]["test_error"]
    assert (rows[0]["rate"], rows[0]["loss"], rows[0]["optimizer"]) == ("0.1", "cross_entropy", "sgd(0.02)")


def test_claims_are_rows_too() -> None:
    result = make_result()
    (row,) = result.claim_records()
    (claim,) = result.claims
    assert (row["better"], row["verdict"], row["runs_better"], row["p_value"]) == ("b", "undecided", 6, claim.p_value)
    assert row["difference_without_collapsed"] == pytest.approx(0.2)
    assert row["sentence"] == claim.sentence


def test_data_frames_have_these_rows() -> None:
    pandas = pytest.importorskip("pandas")
    frame = make_result().to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame[frame.variant == "a"].test_error.mean() == pytest.approx(sum(HIGH) / 5)
    assert list(make_result().claims_frame().verdict) == ["undecided"]


def test_without_pandas_a_data_frame_is_refused_kindly(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StudyError, match=r"needs pandas, which is not installed: .* -m pip install pandas"):
        make_result().to_frame()


def test_a_sweep_has_rows_of_its_search_and_of_its_test() -> None:
    recipe = Recipe.make("softmax", "digits")
    points = tuple(PointResult({"lr": str(lr)}, recipe, (lr, lr + 1), 0, (0, 1)) for lr in (1.0, 2.0))
    result = SweepResult(
        "softmax", "grid", {"lr": ("1.0", "2.0")}, points, points[0], (), 100, 2, (3.0,), 0, {}, {}, "", "",
        test_seeds=(1000,),
    )  # fmt: skip
    rows = result.records()
    assert [(row["stage"], row["lr"], row["seed"], row["validation_error"]) for row in rows[:4]] == [
        ("search", "1.0", 0, 1.0),
        ("search", "1.0", 1, 2.0),
        ("search", "2.0", 0, 2.0),
        ("search", "2.0", 1, 3.0),
    ]
    assert (rows[4]["stage"], rows[4]["seed"], rows[4]["test_error"]) == ("test", 1000, 3.0)


def test_notebooks_show_tables_with_escaped_texts() -> None:
    shown = make_result("<b> & co")._repr_html_()
    assert "<td>&lt;b&gt; &amp; co</td>" in shown
    assert "<b>" not in shown
    assert "<td>6, 1 collapsed</td>" in shown and "<td>5, 1 diverged</td>" in shown
    assert "<td>undecided</td>" in shown


def test_a_run_and_its_history_show_their_last_epochs() -> None:
    run = sb.train("softmax", "digits", epochs=12, progress=False, engine="reference", threads=1)
    shown = run.history._repr_html_()
    assert shown.count("<tr>") == 11
    assert "<td>12</td>" in shown and "<td>2</td>" not in shown.split("<tbody>")[1][:30]
    assert "validation" not in shown
    assert f"<td>{run.test_error:.2f}%</td>" in run._repr_html_()
