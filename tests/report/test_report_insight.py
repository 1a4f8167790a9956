"""Pages that show the inside of networks."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from report_documents import Document

import seedbed as sb
from seedbed.data import Dataset
from seedbed.insight import RangeTest, agreement, calibration_curve, inspect, inspect_model
from seedbed.language import speaking
from seedbed.report import InspectionReport, write_study_report
from seedbed.report.figures import Board, LinePanel, draw_boards, draw_lines, natural, picture
from seedbed.report.figures.images import magnitude, mosaic, signed
from seedbed.report.inspection import Subject, lacks
from seedbed.report.inspection.landscape import range_test_figure
from seedbed.report.inspection.mistakes import agreement_text, confusion_figure
from seedbed.report.inspection.page import _side
from seedbed.store import Workspace
from seedbed.study.inside import wrong_answers

NETWORK = "conv2d(3, 3, padding=1) tanh maxpool2d(2) conv2d(4, 3) tanh flatten linear(10) sigmoid"
OVER_EPOCHS = ["training", "gradient-share", "activation-inputs", "weights", "output-gradient"]
OF_THE_END = ["filters", "feature-maps", "attribution", "confusion", "confident-mistakes", "calibration"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sb.Run:
    folder = tmp_path_factory.mktemp("recording")
    return sb.train(NETWORK, "digits", epochs=3, optimizer="sgd(lr=0.5)", record=folder, progress=False)


@pytest.fixture(scope="module")
def report(run: sb.Run) -> InspectionReport:
    return run.inspect()


@pytest.fixture(scope="module")
def document(report: InspectionReport) -> Document:
    return Document(report.html())


def figures_of(document: Document) -> list[str]:
    return [element.attributes["id"] for element in document.all("figure")]


def test_a_recorded_run_shows_all_figures_that_cost_little(document: Document) -> None:
    assert [name for name in figures_of(document) if name != "units"] == OVER_EPOCHS + OF_THE_END


def test_a_page_needs_nothing_else_and_stays_small(document: Document) -> None:
    assert len(document.source) < 3_000_000
    addresses = re.findall(r"(?:href|src)=\"([^\"]{0,40})", document.source)
    assert addresses and all(text.startswith(("#", "data:image/png;base64,")) for text in addresses)
    text = re.sub(r"base64,[^\"]*", "", document.source)
    assert not re.search(r"(?:https?:)?//\w|@import|<script|<link|<iframe|\bNone\b|\bnan\b", text)
    identifiers = [element.attributes["id"] for element in document.elements if "id" in element.attributes]
    assert len(identifiers) == len(set(identifiers))


def test_every_figure_has_words_for_who_does_not_see_it(document: Document) -> None:
    drawings = [element for element in document.all("svg") if "figure" in element.parents]
    assert len(drawings) == 2 * len(figures_of(document))
    assert all(len(element.attributes["aria-label"]) > 60 for element in drawings)
    assert all(len(element.text) > 100 for element in document.all("figcaption"))


def test_what_is_left_out_is_named_with_the_way_to_it(run: sb.Run, document: Document) -> None:
    assert lacks.no_surface("surface=True") in document.words
    assert lacks.no_range_test("range_test=True") in document.words
    assert "was not recorded" not in document.words


def test_the_short_answer_says_what_is_inside(report: InspectionReport, document: Document) -> None:
    share = report.inspection.gradient_share
    assert share is not None
    smallest = share.names[int(share.share[-1].argmin())]
    assert f"Of the gradient {smallest} gets the smallest share: {100 * share.share[-1].min():.1f}%" in document.words
    assert f"and is right in {100 * report.inspection.calibration.right:.1f}%: " in document.words


@pytest.mark.parametrize(
    ("stated", "side"),
    [(0.28, "less sure than it could be."), (0.95, "too sure."), (0.73, "as sure as it should be, as far as")],
)
def test_the_short_answer_says_on_which_side_probabilities_are_off(stated: float, side: str) -> None:
    # Of 500 answers 360 are right, 72%.
    rest = (1 - stated) / 9
    probabilities = np.full((500, 10), rest)
    probabilities[:, 0] = stated
    labels = np.repeat([0, 1], [360, 140])
    assert f"right in 72.0%: {side}" in _side(calibration_curve(probabilities, labels))


def test_a_run_without_recording_shows_its_end_and_says_why(run: sb.Run) -> None:
    bare = sb.train(NETWORK, "digits", epochs=1, progress=False).inspect()
    document = Document(bare.html())
    assert set(OF_THE_END) <= set(figures_of(document))
    assert not {"gradient-share", "weights", "training"} & set(figures_of(document))
    assert 'Train it again with record="recording"' in document.words
    assert "Only one epoch was recorded: conv1" in document.words


def test_a_model_alone_shows_what_it_answers(run: sb.Run) -> None:
    subject = Subject("model", left_out=lacks.only_a_model())
    report = InspectionReport(inspect_model(run.model, sb.load_data("digits")), subject)
    document = Document(report.html())
    assert figures_of(document) == OF_THE_END
    assert "has the last state alone" in document.words
    assert f"{run.test_error:.2f}%" in document.words


def test_slow_figures_come_when_asked_for(run: sb.Run) -> None:
    names = figures_of(Document(run.inspect(surface=True, range_test=True).html()))
    assert names[-2:] == ["loss-surface", "range-test"]


def test_files_of_an_inspection(report: InspectionReport, run: sb.Run, tmp_path: Path) -> None:
    assert report.write(tmp_path / "inside.html", ("md",)) == tmp_path / "inside.md"
    numbers = json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))
    assert numbers["test_error"] == pytest.approx(run.test_error)
    assert np.sum(numbers["confusion"]) == len(sb.load_data("digits").test_labels)
    assert numbers["gradient_share"]["epochs"] == [0, 1, 2, 3]
    rows = (tmp_path / "inside.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "test_image,label,answer,probability"
    assert len(rows) - 1 == np.sum(numbers["confusion"]) - np.trace(numbers["confusion"])
    assert "a row for each wrong answer" in (tmp_path / "inside.md").read_text(encoding="utf-8")
    rows = list(csv.DictReader((tmp_path / "inside-inside.csv").read_text(encoding="utf-8").splitlines()))
    shares = [float(row["value"]) for row in rows if row["measure"] == "gradient_share" and row["epoch"] == "3"]
    assert shares == pytest.approx(numbers["gradient_share"]["share"][3])
    right = sum(int(row["value"]) for row in rows if row["measure"] == "answers" and row["of"] == row["answer"])
    assert right == np.trace(numbers["confusion"])
    assert "More tables: inside-inside.csv." in (tmp_path / "inside.md").read_text(encoding="utf-8")
    assert (tmp_path / "inside-figures" / "filters.svg").read_text(encoding="utf-8").count("<image") >= 2


@pytest.fixture(scope="module")
def more_outputs() -> sb.Run:
    """Ten outputs for three classes, not trained enough to forget the seven that mean nothing."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (90, 1, 8, 8)).astype(np.uint8)
    data = Dataset.from_arrays(images, np.arange(90) % 3, classes=("ant", "bee", "cow"), name="photos")
    return sb.train("flatten linear(10)", data, epochs=1, optimizer="sgd(1e-9)", progress=False)


