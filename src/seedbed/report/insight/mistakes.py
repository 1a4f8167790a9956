"""Figures of wrong answers: which class for which, how sure they were, and which images no seed gets right."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
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
from seedbed.report.words import listed, number

_MOST_CLASSES = 20
_MOST_PAIRS = 5


def confusion_figure(name: str, counts: NDArray[np.int64], classes: Sequence[str], what: str) -> Figure:
    """Which class is taken for which.

    Parameters
    ----------
    name : str
    counts : int64 array, shape (classes, classes)
        By label, then by answer.
    classes : sequence of str
    what : str
        What was counted: ``answers of seed 0``.
    """
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


def confident_figure(name: str, mistakes: Sequence[Mistake], dataset: Dataset, whose: str = "") -> Figure:
    """Wrong answers with the highest probabilities.

    Parameters
    ----------
    name : str
    mistakes : sequence of Mistake
    dataset : Dataset
    whose : str
        The network, on a page of several.
    """
    of = f"{whose}: " if whose else ""
    if not mistakes:
        return Figure(name, f"{of}{phrase('Every test image is answered rightly.')}", None)
    names = dataset.classes
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
    name: str, agreement: Agreement, dataset: Dataset, answers: Mapping[int, int], count: int = 24
) -> Figure:
    """The images that most seeds get wrong.

    Parameters
    ----------
    name : str
    agreement : Agreement
    dataset : Dataset
    answers : mapping of int to int
        The answer to show for the number of an image.
    count : int
        Images at most.
    """
    numbers = [int(place) for place in agreement.hardest(count) if agreement.wrong[place]]
    if not numbers:
        return Figure(name, f"{agreement_text(agreement)} {phrase('There is no image to show.')}", None)
    classes = dataset.classes
    exhibits = [
        Exhibit(
            natural(dataset.test_images[place]),
            classes[int(dataset.test_labels[place])],
            (f"→ {classes[answers[place]]}", _seeds_text(agreement, place), phrase("image {number}", number=place)),
        )
        for place in numbers
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
    texts = [
        phrase(
            "image {number}, {label} {answer}, wrong for {seeds}",
            number=place,
            label=item.title,
            answer=item.notes[0],
            seeds=item.notes[1],
        )
        for place, item in zip(numbers, exhibits, strict=True)
    ]
    alt = phrase("Images with label and answer: {images}.", images="; ".join(texts))
    return Figure(name, caption, picture(name, alt, lambda width: draw_gallery(exhibits, width)))


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
