"""Everything that stands on the page of a study, in the order of the page."""

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seedbed.data import CATALOGUE
from seedbed.report import sentences
from seedbed.report.figures import (
    DotRow,
    Panel,
    Picture,
    Series,
    Stray,
    draw_curves,
    draw_dots,
    draw_swatch,
    error_panels,
    loss_panels,
    picture,
)
from seedbed.report.grids import directions, grid_picture, grid_table
from seedbed.report.sentences import Answer
from seedbed.report.settings import Setting, VariantSettings, environment_settings, shared_settings, variant_settings
from seedbed.report.summaries import VariantSummary, state, summarize
from seedbed.report.tables import Table, claim_table, run_table, runs_text, spread_text, variant_table
from seedbed.report.words import error_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedbed.study.result import GridResult, StudyResult
    from seedbed.training.history import EpochRecord


@dataclass(frozen=True)
class Figure:
    """A figure with its caption, or the reason why there is nothing to draw."""

    name: str
    caption: str
    picture: Picture | None
    number: int = 0


_NOTHING = Figure("", "", None)
"""In place of the figures of variants outside grids where a study has none."""


@dataclass(frozen=True)
class GridSection:
    """A grid: what its variants share, its table and its heat map."""

    title: str
    table: Table
    figure: Figure
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class StudyPage:
    """The content of a report; ``templates/study.html`` gives it its form."""

    title: str
    question: str
    source: str
    size: str
    is_quick: bool
    answers: tuple[Answer, ...]
    no_claims: str
    certainty: tuple[str, ...]
    variants: Table | None
    results: Figure
    grids: tuple[GridSection, ...]
    claims: Table | None
    errors: Figure
    losses: Figure
    runs: Table
    failures: tuple[str, ...]
    resolution: tuple[str, ...]
    remarks: tuple[str, ...]
    shared: tuple[Setting, ...]
    settings: tuple[VariantSettings, ...]
    environment: tuple[Setting, ...]
    command: str
    version: str


def build_page(result: "StudyResult") -> StudyPage:
    """Compute, word and draw all that a report shows."""
    # A grid has a section of its own; the figures of the others would drown in its variants.
    alone = replace(result, variants=tuple(variant for variant in result.variants if not variant.grid))
    summaries = [summarize(variant) for variant in result.variants]
    outside = [item for item in summaries if not item.variant.grid]
    test_images = _test_images(result)
    figures = [_results(outside), *(_map(grid, summaries) for grid in result.grids), _errors(outside), _losses(outside)]
    results, *maps, errors, losses = _numbered(figures)
    return StudyPage(
        title=result.title or result.name,
        question=result.question,
        source=result.source,
        size=sentences.size_text(result),
        is_quick=result.size == "quick",
        answers=sentences.answers(result.claims),
        no_claims="" if result.claims else sentences.without_claims(summaries),
        certainty=sentences.certainty(result, summaries, test_images),
        variants=variant_table(outside, _swatches("variants", outside)) if outside else None,
        results=results,
        grids=tuple(_section(result, *pair, summaries) for pair in zip(result.grids, maps, strict=True)),
        claims=claim_table(result.claims, {item.name: item.title for item in result.variants})
        if result.claims
        else None,
        errors=errors,
        losses=losses,
        runs=run_table(summaries, [*_swatches("runs", outside), *[""] * (len(summaries) - len(outside))]),
        failures=result.failures,
        resolution=sentences.resolution(summaries, test_images),
        remarks=result.remarks,
        shared=shared_settings(alone),
        settings=variant_settings(alone),
        environment=environment_settings(result),
        command=result.command,
        version=result.versions.get("seedbed", ""),
    )


def _numbered(figures: list[Figure]) -> list[Figure]:
    """Count only the figures that are there."""
    numbers = itertools.count(1)
    return [replace(figure, number=next(numbers)) if figure.picture else figure for figure in figures]


def _swatches(name: str, summaries: list[VariantSummary]) -> list[str]:
    return [draw_swatch(f"swatch-{name}", index) for index in range(len(summaries))]


def _cells(grid: "GridResult", summaries: list[VariantSummary]) -> list[VariantSummary]:
    return [item for item in summaries if item.variant.grid == grid.name]


def _map(grid: "GridResult", summaries: list[VariantSummary]) -> Figure:
    drawn = grid_picture(grid, _cells(grid, summaries))
    if drawn is None:
        return Figure(f"grid-{grid.name}-map", "No run of this grid finished, so there is nothing to draw.", None)
    caption = (
        f"{grid.caption}: mean test error in percent, the lighter the lower. {directions(grid.axes)} "
        "Look at where the light cells lie, and whether neighbours of the best differ from it by more than the "
        "intervals of the table. "
    )
    if any(item.variant.published for item in _cells(grid, summaries)):
        caption += "Measured and published share one scale of colours."
    return Figure(f"grid-{grid.name}-map", caption.strip(), drawn)


