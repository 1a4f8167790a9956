"""Everything that stands on the page of one network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seedbed.formatting import number, shortened
from seedbed.insight import Calibration, GradientShare, Inspection, Units
from seedbed.language import phrase
from seedbed.network import name_of
from seedbed.report import boilerplate
from seedbed.report.document import (
    Answer,
    Answers,
    Block,
    Code,
    Document,
    Figure,
    Note,
    Paragraphs,
    Remarks,
    Section,
    Settings,
    numbered,
)
from seedbed.report.figures import Panel, Series, draw_curves, error_panels, loss_panels, picture
from seedbed.report.inspection import lacks
from seedbed.report.inspection.activations import activation_figure, units_figure
from seedbed.report.inspection.calibration import calibration_figure
from seedbed.report.inspection.classes import accuracy_text, class_table, never_answered_text
from seedbed.report.inspection.closer import answers_figures, layer_figures
from seedbed.report.inspection.gradients import gradient_share_figure, has_mse_sigmoid, output_gradient_figure
from seedbed.report.inspection.landscape import range_test_figure, surface_figure
from seedbed.report.inspection.mistakes import (
    agreement_figure,
    all_seeds,
    confident_figure,
    confusion_figure,
    hardest_figure,
)
from seedbed.report.inspection.pictures import has_pictures
from seedbed.report.inspection.weights import weights_figure
from seedbed.report.settings import Setting, in_lines, place_settings, recipe_settings
from seedbed.study.summaries import Curve
from seedbed.training.history import History

if TYPE_CHECKING:
    from seedbed.training.recipe import Recipe


@dataclass(frozen=True)
class Subject:
    """What is inspected, in words; the numbers are in the `Inspection`.

    Attributes
    ----------
    title : str
    question : str
        A line below it.
    history : History or None
    is_surface, is_range_test : bool
        Whether the slow figures are wanted.
    left_out : tuple of str
        What is missing for want of something, and how to get it.
    where : tuple of Setting
        Engine, machine, versions, by English terms.
    command : str
        How to make the page again.
    version : str
    """

    title: str
    question: str = ""
    history: History | None = None
    is_surface: bool = False
    is_range_test: bool = False
    left_out: tuple[str, ...] = ()
    where: tuple[Setting, ...] = ()
    command: str = ""
    version: str = ""


def run_title(recipe: "Recipe", seed: int) -> str:
    """``lenet5+ on mnist, seed 0``."""
    return phrase("{network} on {data}, seed {seed}", network=network_name(recipe.network), data=recipe.data, seed=seed)


def network_name(text: str, longest: int = 40) -> str:
    """The name of the zoo for its text, else the text itself, shortened."""
    return name_of(text) or shortened(text, longest)


def build_inspection(inspection: Inspection, subject: Subject) -> Document:
    """Compute, word and draw all that can be seen of one network."""
    sections = [
        Section(phrase("Short answer"), (Answers(_answers(inspection, subject)),)),
        *_section(phrase("Training"), _training(subject.history)),
        *_section(phrase("Gradients, activations and weights"), _inside(inspection)),
        *_section(phrase("Filters and feature maps"), layer_figures(inspection)),
        *_section(phrase("What the answers rest on"), answers_figures(inspection)),
        Section(phrase("Mistakes"), tuple(_mistakes(inspection))),
        *_section(phrase("How steep the ground is"), _landscape(inspection, subject)),
        *_section(phrase("Left out"), _left_out(inspection, subject)),
        *_section(phrase("Settings"), _settings(inspection)),
        *_section(phrase("Where it ran"), _where(subject)),
        *_section(phrase("Make it again"), [Code(subject.command)] if subject.command else []),
    ]
    return Document(
        label=phrase("Seedbed inspection"),
        title=subject.title,
        notes=(Note("question", subject.question),) if subject.question else (),
        sections=numbered(sections),
        footer=(boilerplate.written_by(subject.version),),
    )


def test_error(inspection: Inspection) -> float:
    """Percent of wrong answers on all test images."""
    return float(100 * (inspection.outputs.argmax(axis=1) != inspection.dataset.test_labels).mean())


def _section(title: str, blocks: Sequence[Block]) -> list[Section]:
    return [Section(title, tuple(blocks))] if blocks else []


def _answers(inspection: Inspection, subject: Subject) -> tuple[Answer, ...]:
    error = test_error(inspection)
    count = len(inspection.dataset.test_labels)
    wrong = round(error * count / 100)
    ece = number(100 * inspection.calibration.error)
    told = phrase(
        "{error}%: {wrong:,} of {count:,} test images are answered wrongly.",
        error=number(error),
        wrong=wrong,
        count=count,
    )
    sure = phrase("Stated probabilities are off by {error} points on average (ECE).", error=ece)
    unanswered = never_answered_text(inspection.classes.never_answered)
    items = [
        Answer("", phrase("Test error"), (told,)),
        Answer("", phrase("Classes"), tuple(text for text in (accuracy_text(inspection.classes), unanswered) if text)),
        Answer("", phrase("How sure it is"), (f"{sure} {_side(inspection.calibration)}",)),
    ]
    if inspection.gradient_share is not None and inspection.units is not None:
        told = f"{_smallest_share(inspection.gradient_share)} {_inactive(inspection.units)}".strip()
        items.append(Answer("", phrase("Inside"), (told,)))
    if inspection.agreement is not None:
        agreed = inspection.agreement
        luck = phrase(
            "{always:,} images are wrong for {seeds} of this recipe, {sometimes:,} for some: that much of the error is "
            "the luck of the seed.",
            always=len(agreed.always),
            seeds=all_seeds(agreed.seeds),
            sometimes=len(agreed.sometimes),
        )
        items.append(Answer("", phrase("Other seeds"), (luck,)))
    return tuple(items)


def _side(calibration: Calibration) -> str:
    """Which way the probabilities are off."""
    stated, right = number(100 * calibration.stated, 1), number(100 * calibration.right, 1)
    low, high = calibration.right_interval
    if low <= calibration.stated <= high:
        return phrase(
            "It says {stated}% on average and is right in {right}%: as sure as it should be, as far as these images "
            "tell.",
            stated=stated,
            right=right,
        )
    if calibration.stated > calibration.right:
        return phrase("It says {stated}% on average and is right in {right}%: too sure.", stated=stated, right=right)
    return phrase(
        "It says {stated}% on average and is right in {right}%: less sure than it could be.",
        stated=stated,
        right=right,
    )


def _smallest_share(gradient: GradientShare) -> str:
    last = 100 * gradient.share[-1]
    if len(last) < 2 or not np.isfinite(last).all():
        return ""
    return phrase(
        "Of the gradient {layer} gets the smallest share: {share}%, where equal shares would be {equal}%.",
        layer=gradient.names[int(last.argmin())],
        share=number(float(last.min()), 1),
        equal=number(100 / len(last), 1),
    )


def _inactive(units: Units) -> str:
    last = units.inactive[-1]
    if not len(last) or not np.nanmax(last, initial=0) > 0:
        return phrase("No unit is dead or saturated.")
    worst = int(np.nanargmax(last))
    return phrase(
        "Dead or saturated are {share}% of the units of {layer}, the most of any layer.",
        share=number(100 * float(last[worst]), 1),
        layer=units.sources[worst] or units.names[worst],
    )


def _training(history: History | None) -> list[Block]:
    if history is None or not history.epochs:
        return []
    epochs = tuple(record.epoch for record in history.epochs)
    errors, training, losses = (
        Series(label, index, Curve(epochs, values, None))
        for label, index, values in (
            (phrase("test error"), 0, tuple(record.test_error for record in history.epochs)),
            (phrase("training error"), 1, tuple(record.train_error for record in history.epochs)),
            (phrase("training loss"), 0, tuple(record.train_loss for record in history.epochs)),
        )
    )
    panels = [
        *(
            replace(panel, title=phrase("Error"), unit=_wrong_unit(panel), enlarged=None)
            for panel in error_panels([errors, training])[:1]
        ),
        *loss_panels([(phrase("Loss"), [losses])]),
    ]
    if not panels:
        return [Paragraphs((phrase("Only one epoch was trained, so there is no curve to draw."),))]
    last = history.epochs[-1]
    alt = phrase(
        "After epoch {epoch}: test error {test}%, training error {training}%, training loss {loss:.3g}.",
        epoch=last.epoch,
        test=number(last.test_error),
        training=number(last.train_error),
        loss=last.train_loss,
    )
    caption = phrase(
        "Errors and loss against epoch. The training error is that of the batches before their updates, so it lags "
        "behind while the network learns fast. Look at where it falls below the test error: from there on the gap is "
        "what the network knows by heart."
    )
    return [Figure("training", caption, picture("training", alt, lambda width: draw_curves(panels, width)))]


def _wrong_unit(panel: Panel) -> str:
    unit = phrase("Wrong answers, %")
    return phrase("{unit}, logarithmic", unit=unit) if panel.is_log else unit


def _inside(inspection: Inspection) -> list[Block]:
    blocks: list[Block] = []
    if inspection.gradient_share is not None:
        blocks.append(gradient_share_figure([("", inspection.gradient_share)]))
    if inspection.activation_inputs is not None and inspection.activation_inputs.names:
        blocks.append(activation_figure([("", inspection.activation_inputs)]))
    if inspection.units is not None and inspection.units.names:
        blocks.append(units_figure([("", inspection.units)]))
    if inspection.weights is not None and inspection.gradient_share is not None:
        blocks.append(weights_figure(inspection.weights, inspection.gradient_share.names))
    if has_mse_sigmoid(inspection.recipe):
        blocks.append(output_gradient_figure())
    return blocks


def _mistakes(inspection: Inspection) -> list[Block]:
    dataset, names = inspection.dataset, inspection.answer_names
    count = len(dataset.test_labels)
    what = phrase("all {count:,} answers to test images", count=count)
    blocks: list[Block] = [
        class_table(inspection.classes),
        confusion_figure("confusion", inspection.confusion, names, what),
        confident_figure("confident-mistakes", inspection.mistakes, dataset, names),
        calibration_figure(inspection.calibration, inspection.recipe),
    ]
    if inspection.agreement is not None:
        agreed, answers = inspection.agreement, inspection.outputs.argmax(axis=1)
        own = {int(place): int(answers[place]) for place in np.flatnonzero(agreed.wrong)}
        blocks += [agreement_figure(agreed), hardest_figure("hardest", agreed, dataset, names, own)]
    return blocks


def _landscape(inspection: Inspection, subject: Subject) -> list[Block]:
    blocks: list[Block] = []
    if subject.is_surface and (surface := inspection.loss_surface()) is not None:
        blocks.append(surface_figure(surface))
    if subject.is_range_test and (test := inspection.range_test()) is not None:
        rate = inspection.recipe.plan(inspection.dataset).optimizer.lr if inspection.recipe is not None else None
        blocks.append(range_test_figure(test, rate))
    return blocks


def _left_out(inspection: Inspection, subject: Subject) -> list[Block]:
    pictures = () if has_pictures(inspection.dataset) else (lacks.no_pictures(),)
    texts = (*subject.left_out, *pictures)
    return [Remarks(texts)] if texts else []


def _where(subject: Subject) -> list[Block]:
    if not subject.where:
        return []
    return [Settings(place_settings((item.term, item.value) for item in subject.where))]


def _settings(inspection: Inspection) -> list[Block]:
    recipe = inspection.recipe
    if recipe is None:
        return [Code(in_lines(str(inspection.network)))]
    return [Settings(recipe_settings(recipe)), Code(in_lines(recipe.network))]
