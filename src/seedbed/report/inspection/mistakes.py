"""Figures of wrong answers: which class for which, how sure they were, and which images no seed gets right."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.formatting import listed, number
from seedbed.insight import Agreement, Mistake
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.figures import (
    Exhibit,
    LinePanel,
    draw_gallery,
    draw_lines,
    draw_matrix,
    natural,
    picture,
)
from seedbed.report.inspection.pictures import has_pictures

_MOST_CLASSES = 20
_MOST_PAIRS = 5
_MOST_TOLD = 5
"""Images in words, where there is nothing to look at."""


def confusion_figure(name: str, counts: NDArray[np.int64], names: Sequence[str], what: str) -> Figure:
    """Which class is taken for which.

    Parameters
    ----------
    name : str
    counts : int64 array, shape (outputs, outputs)
        By label, then by answer; what is neither is left out.
    names : sequence of str
        Of the outputs.
    what : str
        What was counted: ``answers of seed 0``.
    """
    used = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    counts, classes = counts[np.ix_(used, used)], [names[int(place)] for place in used]
    wrong = counts * ~np.eye(len(counts), dtype=bool)
    order = np.argsort(wrong, axis=None, kind="stable")[::-1][:_MOST_PAIRS]
    pairs = [divmod(int(place), len(counts)) for place in order if wrong.flat[place]]
    texts = [_times_text(classes[label], classes[answer], int(wrong[label, answer])) for label, answer in pairs]
    often = phrase("There is no wrong answer.")
    if texts:
        often = phrase("Most often: {pairs}.", pairs=listed(texts))
    text = phrase("Which class is taken for which: {answers}. {often}", answers=what, often=often)
    if len(counts) > _MOST_CLASSES:
        large = phrase("A table of {count} classes would be too large.", count=len(counts))
        return Figure(name, f"{text} {large}", None)
    look = phrase(
        "The diagonal is right; elsewhere, the stronger the more often. Look for pairs that are strong on both sides "
        "of the diagonal: these classes look alike to the network."
    )
    label, answer = phrase("Label"), phrase("Answer")
    drawn = picture(name, text, lambda width: draw_matrix(counts, classes, label, answer, width))
    return Figure(name, f"{text} {look}", drawn)


def _times_text(label: str, answer: str, times: int) -> str:
    if times == 1:
        return phrase("{label} taken for {answer} (1 time)", label=label, answer=answer)
    return phrase("{label} taken for {answer} ({times:,} times)", label=label, answer=answer, times=times)


def confident_figure(
    name: str, mistakes: Sequence[Mistake], dataset: Dataset, names: Sequence[str], whose: str = ""
) -> Figure:
    """Wrong answers with the highest probabilities.

    Parameters
    ----------
    name : str
    mistakes : sequence of Mistake
    dataset : Dataset
    names : sequence of str
        Of the outputs.
    whose : str
        The network, on a page of several.
    """
    of = f"{whose}: " if whose else ""
    if not mistakes:
        return Figure(name, f"{of}{phrase('Every test image is answered rightly.')}", None)
    if not has_pictures(dataset):
        surest = [_sure_text(item, names) for item in mistakes[:_MOST_TOLD]]
        text = phrase("The wrong answers that were most sure: {images}.", images="; ".join(surest))
        return Figure(name, f"{of}{text}", None)
    exhibits = [
        Exhibit(
            natural(dataset.test_images[item.number]),
            names[item.label],
            (
                f"→ {names[item.answer]}",
                f"{number(100 * item.probability, 1)}%",
                phrase("image {number}", number=item.number),
            ),
        )
        for item in mistakes
    ]
    caption = phrase(
        "The wrong answers that were most sure: the label, the answer, its probability, and the number of the test "
        "image. Look whether you would have known better: some labels are wrong, some images are beyond telling."
    )
    texts = [
        phrase(
            "image {number}, {label} taken for {answer}",
            number=item.number,
            label=names[item.label],
            answer=names[item.answer],
        )
        for item in mistakes
    ]
    alt = phrase("Images with label and answer: {images}.", images="; ".join(texts))
    return Figure(name, f"{of}{caption}", picture(name, alt, lambda width: draw_gallery(exhibits, width)))


def hardest_figure(
    name: str,
    agreement: Agreement,
    dataset: Dataset,
    names: Sequence[str],
    answers: Mapping[int, int],
    count: int = 24,
) -> Figure:
    """The images that most seeds get wrong.

    Parameters
    ----------
    name : str
    agreement : Agreement
    dataset : Dataset
    names : sequence of str
        Of the outputs.
    answers : mapping of int to int
        The answer to show for the number of an image.
    count : int
        Images at most.
    """
    numbers = [int(place) for place in agreement.hardest(count) if agreement.wrong[place]]
    if not numbers:
        return Figure(name, f"{agreement_text(agreement)} {phrase('There is no image to show.')}", None)
    labels = [names[int(dataset.test_labels[place])] for place in numbers]
    notes = [(f"→ {names[answers[place]]}", _seeds_text(agreement, place)) for place in numbers]
    texts = [
        phrase(
            "image {number}, {label} {answer}, wrong for {seeds}", number=place, label=label, answer=how, seeds=seeds
        )
        for place, label, (how, seeds) in zip(numbers, labels, notes, strict=True)
    ]
    if not has_pictures(dataset):
        told = phrase("Most seeds get wrong: {images}.", images="; ".join(texts[:_MOST_TOLD]))
        return Figure(name, f"{agreement_text(agreement)} {told}", None)
    exhibits = [
        Exhibit(natural(dataset.test_images[place]), label, (*note, phrase("image {number}", number=place)))
        for place, label, note in zip(numbers, labels, notes, strict=True)
    ]
    caption = phrase(
        "The images that most seeds get wrong: label, a common wrong answer, and how many seeds err. {agreement} Look "
        "at those that all get wrong: another seed will not mend them, other data or another network may.",
        agreement=agreement_text(agreement),
    )
    if len(agreement.always) > len(numbers):
        all_wrong = len(agreement.always)
        first = phrase("Of the {all:,} that all get wrong the first {shown} are shown.", all=all_wrong, shown=count)
        caption = f"{caption} {first}"
    alt = phrase("Images with label and answer: {images}.", images="; ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_gallery(exhibits, width)))


def _sure_text(item: Mistake, names: Sequence[str]) -> str:
    return phrase(
        "image {number}, {label} taken for {answer} ({share}%)",
        number=item.number,
        label=names[item.label],
        answer=names[item.answer],
        share=number(100 * item.probability, 1),
    )


def _seeds_text(agreement: Agreement, place: int) -> str:
    return phrase("{wrong} of {seeds} seeds", wrong=agreement.wrong[place], seeds=agreement.seeds)


def agreement_figure(agreement: Agreement) -> Figure:
    """How many images are wrong for one seed, for two, … for all."""
    name = "agreement"
    counts = np.bincount(agreement.wrong, minlength=agreement.seeds + 1)[1:]
    bars = tuple((seeds - 0.4, seeds + 0.4, float(count)) for seeds, count in enumerate(counts, start=1))
    limits = (0.0, 1.08 * max(float(counts.max()), 1.0))
    panel = LinePanel(
        phrase("Images by the number of seeds that err"),
        phrase("Images"),
        phrase("Seeds that get it wrong"),
        (),
        (0.5, agreement.seeds + 0.5),
        limits,
        is_epochs=True,
        bars=bars,
    )
    look = phrase(
        "Look at the two ends: on the left is the luck of the seed, on the right what no seed of this recipe learns."
    )
    caption = f"{agreement_text(agreement)} {look}"
    texts = [
        phrase("{count} images wrong for {seeds}", count=count, seeds=seeds)
        for seeds, count in enumerate(counts, start=1)
    ]
    alt = phrase("Bars: {bars}.", bars=", ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_lines([panel], width)))


def agreement_text(agreement: Agreement) -> str:
    """``Of 10,000 test images 9,850 are right for all 5 seeds, 120 for some, 30 for none.``"""
    return phrase(
        "Of {images:,} test images {never:,} are right for {seeds}, {sometimes:,} for some, {always:,} for none.",
        images=len(agreement.wrong),
        never=len(agreement.never),
        seeds=all_seeds(agreement.seeds),
        sometimes=len(agreement.sometimes),
        always=len(agreement.always),
    )


def all_seeds(count: int) -> str:
    """``both seeds``, ``all 5 seeds``."""
    return phrase("both seeds") if count == 2 else phrase("all {count} seeds", count=count)
