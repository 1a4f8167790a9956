"""What is right and wrong of every class: on pages, in Python, and all mistakes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_documents import Document

import seedbed as sb
from seedbed.data import Dataset
from seedbed.errors import DataError
from seedbed.language import speaking
from seedbed.report import write_study_report
from seedbed.report.inspection.classes import never_answered_text
from seedbed.store import Workspace


@pytest.fixture(scope="module")
def run() -> sb.Run:
    return sb.train("flatten linear(10)", "digits", epochs=1, progress=False)


@pytest.fixture(scope="module")
def unsure() -> Dataset:
    """digits with four images of the last class to learn from."""
    digits = sb.load_data("digits")
    labels = digits.train_labels
    kept = np.flatnonzero((labels != 9) | (np.cumsum(labels == 9) < 5))
    return replace(digits, train_images=digits.train_images[kept], train_labels=labels[kept], sha256="")


def test_a_run_reports_its_classes(run: sb.Run) -> None:
    report, labels = run.classification_report(), sb.load_data("digits").test_labels
    assert report.accuracy.percent == pytest.approx(100 - run.test_error)
    assert [row.images for row in report.rows] == np.bincount(labels).tolist()
    assert str(report).count("\n") == 11


def test_all_mistakes_of_a_run_are_there(run: sb.Run, tmp_path: Path) -> None:
    dataset = sb.load_data("digits")
    answers = run.model.predict(dataset.test_images)
    mistakes = run.mistakes()
    assert {one.number for one in mistakes} == set(np.flatnonzero(answers != dataset.test_labels).tolist())
    assert all((one.label, one.answer) == (dataset.test_labels[one.number], answers[one.number]) for one in mistakes)
    assert [one.probability for one in mistakes] == sorted((one.probability for one in mistakes), reverse=True)
    path = run.inspect().write_mistakes(tmp_path / "all.html")
    page = path.read_text(encoding="utf-8")
    assert page.count("<img ") == page.count("<li>") == len(mistakes) > 24
    assert f"{len(mistakes):,} of {len(answers):,} test images" in page
    korean = run.inspect(lang="ko").write_mistakes(tmp_path / "ko.html").read_text(encoding="utf-8")
    assert 'lang="ko"' in korean and "오답" in korean


def test_mistakes_on_points_have_no_pictures(tmp_path: Path) -> None:
    run = sb.train("flatten linear(2)", "xor", epochs=1, progress=False)
    page = run.inspect().write_mistakes(tmp_path / "points.html").read_text(encoding="utf-8")
    assert "<img" not in page and page.count("<li>") == len(run.mistakes())


def test_a_run_without_test_images_says_so() -> None:
    digits = sb.load_data("digits")
    bare = replace(digits, test_images=digits.test_images[:0], test_labels=digits.test_labels[:0])
    run = sb.train("flatten linear(10)", bare, epochs=1, progress=False)
    for ask in (run.classification_report, run.mistakes):
        with pytest.raises(DataError, match="has no answers to test images"):
            ask()


def test_the_page_of_a_network_has_every_class_and_warns(unsure: Dataset) -> None:
    run = sb.train("flatten linear(10)", unsure, epochs=1, progress=False)
    report = run.classification_report()
    assert report.never_answered == ("9",)
    document = Document(run.inspect().html())
    table = next(element.text for element in document.all("table", class_="classes"))
    assert table.count("–") + table.count("to") >= 10 or "never answered" in table
    assert "It never answers with these classes: 9." in document.words
    assert (
        f"balanced accuracy, the mean recall of the classes, {report.balanced_accuracy.percent:.2f}%" in document.words
    )


def test_warnings_are_cut_where_there_are_many() -> None:
    names = [f"class {number}" for number in range(30)]
    assert never_answered_text(names).endswith("class 9 and 20 more.")
    assert never_answered_text(names[:1], "ReLU") == "ReLU: no seed ever answers with these classes: class 0."
    assert never_answered_text([]) == ""
    with speaking("ko"):
        assert "class 0" in never_answered_text(names[:1])


def test_a_study_has_a_table_for_each_variant(tmp_path: Path) -> None:
    study, weights = tmp_path / "two.toml", ", ".join(f"{label}={int(label < 2)}" for label in range(10))
    study.write_text(
        'name = "two"\ntitle = "Two"\nquestion = "Which?"\n'
        '[defaults]\ndata = "digits"\nnetwork = "flatten linear(10)"\n'
        "[full]\nseeds = 3\nepochs = 1\n[quick]\nseeds = 3\nepochs = 1\n"
        '[[variants]]\nname = "plain"\ntitle = "plain"\n'
        '[[variants]]\nname = "still"\ntitle = "still"\n'
        f'class_weights = "{weights}"\n',
        encoding="utf-8",
    )
    workspace = Workspace(tmp_path / "workspace")
    result = sb.Study.load(study).run(workspace=workspace.path, jobs=1)
    path = write_study_report(result, tmp_path / "two", workspace=workspace)
    document = Document(path.read_text(encoding="utf-8"))
    tables = [next(iter(document.all("table", class_=f"classes-{place}")), None) for place in (0, 1)]
    assert all(table is not None for table in tables)
    numbers = json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))["inside"]
    for variant in result.variants:
        told = numbers[variant.name]["all_seeds"]["classes"]
        recalls = [
            np.mean([(run.outputs.argmax(axis=1) == label)[labels == label].mean() for run in variant.runs])
            for labels in (sb.load_data("digits").test_labels,)
            for label in range(10)
        ]
        found = [told["by_class"][str(label)]["recall"]["mean"] for label in range(10)]
        assert found == pytest.approx(100 * np.array(recalls))
        assert told["balanced_error"]["mean"] == pytest.approx(100 - np.mean(found))
    assert "still: no seed ever answers with these classes: " in document.words
