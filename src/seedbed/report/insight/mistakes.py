"""Figures of wrong answers: which class for which, how sure they were, and which images no seed gets right."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.insight import Agreement, Mistake
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
from seedbed.report.words import counted, listed, number

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
    texts = [
        f"{classes[label]} taken for {classes[answer]} ({counted(int(wrong[label, answer]), 'time')})"
        for label, answer in pairs
    ]
    often = f"Most often: {listed(texts)}." if texts else "There is no wrong answer."
    text = f"Which class is taken for which: {what}. {often}"
    if len(counts) > _MOST_CLASSES:
        return Figure(name, f"{text} A table of {len(counts)} classes would be too large.", None)
    caption = (
        f"{text} The diagonal is right; elsewhere, the stronger the more often. Look for pairs that are strong on both "
        "sides of the diagonal: these classes look alike to the network."
    )
    drawn = picture(name, text, lambda width: draw_matrix(counts, classes, "Label", "Answer", width))
    return Figure(name, caption, drawn)


def confident_figure(mistakes: Sequence[Mistake], dataset: Dataset) -> Figure:
    """Wrong answers with the highest probabilities."""
    name = "confident-mistakes"
    if not mistakes:
        return Figure(name, "Every test image is answered rightly.", None)
    names = dataset.classes
    exhibits = [
        Exhibit(
            natural(dataset.test_images[item.number]),
            names[item.label],
            (f"→ {names[item.answer]}", f"{number(100 * item.probability, 1)}%", f"image {item.number}"),
        )
        for item in mistakes
    ]
    caption = (
        "The wrong answers that were most sure: the label, the answer, its probability, and the number of the test "
        "image. Look whether you would have known better: some labels are wrong, some images are beyond telling."
    )
    alt = "Images with label and answer: " + "; ".join(
        f"image {item.number}, {names[item.label]} taken for {names[item.answer]}" for item in mistakes
    )
    return Figure(name, caption, picture(name, f"{alt}.", lambda width: draw_gallery(exhibits, width)))


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
        return Figure(name, f"{agreement_text(agreement)} There is no image to show.", None)
    classes = dataset.classes
    exhibits = [
        Exhibit(
            natural(dataset.test_images[place]),
            classes[int(dataset.test_labels[place])],
            (f"→ {classes[answers[place]]}", f"{agreement.wrong[place]} of {agreement.seeds} seeds", f"image {place}"),
        )
        for place in numbers
    ]
    caption = (
        f"The images that most seeds get wrong: label, a common wrong answer, and how many seeds err. "
        f"{agreement_text(agreement)} Look at those that all get wrong: another seed will not mend them, other data or "
        "another network may."
    )
    alt = "Images with label and answer: " + "; ".join(
        f"image {place}, {item.title} {item.notes[0]}, wrong for {item.notes[1]}"
        for place, item in zip(numbers, exhibits, strict=True)
    )
    return Figure(name, caption, picture(name, f"{alt}.", lambda width: draw_gallery(exhibits, width)))


def agreement_figure(agreement: Agreement) -> Figure:
    """How many images are wrong for one seed, for two, … for all."""
    name = "agreement"
    counts = np.bincount(agreement.wrong, minlength=agreement.seeds + 1)[1:]
    bars = tuple((seeds - 0.4, seeds + 0.4, float(count)) for seeds, count in enumerate(counts, start=1))
    limits = (0.0, 1.08 * max(float(counts.max()), 1.0))
    panel = LinePanel(
        "Images by the number of seeds that err",
        "Images",
        "Seeds that get it wrong",
        (),
        (0.5, agreement.seeds + 0.5),
        limits,
        is_epochs=True,
        bars=bars,
    )
    caption = (
        f"{agreement_text(agreement)} Look at the two ends: on the left is the luck of the seed, on the right what no "
        "seed of this recipe learns."
    )
    alt = "Bars: " + ", ".join(f"{count} images wrong for {seeds}" for seeds, count in enumerate(counts, start=1))
    return Figure(name, caption, picture(name, f"{alt}.", lambda width: draw_lines([panel], width)))


def agreement_text(agreement: Agreement) -> str:
    """``Of 10,000 test images 9,850 are right for all 5 seeds, 120 for some, 30 for none.``"""
    seeds = all_seeds(agreement.seeds)
    return (
        f"Of {len(agreement.wrong):,} test images {len(agreement.never):,} are right for {seeds}, "
        f"{len(agreement.sometimes):,} for some, {len(agreement.always):,} for none."
    )


def all_seeds(count: int) -> str:
    """``both seeds``, ``all 5 seeds``."""
    return "both seeds" if count == 2 else f"all {count} seeds"
