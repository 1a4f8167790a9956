"""Everything that stands on the page of a sweep."""

from typing import TYPE_CHECKING

from seedbed.formatting import error_digits, mean_std_text, number, point_count, seed_count
from seedbed.language import phrase
from seedbed.report import boilerplate
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
from seedbed.report.settings import in_lines, place_settings, recipe_settings
from seedbed.report.sweep_words import best_text, final_text, ties_text
from seedbed.report.tables import Cell, RowGroup, Table

if TYPE_CHECKING:
    from seedbed.study.sweep_result import PointResult, SweepResult


def build_sweep_page(result: "SweepResult") -> Document:
    """Word, tabulate and draw all that a report shows."""
    answers = (
        Answer("supported", phrase("The best"), (best_text(result),)),
        Answer("", phrase("How sure"), (ties_text(result),)),
        Answer("", phrase("On the test images"), (final_text(result),)),
    )
    points: list[Block] = [_figure(result), _table(result)]
    if result.failures:
        reasons = Remarks(tuple(failure.text for failure in result.failures))
        points.append(Group(phrase("Runs without a result"), (reasons,)))
    recipe = result.winner.recipe
    environment = {**result.machine, **result.versions, "data source": result.data_source}
    where = place_settings((term[:1].upper() + term[1:], value) for term, value in environment.items())
    sections = (
        Section(phrase("Short answer"), (Answers(answers),)),
        Section(phrase("All points"), tuple(points)),
        Section(phrase("The best recipe"), (Settings(recipe_settings(recipe)), Code(in_lines(recipe.network)))),
        Section(phrase("Where it ran"), (Settings(where),)),
        Section(
            phrase("Run it again"),
            (Paragraphs((boilerplate.again_sweep(),)), Code(boilerplate.command_text(result.command))),
            "again",
        ),
    )
    return Document(
        label=phrase("Seedbed sweep report"),
        title=phrase("Sweep over {axes}", axes=", ".join(result.axes)),
        notes=(Note("question", _how_text(result)),),
        sections=numbered(sections),
        footer=(boilerplate.written_by(result.versions.get("seedbed", "")),),
    )


def _how_text(result: "SweepResult") -> str:
    points, seeds = point_count(len(result.points)), seed_count(result.seeds)
    searches = {
        "grid": phrase("{points} (all combinations), {seeds} each", points=points, seeds=seeds),
        "random": phrase("{points} (points drawn at random), {seeds} each", points=points, seeds=seeds),
        "tpe": phrase("{points} (points chosen by TPE), {seeds} each", points=points, seeds=seeds),
    }
    return phrase(
        "{search}, judged by the mean error on {images:,} images held out of the training images. Only the best one "
        "met the test images, with seeds that had chosen nothing.",
        search=searches[result.search],
        images=result.validation,
    )


def _figure(result: "SweepResult") -> Figure:
    if result.search != "grid" or len(result.points) < 2:
        reason = phrase("Points that were drawn fill no grid, so there is no map; the table has them all.")
        return Figure("map", reason, None)
    values = {tuple(point.coordinates.values()): point.mean for point in result.points}
    one = heat_map(phrase("Validation error, %"), result.axes, values)
    alt = phrase(
        "Mean validation error in percent. {points}",
        points="; ".join(f"{point.name}: {number(point.mean)}" for point in result.points),
    )
    caption = phrase(
        "Mean validation error in percent, the lighter the lower. {directions} Look at whether the best lies inside "
        "the map: at its border, better settings may lie beyond.",
        directions=directions(result.axes),
    )
    return Figure("map", caption, picture("map", alt, lambda width: draw_heat([one], width), HEAT_COLOURS))


def _table(result: "SweepResult") -> Table:
    digits = error_digits(point.std for point in result.points)
    columns = (
        *(Cell(axis) for axis in result.axes),
        Cell(phrase("Validation error"), phrase("mean ± std, %"), is_number=True),
        Cell(phrase("Told apart"), phrase("from the best")),
    )
    rows = tuple(
        (*(Cell(value) for value in point.coordinates.values()), _error(point, digits), _told_apart(result, point))
        for point in sorted(result.points, key=lambda point: point.mean)
    )
    caption = phrase(
        "All points, the best first. Told apart: Welch's test of the seeds' validation errors against the best, "
        "corrected for all points together (Holm), significant at 5%. A run that diverged counts as 100%. The best "
        "error is the lowest of many and therefore a little too good; the test error above is not."
    )
    return Table("points", caption, columns, (RowGroup(rows),))


def _told_apart(result: "SweepResult", point: "PointResult") -> Cell:
    if point is result.winner:
        return Cell(phrase("the best"))
    return Cell(phrase("no") if point in result.ties else phrase("yes"))


def _error(point: "PointResult", digits: int) -> Cell:
    note = phrase("{count} diverged", count=point.diverged) if point.diverged else ""
    return Cell(mean_std_text(point.mean, point.std, digits), note, is_number=True)
