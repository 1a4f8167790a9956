"""The report as a whole: what it holds, how it is built, and what must never be in it."""

import math
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from report_documents import Document
from report_samples import (
    make_collapsed,
    make_diverged,
    make_study,
    make_troubled_study,
    make_variant,
    make_wide_study,
)

from seedbed.report import write_study_report
from seedbed.study.study_result import StudyResult

Write = Callable[[StudyResult], Document]


def make_single() -> StudyResult:
    return replace(make_study(1, 1, "quick"), variants=(make_variant(1, 1, 1),), claims=())


def make_all_diverged() -> StudyResult:
    study = make_study()
    variants = tuple(
        replace(variant, published=None, runs=tuple(make_diverged(run.seed, 0) for run in variant.runs))
        for variant in study.variants
    )
    claims = tuple(
        replace(claim, difference=math.nan, interval=(math.nan, math.nan), p_value=math.nan, verdict="undecided")
        for claim in study.claims
    )
    return replace(study, variants=variants, claims=claims)


def make_all_collapsed() -> StudyResult:
    study = make_study()
    return replace(
        study,
        variants=tuple(
            replace(item, runs=tuple(make_collapsed(run.seed, 30) for run in item.runs)) for item in study.variants
        ),
    )


def make_long_names() -> StudyResult:
    study = make_study()
    variants = tuple(
        replace(variant, name=f"name{index}" * 60, title=f"A very long title {'of a variant ' * 30}{index}")
        for index, variant in enumerate(study.variants)
    )
    return replace(study, title="Unbreakable" * 40, variants=variants)


def make_bare() -> StudyResult:
    """Every text that may be empty is empty, every figure that may be missing is missing."""
    study = make_study(2, 3)
    return replace(
        study,
        question="",
        source="",
        remarks=(),
        variants=tuple(replace(variant, published=None) for variant in study.variants),
        claims=(),
        data_source="",
        machine={},
        versions={},
        command="",
    )


def make_empty() -> StudyResult:
    return replace(make_study(), variants=(), claims=())


STUDIES: dict[str, Callable[[], StudyResult]] = {
    "full": make_study,
    "quick": lambda: make_study(3, 2, "quick"),
    "single run, epoch and variant": make_single,
    "troubled": make_troubled_study,
    "twelve variants": make_wide_study,
    "forty variants": lambda: make_wide_study(40),
    "all diverged": make_all_diverged,
    "all collapsed": make_all_collapsed,
    "long names": make_long_names,
    "bare": make_bare,
    "no variants": make_empty,
}


@pytest.fixture(params=STUDIES, scope="module")
def document(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """The report of each study, written once for all the tests that only look at it."""
    path = write_study_report(STUDIES[request.param](), tmp_path_factory.mktemp("reports") / f"{request.param}.html")
    return Document(path.read_text(encoding="utf-8"))


def test_structure_is_sound(document: Document) -> None:
    assert document.source.startswith("<!DOCTYPE html>")
    assert [element.attributes["lang"] for element in document.all("html")] == ["en"]
    assert len(document.all("main")) == len(document.all("h1")) == len(document.all("title")) == 1

    levels = [int(element.tag[1]) for element in document.elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))

    identifiers = [element.attributes["id"] for element in document.elements if "id" in element.attributes]
    assert len(identifiers) == len(set(identifiers))
    used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"|aria-labelledby=\"([^\"]+)\"", document.source)
    assert {name for names in used for name in names if name} <= set(identifiers)


def test_tables_and_figures_can_be_read_aloud(document: Document) -> None:
    assert len(document.all("caption")) == len(document.all("table"))
    assert all(element.attributes["scope"] in ("col", "row", "rowgroup") for element in document.all("th"))
    assert len(document.all("figcaption")) == len(document.all("figure"))
    for element in document.all("svg"):
        if "figure" in element.parents:
            assert element.attributes["role"] == "img"
            assert len(element.attributes["aria-label"]) > 60
        else:
            assert element.attributes["aria-hidden"] == "true"


def test_nothing_is_loaded_and_nothing_runs(document: Document) -> None:
    assert not re.search(r"(?:https?:)?//|@import|javascript:|<script|<link|<img|<iframe|data:", document.source)
    assert not any(name.startswith("on") for element in document.elements for name in element.attributes)
    assert not [element for element in document.elements if "src" in element.attributes]
    assert all(element.attributes["href"].startswith("#") for element in document.all("use"))


def test_missing_numbers_are_dashes(document: Document) -> None:
    assert not re.search(r"\b(?i:nan|inf)\b|\bNone\b", document.source)


@pytest.mark.parametrize("name", ["troubled", "bare"])
def test_equal_results_give_equal_bytes(name: str, tmp_path: Path) -> None:
    paths = [tmp_path / place / "report.html" for place in ("first", "second")]
    first, second = (write_study_report(STUDIES[name](), path).read_bytes() for path in paths)
    assert first == second


def test_figures_take_their_colours_from_the_page(document: Document) -> None:
    styles = [element.attributes.get("style", "") for element in document.elements if "figure" in element.parents]
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\))", " ".join(styles))
    style = document.all("style")[0].text
    for name in set(re.findall(r"var\((--[a-z0-9-]+)\)", " ".join(styles))):
        assert f"{name}:" in style


def test_content_comes_in_order(write: Write) -> None:
    document = write(make_study())
    assert [element.text for element in document.all("h2")] == [
        "Short answer",
        "Results",
        "Claims",
        "Training",
        "Every run",
        "What the test set can tell",
        "How this was measured",
        "Remarks",
        "Settings",
        "Where it ran",
        "Run it again",
    ]
    assert [element.text.strip() for element in document.all("h3")][:4] == [
        "What holds",
        "What does not hold",
        "What is undecided",
        "How sure",
    ]
    assert [element.attributes["id"] for element in document.all("figure")] == ["results", "errors", "losses"]


