"""The numbers of what is seen inside networks: all that the figures show but the pixels of their pictures."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import numpy as np

from seedbed.insight import Agreement, Calibration, Inspection
from seedbed.report.figures import LEVELS
from seedbed.report.inspection.closer import explained
from seedbed.report.inspection.page import Subject, test_error
from seedbed.report.inspection.pictures import has_pictures
from seedbed.study.inside import Inside, VariantInside
from seedbed.training.history import EpochRecord

_HARDEST = 24


def inspection_numbers(inspection: Inspection, subject: Subject) -> dict[str, Any]:
    """Of the page of one network, as plain values; percent where a name says error."""
    history, recipe = subject.history, inspection.recipe
    return {
        "kind": "inspection",
        "title": subject.title,
        "command": subject.command,
        "recipe": recipe.to_dict() if recipe else None,
        "network": str(inspection.network),
        "test_error": test_error(inspection),
        "history": None
        if history is None
        else {field.name: [getattr(one, field.name) for one in history.epochs] for field in fields(EpochRecord)},
        "confusion": inspection.confusion,
        "classes": inspection.classes.to_dict(),
        "calibration": _calibration(inspection.calibration),
        **_over_epochs(inspection),
        **_closer(inspection),
        "agreement": None if inspection.agreement is None else _agreement(inspection.agreement),
        "loss_surface": inspection.loss_surface() if subject.is_surface else None,
        "range_test": inspection.range_test() if subject.is_range_test else None,
        "where": {item.term: item.value for item in subject.where},
    }


def inside_numbers(inside: Inside) -> dict[str, Any]:
    """Of the variants of a study, by their names."""
    return {one.variant.name: _variant(one) for one in inside.variants}


def _variant(one: VariantInside) -> dict[str, Any]:
    inspection, common = one.inspection, one.common_answers()
    names, labels = inspection.answer_names, inspection.dataset.test_labels
    return {
        "seed": one.seed,
        **(_over_epochs(inspection) if one.is_recorded else {}),
        **_closer(inspection),
        "all_seeds": {
            "runs": len(one.outputs),
            "confusion": one.confusion,
            "classes": _class_rates(one),
            "calibration": _calibration(one.calibration, len(one.outputs)),
            "calibration_errors": [calibration.error for calibration in one.calibrations],
            "agreement": _agreement(one.agreement),
            "hardest": [
                {
                    "test_image": int(place),
                    "label": names[labels[place]],
                    "answer": names[common[int(place)]],
                    "wrong": int(one.agreement.wrong[place]),
                }
                for place in one.agreement.hardest(_HARDEST)
            ],
        },
    }


def _over_epochs(inspection: Inspection) -> dict[str, Any]:
    inputs, share, weights = inspection.activation_inputs, inspection.gradient_share, inspection.weights
    return {
        "gradient_share": _series(share, share=share.share, weight_share=share.weight_share) if share else None,
        "activation_inputs": None
        if inputs is None
        else {
            "epochs": inputs.epochs,
            "names": inputs.names,
            "quantiles": {str(level): inputs.at(level) for level in LEVELS},
        },
        "units": inspection.units,
        "weights": _series(weights, ratio=weights.ratio) if weights else None,
    }


def _series(value: Any, **derived: Any) -> Mapping[str, Any]:
    """The fields of a measure and what its figure derives from them."""
    assert is_dataclass(value) and not isinstance(value, type)
    return asdict(value) | derived


def _closer(inspection: Inspection) -> dict[str, Any]:
    names = inspection.answer_names
    shown = explained(inspection) if has_pictures(inspection.dataset) else []
    return {
        "mistakes": [
            asdict(one) | {"label": names[one.label], "answer": names[one.answer]} for one in inspection.mistakes
        ],
        "occlusion": [
            {
                "test_image": place,
                "label": names[one.label],
                "probability": one.probability,
                "largest_fall": one.by_pixel.max(),
                "largest_gain": -one.by_pixel.min(),
            }
            for place, one in ((place, inspection.occlusion(place)) for place in shown)
        ],
    }


def _class_rates(one: VariantInside) -> dict[str, Any]:
    """Over the runs, by class; percent."""
    found = one.class_rates
    return {
        "balanced_error": asdict(found.balanced_error),
        "by_class": {
            name: {"recall": asdict(recall), "precision": asdict(precision), "f1": asdict(f1)}
            for name, recall, precision, f1 in zip(
                one.inspection.answer_names, found.recall, found.precision, found.f1, strict=True
            )
        },
    }


def _calibration(calibration: Calibration, networks: int = 1) -> dict[str, Any]:
    more = {"stated": calibration.stated, "right": calibration.right, "intervals": calibration.intervals(networks)}
    return asdict(calibration) | more


def _agreement(agreed: Agreement) -> dict[str, Any]:
    """Counts, and by number of runs how many images they get wrong; images by number where some run is wrong."""
    return {
        "seeds": agreed.seeds,
        "never": len(agreed.never),
        "sometimes": len(agreed.sometimes),
        "always": len(agreed.always),
        "images_by_wrong_seeds": np.bincount(agreed.wrong, minlength=agreed.seeds + 1),
        "wrong_seeds": {int(place): int(agreed.wrong[place]) for place in np.flatnonzero(agreed.wrong)},
    }