def test_outputs_without_a_class_are_named_by_their_number(more_outputs: sb.Run, tmp_path: Path) -> None:
    report = more_outputs.inspect()
    path = report.write(tmp_path / "inside")
    answers = {int(number) for number in report.inspection.outputs.argmax(axis=1)}
    beyond = sorted(answers - {0, 1, 2})
    assert beyond, "the network must give an answer that is no class"
    words = Document(path.read_text(encoding="utf-8")).words
    assert f"taken for output {beyond[0]}" in words
    rows = list(csv.DictReader((tmp_path / "inside.csv").read_text(encoding="utf-8").splitlines()))
    assert f"output {beyond[0]}" in {row["answer"] for row in rows}
    numbers = json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))
    assert np.shape(numbers["confusion"]) == (10, 10)
    rows = list(csv.DictReader((tmp_path / "inside-inside.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(row["measure"] == "answers" for row in rows) == 3 * 10
    with speaking("ko"):
        assert report.inspection.answer_names[:4] == ("ant", "bee", "cow", "출력 3")


def test_what_is_neither_label_nor_answer_has_no_place_in_the_matrix() -> None:
    counts = np.zeros((5, 5), np.int64)
    counts[[0, 1, 1], [0, 1, 4]] = 9, 8, 2
    figure = confusion_figure("confusion", counts, ("ant", "bee", "cow", "output 3", "output 4"), "all answers")
    assert figure.picture is not None and "bee taken for output 4 (2 times)" in figure.caption
    drawn = Document(figure.picture.wide).elements
    assert {"ant", "bee", "output 4"} <= {element.text for element in drawn}
    assert not {"cow", "output 3"} & {element.text for element in drawn}


def test_a_loss_that_only_rises_is_drawn() -> None:
    rates = np.geomspace(1e-5, 1, 8)
    losses = np.linspace(0.7, 0.9, 8)
    figure = range_test_figure(RangeTest(rates, losses, losses, None, stopped=False), 0.1)
    assert figure.picture is not None and "It has no clear fall." in figure.caption
    texts = [element.text for element in Document(figure.picture.wide).elements]
    assert {"0.70", "0.90"} <= set(texts)


def test_a_study_with_outputs_without_a_class(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    small = {"data": "moons", "epochs": 1, "optimizer": "sgd(1e-9)"}
    result = sb.compare_recipes("flatten linear(5)", "flatten linear(6)", seeds=2, workspace=tmp_path, **small)
    path = write_study_report(result, tmp_path / "report", workspace=workspace, lang="ko")
    korean = Document(path.read_text(encoding="utf-8")).words
    assert re.search(r"출력 [2-5]", korean) and not re.search(r"output \d", korean)
    inside = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["inside"]
    assert [np.shape(one["all_seeds"]["confusion"]) for one in inside.values()] == [(5, 5), (6, 6)]
    assert "output " in " ".join(item["answer"] for one in inside.values() for item in one["mistakes"])


def test_points_have_no_pictures_and_all_else(tmp_path: Path) -> None:
    run = sb.train("flatten linear(4) tanh linear(2)", "spiral", epochs=2, record=tmp_path / "record", progress=False)
    report = run.inspect(range_test=True)
    document = Document(report.html())
    names = figures_of(document)
    assert not {"attribution", "confident-mistakes", "filters"} & set(names)
    assert {"gradient-share", "activation-inputs", "confusion", "calibration", "range-test"} <= set(names)
    assert "What the answers rest on" not in [element.text for element in document.all("h2")]
    assert lacks.no_pictures() in document.words
    first = report.inspection.mistakes[0]
    assert f"The wrong answers that were most sure: image {first.number}, " in document.words
    report.write(tmp_path / "inside")
    assert json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))["occlusion"] == []


def test_a_comparison_on_points_has_a_report(tmp_path: Path) -> None:
    one, other = "flatten linear(4) tanh linear(2)", "conv2d(4, 1) relu flatten linear(2)"
    result = sb.compare_recipes(one, other, data="spiral", epochs=2, seeds=2, workspace=tmp_path)
    for lang in ("en", "ko"):
        path = write_study_report(result, tmp_path / lang, workspace=Workspace(tmp_path), lang=lang)
        document = Document(path.read_text(encoding="utf-8"))
        assert {"gradient-share", "confusion-0", "confusion-1", "filters-1"} <= set(figures_of(document))
        assert not {"attribution-0", "hardest-0", "feature-maps-1"} & set(figures_of(document))
        heads = [element.text.strip() for element in document.all("summary")]
        assert len(heads) == 5, "nothing to unfold of the network without convolutions but its classes and mistakes"
    assert "Most seeds get wrong: image" in (tmp_path / "en.html").read_text(encoding="utf-8")


def test_images_of_one_row_fit_onto_the_page() -> None:
    generator = np.random.default_rng(0)
    values = generator.random((60, 1, 1, 30)).astype(np.float32)
    data = Dataset.from_arrays(values, np.arange(60) % 3, name="table", floats="keep")
    run = sb.train("conv2d(2, 3, padding=1) relu flatten linear(3)", data, epochs=1, progress=False)
    inspection = inspect(run.recipe, data, run.state)
    found = inspection.occlusion(0)
    assert (found.size, found.stride, found.fall.shape) == (1, 1, (1, 30))
    assert {"attribution", "feature-maps"} <= set(figures_of(Document(run.inspect().html())))
    shown = draw_boards([Board("conv1", "", (("", np.ones((2, 1, 30))),))], 400, data.test_images[0]).axes[0].images
    assert max(image.get_extent()[1] for image in shown) <= 400


def test_a_notebook_shows_the_page_in_a_frame(report: InspectionReport) -> None:
    (frame,) = Document(report._repr_html_()).all("iframe")
    assert frame.attributes["srcdoc"] == report.html()


def test_a_study_with_a_recording_looks_inside_and_at_mistakes(tmp_path: Path) -> None:
    study = tmp_path / "two.toml"
    study.write_text(
        'name = "two"\ntitle = "Two"\nquestion = "Which?"\n'
        '[defaults]\ndata = "digits"\noptimizer = "sgd(lr=0.5)"\n'
        "[full]\nseeds = 2\nepochs = 2\n[quick]\nseeds = 2\nepochs = 2\n"
        '[[variants]]\nname = "tanh"\ntitle = "tanh"\nnetwork = "flatten linear(16) tanh linear(10) sigmoid"\n'
        '[[variants]]\nname = "relu"\ntitle = "relu"\nnetwork = "flatten linear(16) relu linear(10)"\n',
        encoding="utf-8",
    )
    workspace = Workspace(tmp_path / "workspace")
    result = sb.Study.load(study).run(workspace=workspace.path, jobs=1)
    path = write_study_report(result, tmp_path / "two", workspace=workspace)
    document = Document(path.read_text(encoding="utf-8"))
    heads = [element.text for element in document.all("h2")]
    assert heads[heads.index("Training") + 1 :][:2] == ["Inside the networks", "Mistakes"]
    names = figures_of(document)
    assert {"gradient-share", "activation-inputs", "output-gradient", "confusion-0", "hardest-1"} <= set(names)
    drawn = [element.text for element in document.all("text") if "figure" in element.parents]
    assert {"tanh, seed 0", "relu, seed 0"} <= set(drawn)
    assert [element.text.strip() for element in document.all("summary")] == [
        "What the answers rest on: tanh, seed 0",
        "What the answers rest on: relu, seed 0",
        "Classes of tanh",
        "Classes of relu",
        "Mistakes of tanh",
        "Mistakes of relu",
    ]
    each = ("attribution", "confusion", "hardest", "confident-mistakes")
    closer = [f"{name}-{place}" for name in each for place in (0, 1)]
    assert {"weights", "calibration", *closer} <= set(names)
    labels = sb.load_data("digits").test_labels
    numbers = json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))
    table = next(element.text for element in document.all("table", class_="mistakes"))
    for variant, (name, inside) in zip(numbers["variants"], numbers["inside"].items(), strict=True):
        assert variant["name"] == name and inside["seed"] == 0
        shares = np.array(inside["gradient_share"]["share"])
        assert shares.shape == (3, 2) and np.allclose(shares.sum(axis=1), 1)
        together = inside["all_seeds"]
        answers = np.sum(together["confusion"])
        wrong = answers - np.trace(together["confusion"])
        assert answers == 2 * len(labels)
        assert 100 * wrong / answers == pytest.approx(np.mean([run["test_error"] for run in variant["runs"]]))
        counts = [together["agreement"][key] for key in ("never", "sometimes", "always")]
        assert sum(counts) == len(labels) and counts[1] + 2 * counts[2] == wrong
        assert "".join(f"{count:,}" for count in counts) in "".join(table.split())
    rows = list(csv.DictReader((tmp_path / "two-inside.csv").read_text(encoding="utf-8").splitlines()))
    (told,) = (row["value"] for row in rows if row["variant"] == "relu" and row["of"] == "wrong for 2 of 2 seeds")
    assert int(told) == numbers["inside"]["relu"]["all_seeds"]["agreement"]["always"]
    assert {row["seed"] for row in rows if row["measure"] == "step_to_weight"} == {"0"}
    # Without the workspace there is nothing to look into.
    plain = write_study_report(result, tmp_path / "plain").read_text(encoding="utf-8")
    assert "Inside the networks" not in plain


