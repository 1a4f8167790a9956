"""Everything that stands on the page of a study, in the order of the page."""

from dataclasses import replace
from typing import TYPE_CHECKING

from seedbed.data import CATALOGUE
from seedbed.language import phrase
from seedbed.report import boilerplate, sentences
from seedbed.report.chains import chain_answers, chain_sections
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
from seedbed.report.kind_table import kind_table
from seedbed.report.settings import environment_settings, shared_settings, variant_settings
from seedbed.report.tables import claim_table, run_table, variant_table
from seedbed.report.tuning import turning_figure
from seedbed.study.claim import ClaimResult
from seedbed.study.kind_claim import KindClaim
from seedbed.study.rows import runs_text, shared_digits, spread_text
from seedbed.study.summaries import VariantSummary, state, summarize
from seedbed.study.tuning import TUNING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedbed.study.result import GridResult
    from seedbed.study.study_result import StudyResult
    from seedbed.training.history import EpochRecord


def build_page(result: "StudyResult", inside: "Sequence[Section]" = ()) -> Document:
    """Compute, word and draw all that a report shows.

    Parameters
    ----------
    result : StudyResult
    inside : sequence of Section
        What there is to see inside the networks and among their mistakes; it stands after the training curves.
    """
    summaries = [summarize(variant) for variant in result.variants]
    outside = [item for item in summaries if not item.variant.grid]
    test_images = _test_images(result)
    sections = [
        _short_answer(result, summaries, test_images),
        *_results(outside),
        *(_grid(result, grid, summaries) for grid in result.grids),
        *_claims(result),
        *chain_sections(result.chains),
        *_training(outside),
        *inside,
        _every_run(result, summaries, outside),
        Section(phrase("What the test set can tell"), (Paragraphs(sentences.resolution(summaries, test_images)),)),
        Section(phrase("How this was measured"), (Paragraphs(boilerplate.methods(result)),)),
        *([Section(phrase("Remarks"), (Remarks(result.remarks),))] if result.remarks else []),
        *_settings(result),
        Section(phrase("Where it ran"), (Settings(environment_settings(result)),)),
        Section(
            phrase("Run it again"),
            (Paragraphs((boilerplate.again_study(),)), Code(boilerplate.command_text(result.command))),
            "again",
        ),
    ]
    return Document(
        label=phrase("Seedbed study report"),
        title=result.title or result.name,
        notes=_notes(result),
        sections=numbered(sections),
        footer=(boilerplate.written_by(result.versions.get("seedbed", "")),),
    )


def _notes(result: "StudyResult") -> tuple[Note, ...]:
    size = sentences.size_text(result).capitalize()
    if result.size == "quick":
        how = Note("size quick", boilerplate.quick(), phrase("{size}, for a first look.", size=size))
    else:
        how = Note("size", size)
    source = [Note("source", phrase("Compared with: {source}", source=result.source))] if result.source else []
    return (Note("question", result.question), *source, how)


def _short_answer(result: "StudyResult", summaries: list[VariantSummary], test_images: int | None) -> Section:
    is_quick = result.size == "quick"
    items = [boilerplate.first_look(sentences.size_text(result))] if is_quick else []
    items += [] if is_quick else sentences.answers(result.claims)
    if not result.claims:
        items.append(Answer("", phrase("What was measured"), (sentences.without_claims(summaries),)))
    items += [] if is_quick else chain_answers(result.chains)
    if not is_quick:
        items.append(
            Answer("sure", phrase("How sure"), (" ".join(sentences.certainty(result, summaries, test_images)),))
        )
    return Section(phrase("Short answer"), (Answers(tuple(items)),))


def _results(outside: list[VariantSummary]) -> list[Section]:
    if not outside:
        return []
    table = variant_table(outside, _swatches("variants", outside))
    return [Section(phrase("Results"), (table, _results_figure(outside)))]


def _grid(result: "StudyResult", grid: "GridResult", summaries: list[VariantSummary]) -> Section:
    cells = [item for item in summaries if item.variant.grid == grid.name]
    own = replace(result, variants=tuple(item.variant for item in cells))
    blocks: list[Block] = [_map(grid, cells), grid_table(grid, cells)]
    if grid.name == TUNING:
        blocks.insert(0, turning_figure(result.variants))
    if shared := shared_settings(own):
        blocks.append(Group(phrase("The same in all cells"), (Settings(shared),)))
    return Section(grid.caption, tuple(blocks))


def _claims(result: "StudyResult") -> list[Section]:
    if not result.claims:
        return []
    pairs = [claim for claim in result.claims if isinstance(claim, ClaimResult)]
    others = [claim for claim in result.claims if isinstance(claim, KindClaim)]
    tables = [*([claim_table(pairs)] if pairs else []), *([kind_table(others)] if others else [])]
    return [Section(phrase("Claims"), tuple(tables))]


def _training(outside: list[VariantSummary]) -> list[Section]:
    return [Section(phrase("Training"), (_errors(outside), _losses(outside)))] if outside else []


def _every_run(result: "StudyResult", summaries: list[VariantSummary], outside: list[VariantSummary]) -> Section:
    table = run_table(summaries, [*_swatches("runs", outside), *[""] * (len(summaries) - len(outside))])
    reasons = Remarks(tuple(failure.text for failure in result.failures))
    failures = [Group(phrase("Runs without a result"), (reasons,))] if reasons.texts else []
    return Section(phrase("Every run"), (table, *failures))


