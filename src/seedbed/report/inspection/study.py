"""The sections of a study's report that look into its networks and at their mistakes."""

from collections.abc import Sequence

import numpy as np

from seedbed.formatting import number, seed_count
from seedbed.language import phrase
from seedbed.report.document import Block, Group, Paragraphs, Remarks, Section
from seedbed.report.figures import draw_swatch
from seedbed.report.inspection.activations import activation_figure, units_figure
from seedbed.report.inspection.calibration import calibrations_figure
from seedbed.report.inspection.classes import never_answered_text, rate_cell, rates_table, unanswered
from seedbed.report.inspection.closer import answers_figures, layer_figures
from seedbed.report.inspection.gradients import gradient_share_figure, has_mse_sigmoid, output_gradient_figure
from seedbed.report.inspection.mistakes import confident_figure, confusion_figure, hardest_figure
from seedbed.report.inspection.weights import ratios_figure
from seedbed.report.tables import Cell, RowGroup, Table
from seedbed.study.inside import Inside, VariantInside


def study_sections(inside: Inside, has_galleries: bool = True) -> tuple[Section, ...]:
    """What is seen of the variants outside grids; nothing where the workspace has neither recording nor outputs.

    Parameters
    ----------
    inside : Inside
        From `look_inside`, in the language that is spoken.
    has_galleries : bool
        With the matrix and the pictures of each variant's mistakes.
    """
    blocks = [*_over_epochs(inside.variants), *(group for one in inside.variants for group in _closer(one))]
    if inside.problems:
        blocks.append(Remarks(inside.problems))
    sections = [Section(phrase("Inside the networks"), tuple(blocks))] if blocks else []
    return (*sections, *_mistakes(inside.variants, has_galleries))


def _over_epochs(variants: Sequence[VariantInside]) -> list[Block]:
    recorded = [one for one in variants if one.is_recorded]
    if not recorded:
        return []
    blocks: list[Block] = [
        Paragraphs(
            (
                phrase(
                    "What a recording of one seed of each variant shows: parameters kept at the start and after some "
                    "epochs, and a fixed batch of training images, balanced by class, sent through each of them."
                ),
            )
        )
    ]
    looks = [(one.title, one.inspection) for one in recorded]
    shares = [(title, look.gradient_share) for title, look in looks]
    blocks.append(gradient_share_figure([(title, share) for title, share in shares if share is not None]))
    inputs = [(title, look.activation_inputs) for title, look in looks]
    if some := [(title, values) for title, values in inputs if values is not None and values.names]:
        blocks.append(activation_figure(some))
    units = [(title, look.units) for title, look in looks]
    if shown := [(title, values) for title, values in units if values is not None and values.names]:
        blocks.append(units_figure(shown))
    weights = [(title, look.weights, look.gradient_share) for title, look in looks]
    blocks.append(
        ratios_figure(
            [
                (title, values, share.names)
                for title, values, share in weights
                if values is not None and share is not None
            ]
        )
    )
    if any(has_mse_sigmoid(look.recipe) for _, look in looks):
        blocks.append(output_gradient_figure())
    return blocks


def _closer(one: VariantInside) -> list[Group]:
    layers = layer_figures(one.inspection, f"-{one.place}")
    answers = answers_figures(one.inspection, f"-{one.place}")
    if layers and answers:
        head = phrase("Filters, feature maps and what the answers rest on: {title}", title=one.title)
    elif layers:
        head = phrase("Filters: {title}", title=one.title)
    else:
        head = phrase("What the answers rest on: {title}", title=one.title)
    return [Group(head, (*layers, *answers), is_folded=True)] if layers or answers else []


def _mistakes(variants: Sequence[VariantInside], has_galleries: bool) -> list[Section]:
    if not variants:
        return []
    calibrations = calibrations_figure(
        [(one.variant.title, one.calibration, len(one.outputs)) for one in variants],
        [one.variant.recipe for one in variants],
    )
    groups = [_mistakes_of(one) for one in variants] if has_galleries else []
    texts = [
        never_answered_text(unanswered(one.confusion, one.inspection.answer_names), one.variant.title)
        for one in variants
    ]
    warnings = [Remarks(tuple(text for text in texts if text))] if any(texts) else []
    classes = [_classes_of(one) for one in variants]
    return [Section(phrase("Mistakes"), (_table(variants), *warnings, *classes, calibrations, *groups))]


def _classes_of(one: VariantInside) -> Group:
    title = one.variant.title
    table = rates_table(f"classes-{one.place}", one.class_rates, one.inspection.answer_names, title)
    return Group(phrase("Classes of {title}", title=title), (table,), is_folded=True)


def _mistakes_of(one: VariantInside) -> Group:
    dataset, names = one.inspection.dataset, one.inspection.answer_names
    title, place = one.variant.title, one.place
    what = phrase("answers of {seeds} of {title} together", seeds=seed_count(len(one.outputs)), title=title)
    blocks: list[Block] = [confusion_figure(f"confusion-{place}", one.confusion, names, what)]
    if len(one.outputs) > 1:
        blocks.append(hardest_figure(f"hardest-{place}", one.agreement, dataset, names, one.common_answers()))
    blocks.append(confident_figure(f"confident-mistakes-{place}", one.inspection.mistakes, dataset, names, one.title))
    return Group(phrase("Mistakes of {title}", title=title), tuple(blocks), is_folded=True)


def _table(variants: Sequence[VariantInside]) -> Table:
    columns = (
        Cell(phrase("Variant")),
        Cell(phrase("Never wrong"), phrase("images"), is_number=True),
        Cell(phrase("Sometimes wrong"), phrase("for some seeds"), is_number=True),
        Cell(phrase("Always wrong"), phrase("for all seeds"), is_number=True),
        Cell(phrase("Balanced error"), phrase("mean of the seeds, %, 95% interval"), is_number=True),
        Cell(phrase("Calibration error"), phrase("ECE, mean of the seeds, points"), is_number=True),
    )
    rows = tuple(_row(one, draw_swatch("swatch-mistakes", one.place)) for one in variants)
    caption = phrase(
        "How many test images no seed, some seeds and every seed of a variant get wrong. What is sometimes wrong is "
        "the luck of the seed; what is always wrong another seed will not mend. Balanced error: the error if all "
        "classes were equally frequent, 100 − mean recall. Calibration error: how far stated probabilities are from "
        "the share of right answers, on average over the images (Guo et al. 2017)."
    )
    return Table("mistakes", caption, columns, (RowGroup(rows),))


def _row(one: VariantInside, swatch: str) -> tuple[Cell, ...]:
    agreed = one.agreement
    ece = 100 * float(np.mean([calibration.error for calibration in one.calibrations]))
    return (
        Cell(one.variant.title, seed_count(len(one.outputs)), swatch=swatch),
        *(Cell(number(len(images), 0), is_number=True) for images in (agreed.never, agreed.sometimes, agreed.always)),
        rate_cell(one.class_rates.balanced_error),
        Cell(number(ece), is_number=True),
    )
