"""Grids in a report: the table with a column for each axis, the map with a value in each cell."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

from report_documents import Document
from report_samples import make_collapsed, make_study, make_variant

from seedbed.report.figures import HEAT_COLOURS, HeatMap, draw_heat, picture
from seedbed.report.grids import heat_map
from seedbed.study.published import Published
from seedbed.study.result import GridResult
from seedbed.study.study_result import StudyResult

Write = Callable[[StudyResult], Document]

AXES = {"pool": ("avg", "max"), "lr": ("0.1", "0.01"), "batch": ("40", "400")}


def make_grid_study(alone: bool = True) -> StudyResult:
    study = make_study()
    cells = []
    for place, labels in enumerate(product(*AXES.values())):
        variant = make_variant(place % 3, 3, 4)
        published = Published(1 + place / 8, single_run=True, chosen_on_test=True) if place != 5 else None
        if place == 7:
            variant = replace(variant, runs=(make_collapsed(0, 4),))
        cells.append(
            replace(
                variant,
                name="-".join(labels),
                title=" ".join(labels),
                published=published,
                grid="rates",
                coordinates=dict(zip(AXES, labels, strict=True)),
            )
        )
    return replace(
        study,
        variants=(*(study.variants if alone else ()), *cells),
        claims=study.claims if alone else (),
        grids=(GridResult("rates", "Rates and batches", AXES),),
    )


def test_a_grid_has_its_own_table_and_map_beside_the_other_variants(write: Write) -> None:
    page = write(make_grid_study())
    for text in ("Rates and batches", "Published error, %", "settings chosen on test", 'class="grid-rates"'):
        assert text in page.source
    assert "Down: pool. Across: lr, batch." in page.source
    assert page.source.count('class="variants"') == 1


def test_a_grid_counts_the_published_figures_that_luck_explains(write: Write) -> None:
    """Two of the eight cells have no published figure and one run alone, which allow no interval."""
    page = write(make_grid_study(alone=False))
    assert "of 6 published figures lie inside the intervals below them." in page.source
    assert page.source.count("the luck of such runs") == 6


def test_a_study_of_grids_alone_has_no_empty_sections(write: Write) -> None:
    page = write(make_grid_study(alone=False))
    assert 'class="variants"' not in page.source
    assert ">Training<" not in page.source
    assert "Figure 1." in page.source


def test_the_last_axes_run_across_as_many_as_fit() -> None:
    values = {labels: float(place) for place, labels in enumerate(product(*AXES.values()))}
    one = heat_map("Error", AXES, values)
    assert one.rows == (("avg",), ("max",))
    assert one.columns == (("0.1", "40"), ("0.1", "400"), ("0.01", "40"), ("0.01", "400"))
    assert one.values == ((0.0, 1.0, 2.0, 3.0), (4.0, 5.0, 6.0, 7.0))
    assert (one.down, one.across) == ("pool", ("lr", "batch"))
    written = [text.get_text() for text in draw_heat([one], 900).axes[0].texts]
    assert {"pool ↓", "lr →", "batch →"} <= set(written)
    single = heat_map("Error", {"lr": ("0.1", "0.2")}, {("0.1",): 3.0})
    assert (single.rows, single.values) == (((),), ((3.0, None),))
    wide = heat_map("Error", {"a": tuple("12"), "b": tuple("12"), "c": tuple("12345")}, {})
    assert len(wide.rows) == 4


def test_a_map_writes_every_value_and_shades_low_ones_lighter() -> None:
    one = HeatMap("Error", (("a",), ("b",)), (("x",), ("y",)), ((0.5, 5.0), (50.0, None)))
    drawn = picture("map", "words", lambda width: draw_heat([one], width), HEAT_COLOURS)
    for drawing in (drawn.wide, drawn.narrow):
        for text in (">0.50<", ">5.00<", ">50.0<", ">–<", ">a<", ">y<"):
            assert text in drawing
    fills = [part[:7] for part in drawn.wide.split("fill: ")[1:] if part.startswith("#")]
    lights = [sum(int(fill[place : place + 2], 16) for place in (1, 3, 5)) for fill in fills]
    cells = [light for fill, light in zip(fills, lights, strict=True) if fill not in ("#111111", "#fafafa")]
    assert cells == sorted(cells, reverse=True)
    assert len(cells) == 3


def test_equal_values_and_no_values_can_be_drawn() -> None:
    same = HeatMap("Error", (("a",),), (("x",), ("y",)), ((2.0, 2.0),))
    nothing = HeatMap("Error", (("a",),), (("x",), ("y",)), ((None, float("nan")),))
    for maps in ([same], [nothing], [same, nothing]):
        assert draw_heat(maps, 360.0) is not None