def test_slow_figures_have_their_numbers_beside_them(run: sb.Run, tmp_path: Path) -> None:
    inside = run.inspect(surface=True, range_test=True)
    inside.write(tmp_path / "inside.html")
    numbers = json.loads((tmp_path / "inside.json").read_text(encoding="utf-8"))
    surface, rates = numbers["loss_surface"], numbers["range_test"]
    assert np.shape(surface["losses"]) == (len(surface["coordinates"]),) * 2
    assert f"{rates['suggestion']:.2g}" in Document(inside.html()).words
    assert len(numbers["mistakes"]) == 24 and len(numbers["occlusion"]) == 4
    assert "this run: 0.5" in Document(inside.html()).words


def test_agreement_in_words_and_the_common_wrong_answer() -> None:
    labels = np.array([0, 1, 2], np.uint8)
    right, wrong, other = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[[0, 2, 1]], np.ones((3, 3))
    seeds = [right, wrong, wrong, (other * [0, 0, 1]).astype(np.float32)]
    agreed = agreement(seeds, labels)
    assert agreement_text(agreed).startswith("Of 3 test images 0 are right for all 4 seeds, 3 for some, 0 for none")
    # Image 0 is wrong once, as 2; image 1 three times, as 2; image 2 twice, as 1.
    assert wrong_answers(agreed, seeds, labels) == {0: 2, 1: 2, 2: 1}