def test_numbers_of_the_study_are_there(write: Write) -> None:
    study = make_study()
    document = write(study)
    words = document.words
    for text in ("1.06 (0.04)", "0.96 (0.06)", "0.78 (0.06)", "61,706", "[−0.01, 0.15]", "< 0.0001", "−0.25", "10,000"):
        assert text in words
    assert "±0.09 to ±0.10 points (one binomial standard error" in words
    for text in (*study.remarks, study.command, study.question, study.source, *(c.sentence for c in study.claims)):
        assert text in words
    rows = [element for element in document.all("tr") if "tbody" in element.parents]
    assert len(rows) == 3 + 3 + (15 + 3)


def test_quick_results_are_labelled(write: Write) -> None:
    label = "Quick size: 3 seeds × 2 epochs, for a first look."
    assert label in write(make_study(3, 2, "quick")).words
    assert "first look" not in write(make_study()).words
    assert "Quick size: 1 seed × 1 epoch," in write(make_single()).words


def test_runs_that_went_wrong_are_named_and_kept(write: Write) -> None:
    document = write(make_troubled_study())
    table = document.all("table", class_="runs")[0].text
    assert table.count("collapsed") == 2 and "constant answer: class '0'" in table
    assert "loss is not finite at step 8312" in table and "after epoch 4 of 30" in table
    assert "no epoch was completed" in table
    assert "5 runs, 1 collapsed" in document.words and "3 runs, 2 diverged" in document.words
    captions = " ".join(element.text for element in document.all("figcaption"))
    assert "LeNet-5 seed 15 (collapsed)" in captions and "LeNet-5+ seed 24 (diverged)" in captions
    assert "no epoch was completed: LeNet-5+ seed 25" in captions
    figures = [element.text for element in document.all("text")]
    assert "collapsed: 90.2 →" in figures and "seed 15 collapsed" in figures and "seed 24 diverged" in figures


def test_runs_without_a_result_are_listed(write: Write) -> None:
    words = write(make_troubled_study()).words
    assert "its process was killed (SIGKILL, perhaps because memory ran out), 3 times" in words
    assert "Runs without a result" not in write(make_study()).words


def test_a_study_without_results_says_so(write: Write) -> None:
    words = write(make_all_diverged()).words
    assert "No run finished, so nothing can be concluded." in words
    assert "needs two runs each" in words
    assert not write(make_all_diverged()).all("figure")
    assert "there is no curve of the test error" in write(make_single()).words


def test_text_is_escaped_everywhere(write: Write) -> None:
    evil = "<script>alert('&')</script> $x^{$ \x00\x1b\ud800 </svg></style> style=\"fill: #0072b2\" url(#x)"
    study = make_troubled_study()
    variants = tuple(
        replace(
            variant,
            name=evil,
            title=evil,
            published=variant.published and replace(variant.published, remark=evil),
            recipe=replace(variant.recipe, network=evil, optimizer=evil, loss=evil, data=evil),
            runs=tuple(replace(run, outcome=replace(run.outcome, answer=evil), engine=evil) for run in variant.runs),
        )
        for variant in study.variants
    )
    claims = tuple(
        replace(claim, text=evil, better=replace(claim.better, title=evil), worse=replace(claim.worse, title=evil))
        for claim in study.claims
    )
    texts = dict.fromkeys(("title", "question", "source", "data_source", "command"), evil)
    places = {"machine": {evil: evil}, "versions": {"seedbed": evil, evil: evil}}
    document = write(replace(study, variants=variants, claims=claims, remarks=(evil,), **texts, **places))
    assert not document.all("script")
    assert len(document.all("style")) == 1
    assert "<script>alert('&')</script> $x^{$ </svg></style> style=\"fill: #0072b2\" url(#x)" in document.words
    assert "The number of test images is not known" in document.words


def test_many_scripts_are_drawn_without_complaint(write: Write) -> None:
    study = make_study()
    titles = ("합성곱 신경망", "卷积网络", "שלום 🙂")
    variants = tuple(replace(item, title=title) for item, title in zip(study.variants, titles, strict=True))
    document = write(replace(study, variants=variants))
    drawn = {element.text for element in document.all("text")}
    assert set(titles) <= drawn


def test_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    study = make_troubled_study()
    paths = [tmp_path / str(index) / "report.html" for index in range(4)]
    threads = [threading.Thread(target=write_study_report, args=(study, path)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.read_bytes() for path in paths}) == 1


def test_an_old_report_is_replaced_and_its_numbers_lie_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    assert write_study_report(make_single(), path) == path
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert {file.name for file in tmp_path.iterdir()} == {"report.html", "report.json", "report.csv"}
    assert "all in report.json, and in report.csv a row for each run" in path.read_text(encoding="utf-8")


def test_importing_reports_loads_no_drawing() -> None:
    code = "import seedbed.report, sys; print(sorted({'matplotlib', 'jinja2', 'scipy', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = "import seedbed.report.page, seedbed.report.html, sys; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_each_figure_of_a_row_brings_its_head_along_for_a_phone(tmp_path: Path) -> None:
    document = Document(write_study_report(make_study(2, 2), tmp_path / "report").read_text(encoding="utf-8"))
    heads = [cell.attributes["data-head"] for cell in document.all("td")]
    assert heads and all(heads)
    assert {"Parameters", "Measured error, mean ± std, %", "Verdict"} <= {*heads}