def _settings(result: "StudyResult") -> list[Section]:
    # A grid has a section of its own; the settings of the others would drown in those of its variants.
    alone = replace(result, variants=tuple(variant for variant in result.variants if not variant.grid))
    if not alone.variants:
        return []
    blocks: list[Block] = []
    if shared := shared_settings(alone):
        head = phrase("The same in all variants") if len(alone.variants) > 1 else phrase("Recipe")
        blocks.append(Group(head, (Settings(shared),)))
    blocks += [Group(item.title, (Settings(item.settings), Code(item.network))) for item in variant_settings(alone)]
    return [Section(phrase("Settings"), tuple(blocks))]


def _swatches(name: str, summaries: list[VariantSummary]) -> list[str]:
    return [draw_swatch(f"swatch-{name}", index) for index in range(len(summaries))]


def _map(grid: "GridResult", cells: list[VariantSummary]) -> Figure:
    name, drawn = f"grid-{grid.name}-map", grid_picture(grid, cells)
    if drawn is None:
        return Figure(name, phrase("No run of this grid finished, so there is nothing to draw."), None)
    caption = phrase(
        "{caption}: mean test error in percent, the lighter the lower. {directions} Look at where the light cells lie, "
        "and whether neighbours of the best differ from it by more than the intervals of the table.",
        caption=grid.caption,
        directions=directions(grid.axes),
    )
    if any(item.variant.published for item in cells):
        caption = f"{caption} {phrase('Measured and published share one scale of colours.')}"
    return Figure(name, caption, drawn)


def _test_images(result: "StudyResult") -> int | None:
    """The size of the test set, where all variants share one that the catalogue knows."""
    names = {variant.recipe.data for variant in result.variants}
    entry = CATALOGUE.get(names.pop()) if len(names) == 1 else None
    return entry.test_count if entry is not None else None


def _results_figure(summaries: list[VariantSummary]) -> Figure:
    digits = shared_digits(summaries)
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
    if all(row.measured is None and row.published is None for row in rows):
        reason = phrase("No run finished and nothing was published, so there is no error to draw.")
        return Figure("results", reason, None)
    caption = [phrase("Every run and every mean.")]
    if len(rows) > 1:
        caption.append(phrase("Look at whether the intervals of two variants keep apart."))
    if any(row.published for row in rows):
        caption.append(
            phrase(
                "Whether luck alone puts a published figure where it lies is said in the table, not by these intervals."
            )
        )
    if any(row.outside for row in rows):
        caption.append(
            phrase("Means and intervals here leave out collapsed runs, which are drawn hollow or named at the edge.")
        )
    alt = sentences.results_alt(summaries)
    return Figure("results", " ".join(caption), picture("results", alt, lambda width: draw_dots(rows, width)))


def _errors(summaries: list[VariantSummary]) -> Figure:
    panels = error_panels(_series(summaries, lambda record: record.test_error))
    if not panels:
        reason = phrase("No run completed two epochs, so there is no curve of the test error to draw.")
        if _is_one_epoch(summaries):
            reason = phrase("Only one epoch was trained, so there is no curve of the test error to draw.")
        return Figure("errors", reason, None)
    caption = [
        phrase(
            "Test error against epoch. Lines: mean of the runs. {band} Look at how fast each variant falls, and "
            "whether the order at the end was settled or still changing.",
            band=_band(summaries),
        )
    ]
    if len(panels) > 1:
        caption.append(phrase("The shaded part of the first panel is enlarged in the second."))
    if any(item.curve and item.curve.mean[-1] > panels[-1].limits[1] for item in panels[-1].series):
        caption.append(phrase("An arrow marks a variant that ends above the axes, with its error."))
    caption += _shorter(panels)
    text = " ".join([*caption, sentences.strays_text(summaries)]).strip()
    return Figure("errors", text, _curves("errors", sentences.curves_alt(summaries), panels))


def _losses(summaries: list[VariantSummary]) -> Figure:
    groups: dict[str, list[Series]] = {}
    for item, series in zip(summaries, _series(summaries, lambda record: record.train_loss), strict=True):
        groups.setdefault(item.variant.recipe.loss, []).append(series)
    panels = loss_panels(list(groups.items()))
    if not panels:
        reason = phrase("No run completed two epochs, so there is no curve of the training loss to draw.")
        if _is_one_epoch(summaries):
            reason = phrase("Only one epoch was trained, so there is no curve of the training loss to draw.")
        return Figure("losses", reason, None)
    caption = [
        phrase(
            "Training loss against epoch, mean of the batches, each before its update. {band} Look at whether the loss "
            "still falls at the end: if it does, more epochs would change the result.",
            band=_band(summaries),
        )
    ]
    if len(panels) > 1:
        caption.append(
            phrase("Each loss has a panel of its own, because the values of different losses cannot be compared.")
        )
    caption += _shorter(panels)
    text = " ".join([*caption, sentences.strays_text(summaries)]).strip()
    return Figure("losses", text, _curves("losses", sentences.losses_alt(summaries), panels))


def _shorter(panels: tuple[Panel, ...]) -> list[str]:
    if all(item.curve is None or item.curve.epochs[-1] == panel.epochs[1] for panel in panels for item in panel.series):
        return []
    return [phrase("A name after a piece of its line belongs to a variant that was trained for fewer epochs.")]


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


def _is_one_epoch(summaries: list[VariantSummary]) -> bool:
    return max((len(run.history.epochs) for item in summaries for run in item.variant.runs), default=0) == 1


def _band(summaries: list[VariantSummary]) -> str:
    if any(item.trained and item.trained.std is not None for item in summaries):
        return phrase("Bands: one standard deviation above and below it.")
    return phrase("There is one run of each, so no band.")
