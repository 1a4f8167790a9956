"""A closer look at one network: its filters, what an image becomes in it, and what its answers rest on."""

from seedbed.insight import Inspection
from seedbed.language import phrase
from seedbed.report.document import Figure
from seedbed.report.inspection.attribution import attribution_figure
from seedbed.report.inspection.layers import feature_maps_figure, filters_figure
from seedbed.report.inspection.pictures import has_pictures

_SHOWN = 4
"""Images whose attribution is shown."""


def layer_figures(inspection: Inspection, suffix: str = "") -> list[Figure]:
    """Filters, and feature maps of the first test image; none without convolutions.

    Parameters
    ----------
    inspection : Inspection
    suffix : str
        Makes the names of the figures unique in a page of several networks.
    """
    if not inspection.filters:
        return []
    figures = [filters_figure(f"filters{suffix}", inspection.filters)]
    maps = inspection.feature_maps(0)
    if any(one.before.shape[1] * one.before.shape[2] > 1 for one in maps):
        name = inspection.dataset.classes[int(inspection.dataset.test_labels[0])]
        what = phrase("Test image 0 ({name})", name=name)
        figures.append(feature_maps_figure(f"feature-maps{suffix}", maps, inspection.dataset.test_images[0], what))
    return figures


def answers_figures(inspection: Inspection, suffix: str = "") -> list[Figure]:
    """What the answers rest on, none where images have one pixel; the arguments are those of `layer_figures`."""
    dataset, names = inspection.dataset, inspection.answer_names
    if not has_pictures(dataset):
        return []
    numbers = explained(inspection)
    answers = inspection.outputs.argmax(axis=1)
    titles = [_answer_text(names[dataset.test_labels[place]], names[answers[place]], place) for place in numbers]
    images = [dataset.test_images[place] for place in numbers]
    occlusions = [inspection.occlusion(place) for place in numbers]
    return [attribution_figure(f"attribution{suffix}", images, titles, inspection.saliency(numbers), occlusions)]


def explained(inspection: Inspection) -> list[int]:
    """Numbers of the test images whose answers are explained: the first, and the most confident mistakes."""
    return [0, *(item.number for item in inspection.mistakes if item.number != 0)][:_SHOWN]


def _answer_text(label: str, answer: str, place: int) -> str:
    if label == answer:
        return phrase("{label} (image {number})", label=label, number=place)
    return phrase("{label}, taken for {answer} (image {number})", label=label, answer=answer, number=place)
