"""Everything that stands on the page of a sweep."""

from typing import TYPE_CHECKING

from seedbed.report import standing
from seedbed.report.document import (
    Answer,
    Answers,
    Block,
    Code,
    Document,
    Figure,
    Group,
    Note,
    Paragraphs,
    Remarks,
    Section,
    Settings,
    numbered,
)
from seedbed.report.figures import HEAT_COLOURS, draw_heat, picture
from seedbed.report.grids import directions, heat_map
from seedbed.report.settings import Setting, in_lines, recipe_settings
from seedbed.report.sweep_words import best_text, final_text, ties_text
from seedbed.report.tables import Cell, RowGroup, Table
from seedbed.report.words import DASH, counted, error_digits, number

if TYPE_CHECKING:
    from seedbed.study.sweep_result import PointResult, SweepResult

_SEARCHES = {"grid": "all combinations", "random": "points drawn at random", "tpe": "points chosen by TPE"}


def build_sweep_page(result: "SweepResult") -> Document:
    """Word, tabulate and draw all that a report shows."""
    how = (
        f"{counted(len(result.points), 'point')} ({_SEARCHES[result.search]}), "
        f"{counted(result.seeds, 'seed')} each, judged by the mean error on {result.validation:,} images held out "
        "of the training images. Only the best one met the test images, with seeds that had chosen nothing."
    )
    answers = (
        Answer("supported", "The best", (best_text(result),)),
        Answer("", "How sure", (ties_text(result),)),
        Answer("", "On the test images", (final_text(result),)),
    )
    points: list[Block] = [_figure(result), _table(result)]
    if result.failures:
        points.append(Group("Runs without a result", (Remarks(result.failures),)))
    recipe = result.winner.recipe
    environment = {**result.machine, **result.versions, "data source": result.data_source}
    where = tuple(Setting(term[:1].upper() + term[1:], value or DASH) for term, value in environment.items())
    sections = (
        Section("Short answer", (Answers(answers),)),
        Section("All points", tuple(points)),
        Section("The best recipe", (Settings(recipe_settings(recipe)), Code(in_lines(recipe.network)))),
        Section("Where it ran", (Settings(where),)),
        Section("Run it again", (Paragraphs((standing.AGAIN_SWEEP,)), Code(result.command)), "again"),
    )
    return Document(
        label="Seedbed sweep report",
        title=f"Sweep over {', '.join(result.axes)}",
        notes=(Note("question", how),),
        sections=numbered(sections),
        footer=(standing.written_by(result.versions.get("seedbed", "")),),
    )


def _figure(result: "SweepResult") -> Figure:
    if result.search != "grid" or len(result.points) < 2:
        return Figure("map", "Points that were drawn fill no grid, so there is no map; the table has them all.", None)
    values = {tuple(point.coordinates.values()): point.mean for point in result.points}
    one = heat_map("Validation error, %", result.axes, values)
    alt = "Mean validation error in percent. " + "; ".join(
        f"{point.name}: {number(point.mean)}" for point in result.points
    )
    caption = (
        f"Mean validation error in percent, the lighter the lower. {directions(result.axes)} Look at whether the "
        "best lies inside the map: at its border, better settings may lie beyond."
    )
    return Figure("map", caption, picture("map", alt, lambda width: draw_heat([one], width), HEAT_COLOURS))


def _table(result: "SweepResult") -> Table:
    digits = error_digits(point.std for point in result.points)
    columns = (
        *(Cell(axis) for axis in result.axes),
        Cell("Validation error", "mean ± std, %", is_number=True),
        Cell("Told apart", "from the best"),
    )
    rows = tuple(
        (
            *(Cell(value) for value in point.coordinates.values()),
            _error(point, digits),
            Cell("the best" if point is result.winner else "no" if point in result.ties else "yes"),
        )
        for point in sorted(result.points, key=lambda point: point.mean)
    )
    caption = (
        "All points, the best first. Told apart: Welch's test of the seeds' validation errors against the best, "
        "corrected for all points together (Holm), significant at 5%. A run that diverged counts as 100%. The best "
        "error is the lowest of many and therefore a little too good; the test error above is not."
    )
    return Table("points", caption, columns, (RowGroup(rows),))


def _error(point: "PointResult", digits: int) -> Cell:
    std = f" ± {number(point.std, digits)}" if point.std is not None else ""
    note = f"{point.diverged} diverged" if point.diverged else ""
    return Cell(number(point.mean, digits) + std, note, is_number=True)