def test_many_classes_are_named_in_place_of_a_table() -> None:
    counts = np.diag(np.full(30, 9))
    counts[3, 4] = 7
    figure = confusion_figure("confusion", counts, [f"c{place}" for place in range(30)], "all answers")
    assert figure.picture is None
    assert "c3 taken for c4 (7 times)" in figure.caption


def test_pixels_keep_their_values() -> None:
    grey = natural(np.array([[[0, 128, 255]]], np.uint8))
    assert grey.tolist() == [[[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255]]]
    colour = natural(np.array([[[1]], [[2]], [[3]]], np.uint8))
    assert colour.tolist() == [[[1, 2, 3, 255]]]
    low, zero, high, beyond, absent = signed(np.array([[-1.0, 0.0, 1.0, 5.0, np.nan]]), 1.0)[0].tolist()
    assert low[2] > low[0] and high[0] > high[2] and min(zero[:3]) > 230
    assert beyond == high and absent[3] == 0
    dark, bright = magnitude(np.array([[0.0, 1.0]]), 1.0)[0].astype(int).sum(axis=1)
    assert bright > dark


def test_mosaic_puts_tiles_in_rows_with_gaps() -> None:
    board = mosaic(np.arange(3.0).reshape(3, 1, 1), columns=2)
    np.testing.assert_array_equal(board, [[0, np.nan, 1], [np.nan] * 3, [2, np.nan, np.nan]])


