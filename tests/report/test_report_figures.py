"""Figures: ranges, ticks, labels and the SVG that comes out."""

import base64
import io
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axis import Axis
from PIL import Image
from report_samples import make_study, make_troubled_study

from seedbed.report.figures.compaction import compact_svg
from seedbed.report.figures.curves import draw_curves
from seedbed.report.figures.dots import DotRow, draw_dots
from seedbed.report.figures.labels import spread_out
from seedbed.report.figures.panels import Series, error_panels, loss_panels
from seedbed.report.figures.scales import padded, set_epoch_ticks, set_ticks, wants_log
from seedbed.report.figures.style import COLOURS, draw_swatch, pixel_axes, series_style
from seedbed.report.figures.svg import new_figure, text_width, to_svg
from seedbed.study.summaries import Curve, Spread, summarize


def make_axis() -> Axis:
    return pixel_axes(new_figure(100, 100)).xaxis


def tick_texts(axis: Axis) -> list[str]:
    return list(axis.get_major_formatter().seq)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=15))
def test_labels_keep_apart_in_order_and_in_range(places: list[float]) -> None:
    moved = spread_out(places, 17, 0, 300)
    ordered = sorted(moved)
    assert all(after - before > 17 - 1e-6 for before, after in pairwise(ordered))
    assert ordered[0] > -1e-6 and ordered[-1] < 300 + 1e-6
    assert all(np.diff(np.asarray(moved)[np.argsort(places, kind="stable")]) > 0)


def test_labels_that_are_apart_stay() -> None:
    assert spread_out([100.0, 20.0, 60.0], 17, 0, 200) == [100.0, 20.0, 60.0]
    assert spread_out([50.0, 50.0], 10, 0, 200) == [45.0, 55.0]


@pytest.mark.parametrize(
    ("first", "last", "count", "ticks"),
    [
        (1, 30, 10, ["1", "5", "10", "15", "20", "25", "30"]),
        (1, 2, 10, ["1", "2"]),
        (21, 30, 6, ["21", "24", "27", "30"]),
        (1, 100, 6, ["1", "20", "40", "60", "80", "100"]),
    ],
)
def test_epoch_ticks(first: int, last: int, count: int, ticks: list[str]) -> None:
    axis = make_axis()
    set_epoch_ticks(axis, first, last, count)
    assert tick_texts(axis) == ticks


@given(st.floats(1e-6, 100), st.floats(1.01, 1e6), st.booleans())
def test_ticks_are_few_round_and_within(low: float, ratio: float, is_log: bool) -> None:
    axis = make_axis()
    set_ticks(axis, low, low * ratio, is_log)
    texts = tick_texts(axis)
    assert 1 <= len(texts) <= 9 and len(set(texts)) == len(texts)
    assert not any("e" in text for text in texts)


def test_scales() -> None:
    assert wants_log([0.8, 12.0]) and not wants_log([0.8, 1.2]) and not wants_log([0.0, 12.0]) and not wants_log([])
    low, high = padded([1.0], is_log=False)
    assert low < 1 < high
    assert padded([0.0, 1.0], is_log=False)[0] == 0.0
    low, high = padded([0.7, 0.7 + 1e-15], is_log=False)
    assert high - low > 0.1, "what is only rounding is no range"


def make_series() -> list[Series]:
    return [
        Series(variant.title, index, summarize(variant).curve(lambda record: record.test_error))
        for index, variant in enumerate(make_study().variants)
    ]


def test_the_end_of_a_long_training_is_enlarged() -> None:
    whole, zoom = error_panels(make_series())
    assert whole.enlarged is zoom and whole.is_log and not zoom.is_log
    assert (whole.epochs, zoom.epochs) == ((1, 30), (21, 30))
    assert zoom.limits[0] > 0.5 and zoom.limits[1] < 1.5


def test_a_variant_far_above_does_not_press_the_others_flat() -> None:
    far = Series("far", 3, Curve(tuple(range(1, 31)), (90.0,) * 30, (0.1,) * 30))
    _, zoom = error_panels([*make_series(), far])
    assert zoom.limits[1] < 1.5 and far.label in [item.label for item in zoom.series]


def test_names_of_lines_that_end_early_are_not_tied_across_the_others() -> None:
    long = Series("long", 0, Curve(tuple(range(1, 81)), tuple(10 - 0.1 * epoch for epoch in range(80)), None))
    short = Series("short", 1, Curve(tuple(range(1, 21)), (9.0,) * 20, None))
    for panels in (error_panels([long, short]), loss_panels([("mse", [long, short])])):
        figure = draw_curves(panels, 900)
        spans = [max(line.get_xdata()) - min(line.get_xdata()) for line in figure.axes[0].lines]
        assert len(spans) == 2 and max(spans) < 40
        assert {"long", "short"} <= {text.get_text().split(" ↑")[0] for text in figure.axes[0].texts}