def _section(result: "StudyResult", grid: "GridResult", figure: Figure, summaries: list[VariantSummary]) -> GridSection:
    cells = _cells(grid, summaries)
    own = replace(result, variants=tuple(item.variant for item in cells))
    return GridSection(grid.caption, grid_table(grid, cells), figure, shared_settings(own))


def _test_images(result: "StudyResult") -> int | None:
    """The size of the test set, where all variants share one that the catalogue knows."""
    names = {variant.recipe.data for variant in result.variants}
    entry = CATALOGUE.get(names.pop()) if len(names) == 1 else None
    return entry.test_count if entry is not None else None


def _results(summaries: list[VariantSummary]) -> Figure:
    digits = error_digits(item.trained.std for item in summaries if item.trained)
    rows = [
        DotRow(
            label=item.variant.title,
            index=index,
            measured=item.trained,
            outside=tuple(run.test_error for run in item.troubled_runs if state(run) == "collapsed"),
            published=(item.variant.published.error, item.variant.published.std) if item.variant.published else None,
            text=spread_text(item.trained, digits),
            note=runs_text(item) if item.collapsed or item.diverged or not item.finished else "",
        )
        for index, item in enumerate(summaries)
    ]
    if not rows:
        return _NOTHING
    if all(row.measured is None and row.published is None for row in rows):
        return Figure("results", "No run finished and nothing was published, so there is no error to draw.", None)
    caption = "Every run and every mean. "
    if len(rows) > 1:
        caption += "Look at whether the intervals of two variants keep apart. "
    if any(row.published for row in rows):
        caption += "A published figure that lies far from the interval measured for it was not reproduced. "
    if any(row.outside for row in rows):
        caption += "Means and intervals here leave out collapsed runs, which are drawn hollow or named at the edge. "
    alt = sentences.results_alt(summaries)
    return Figure("results", caption.strip(), picture("results", alt, lambda width: draw_dots(rows, width)))


def _errors(summaries: list[VariantSummary]) -> Figure:
    if not summaries:
        return _NOTHING
    panels = error_panels(_series(summaries, lambda record: record.test_error))
    if not panels:
        return Figure("errors", f"{_no_curve(summaries)} no curve of the test error to draw.", None)
    caption = (
        f"Test error against epoch. Lines: mean of the runs. {_band(summaries)}Look at how fast each variant falls, "
        "and whether the order at the end was settled or still changing. "
    )
    if len(panels) > 1:
        caption += "The shaded part of the first panel is enlarged in the second. "
    if any(item.curve and item.curve.mean[-1] > panels[-1].limits[1] for item in panels[-1].series):
        caption += "An arrow marks a variant that ends above the axes, with its error. "
    caption += sentences.strays_text(summaries)
    return Figure("errors", caption.strip(), _curves("errors", sentences.curves_alt(summaries), panels))


def _losses(summaries: list[VariantSummary]) -> Figure:
    if not summaries:
        return _NOTHING
    groups: dict[str, list[Series]] = {}
    for item, series in zip(summaries, _series(summaries, lambda record: record.train_loss), strict=True):
        groups.setdefault(item.variant.recipe.loss, []).append(series)
    panels = loss_panels(list(groups.items()))
    if not panels:
        return Figure("losses", f"{_no_curve(summaries)} no curve of the training loss to draw.", None)
    caption = (
        f"Training loss against epoch, mean of the batches, each before its update. {_band(summaries)}Look at whether "
        "the loss still falls at the end: if it does, more epochs would change the result. "
    )
    if len(panels) > 1:
        caption += "Each loss has a panel of its own, because the values of different losses cannot be compared. "
    caption += sentences.strays_text(summaries)
    return Figure("losses", caption.strip(), _curves("losses", sentences.losses_alt(summaries), panels))


def _curves(name: str, alt: str, panels: tuple[Panel, ...]) -> Picture:
    return picture(name, alt, lambda width: draw_curves(panels, width))


def _series(summaries: list[VariantSummary], value: "Callable[[EpochRecord], float]") -> list[Series]:
    return [
        Series(
            item.variant.title,
            index,
            item.curve(value),
            tuple(
                Stray(run.seed, state(run), *zip(*points, strict=True))
                for run in item.troubled_runs
                if (points := _finite_points(run.history.epochs, value))
            ),
        )
        for index, item in enumerate(summaries)
    ]


def _finite_points(records: "list[EpochRecord]", value: "Callable[[EpochRecord], float]") -> list[tuple[int, float]]:
    """Epoch and value of the records whose value can be drawn."""
    return [(record.epoch, value(record)) for record in records if abs(value(record)) < float("inf")]


def _no_curve(summaries: list[VariantSummary]) -> str:
    longest = max((len(run.history.epochs) for item in summaries for run in item.variant.runs), default=0)
    return "Only one epoch was trained, so there is" if longest == 1 else "No run completed two epochs, so there is"


def _band(summaries: list[VariantSummary]) -> str:
    if any(item.trained and item.trained.std is not None for item in summaries):
        return "Bands: one standard deviation above and below it. "
    return "There is one run of each, so no band. "