@pytest.mark.parametrize(("high", "wide", "count"), [(5, 5, 16), (10, 10, 6), (4, 8, 20)])
def test_tiles_of_boards_have_square_pixels(high: int, wide: int, count: int) -> None:
    board = Board("conv1", "", (("", np.ones((count, high, wide))),), columns=16)
    (shown, _) = sorted(draw_boards([board], 920).axes[0].images, key=lambda image: image.get_extent()[2])[::-1]
    left, right, bottom, top = shown.get_extent()
    rows, columns = shown.get_array().shape[:2]
    assert (right - left) / columns == pytest.approx((bottom - top) / rows)


def test_small_images_are_embedded_pixel_by_pixel(document: Document) -> None:
    images = document.all("image")
    assert images and all(element.attributes["href"].startswith("data:image/png;base64,") for element in images)
    # The gallery shows stored images of 8×8 pixels, one element each, not one resampled board.
    gallery = [element for element in document.elements if element.attributes.get("id") == "confident-mistakes"]
    assert gallery and sum("figure" in element.parents for element in images) >= 24


def test_lines_of_nothing_but_gaps_are_left_out() -> None:
    panel = LinePanel("t", "u", "x", (), (0.0, 1.0), (0.0, 1.0), bars=((0.0, 0.5, 0.7),), marks=((0.5, "here"),))
    drawn = picture("gaps", "words", lambda width: draw_lines([panel], width))
    assert "here" in drawn.wide and drawn.alt == "words"