def test_short_trainings_have_one_panel_or_none() -> None:
    assert len(error_panels([Series("a", 0, Curve((1, 2), (3.0, 2.0), None))])) == 1
    assert error_panels([Series("a", 0, Curve((1,), (3.0,), None))]) == ()
    assert error_panels([]) == loss_panels([]) == ()


def test_each_loss_has_its_panel() -> None:
    first, second, third = make_series()
    assert [panel.title for panel in loss_panels([("mse", [first]), ("cross_entropy", [second, third])])] == [
        "mse",
        "cross_entropy",
    ]


def test_styles_differ() -> None:
    styles = [series_style(index) for index in range(35)]
    assert len({(style.colour, style.marker, str(style.dash)) for style in styles}) == 35
    assert len({style.colour for style in styles[:7]}) == len({style.marker for style in styles[:7]}) == 7


@pytest.mark.parametrize("index", range(7))
def test_markers_take_the_colour_of_their_line_from_the_page(index: int) -> None:
    assert f"fill: var(--series-{index})" in draw_swatch("swatch", index)


def test_svg_is_clean_and_repeatable() -> None:
    def draw() -> str:
        figure = new_figure(100, 50)
        axes = pixel_axes(figure)
        axes.plot([10, 90], [10, 40], **series_style(0).line())
        axes.text(50, 25, "a < b & $c", ha="center", parse_math=False)
        return to_svg(figure, "one", COLOURS | {"#000000": "var(--ink)"}, "A line.")

    text = draw()
    assert text == draw()
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == "A line." and root.attrib["viewBox"] == "0 0 100 50"
    assert not {"style", "metadata"} & {element.tag for element in root.iter()}
    assert [element.text for element in root.iter("text")] == ["a < b & $c"]
    assert "text-anchor: middle" in next(root.iter("text")).attrib["style"]
    assert all(element.attrib["id"].startswith("one-") for element in root.iter() if "id" in element.attrib)


def test_widths_are_estimated_for_all_scripts() -> None:
    assert text_width("합성곱", 10) > text_width("abc", 10) > text_width("ill", 10)
    assert text_width("abc", 10, is_bold=True) > text_width("abc", 10)


def test_strays_do_not_enter_the_enlarged_panel() -> None:
    variant = make_troubled_study().variants[0]
    assert max(summarize(variant).curve(lambda record: record.test_error).mean) < 20  # type: ignore[union-attr]


def rows_with_published(*published: float | None) -> list[DotRow]:
    runs = Spread((0.7, 0.8, 0.9), 0.8, 0.1, (0.55, 1.05))
    return [DotRow(str(i), i, runs, (), (error, None) if error else None, "") for i, error in enumerate(published)]


def test_a_published_figure_far_off_does_not_squeeze_the_runs() -> None:
    figure = draw_dots(rows_with_published(0.71, 90.42), 800)
    axes = figure.axes[1]
    assert axes.get_xlim()[1] < 3
    assert "published: 90.42 →" in [text.get_text() for text in axes.texts]
    near = draw_dots(rows_with_published(2.2, 0.71), 800).axes[1]
    assert near.get_xlim()[1] > 2.2 and not near.texts


def shown(address: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGBA"))


def encoded(pixels: np.ndarray) -> str:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return "data:image/png;base64, " + base64.b64encode(target.getvalue()).decode()


@pytest.mark.parametrize("colours", [2, 200, 3000])
@pytest.mark.parametrize("least_alpha", [0, 255])
def test_a_compact_svg_shows_the_same(colours: int, least_alpha: int) -> None:
    generator = np.random.default_rng(colours)
    palette = generator.integers(0, 256, (colours, 4), dtype=np.uint8)
    palette[:, 3] = generator.choice([least_alpha, 255], colours)
    pixels = palette[generator.integers(0, colours, (60, 60))]
    address = encoded(pixels)
    root = ElementTree.fromstring(
        f'<svg><g><g /><path d="M 40 -1284.447482  L 48 3.0001 z" style="fill: none; stroke-linejoin: miter" /></g>'
        f'<g id="kept"><image href="{address}" /></g><defs /></svg>'
    )
    compact_svg(root)
    assert [child.tag for child in root] == ["path", "g"]
    assert root[0].attrib == {"d": "M 40 -1284.45 L 48 3 z", "style": "fill: none"}
    smaller = root[1][0].attrib["href"]
    assert (shown(smaller) == pixels).all()
    assert len(smaller) <= len(address) and (len(smaller) < len(address) / 2 or colours != 200)
