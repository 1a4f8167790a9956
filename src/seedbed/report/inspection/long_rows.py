"""The numbers of the figures of networks and mistakes as rows for a spreadsheet: one measured value in each."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.insight import Agreement, Calibration, Inspection
from seedbed.report.figures import LEVELS
from seedbed.study.inside import Inside

Row = dict[str, Any]


def inside_rows(inside: Inside) -> list[Row]:
    """Of the variants of a study; what is told of all seeds together has no seed."""
    rows: list[Row] = []
    for one in inside.variants:
        name = {"variant": one.variant.name}
        if one.is_recorded:
            rows += [name | {"seed": one.seed} | row for row in _over_epochs(one.inspection)]
        rows += [name | row for row in _confusion(one.confusion, one.inspection)]
        rows += [name | row for row in _calibration(one.calibration, len(one.outputs))]
        rows += [name | row for row in _agreement(one.agreement)]
    return rows


def inspection_rows(inspection: Inspection) -> list[Row]:
    """Of one network."""
    rows = [*_over_epochs(inspection), *_confusion(inspection.confusion, inspection)]
    rows += _calibration(inspection.calibration, networks=1)
    return rows + list(_agreement(inspection.agreement) if inspection.agreement is not None else ())


def wrong_rows(inspection: Inspection) -> list[dict[str, Any]]:
    """A row for each wrong answer: test image, label, answer, probability of the answer."""
    answers = inspection.outputs.argmax(axis=1)
    labels, names = inspection.dataset.test_labels, inspection.answer_names
    return [
        {
            "test_image": int(place),
            "label": names[labels[place]],
            "answer": names[answers[place]],
            "probability": float(inspection.probabilities[place, answers[place]]),
        }
        for place in np.flatnonzero(answers != labels)
    ]


def _over_epochs(inspection: Inspection) -> Iterator[Row]:
    share, inputs, units, weights = (
        inspection.gradient_share,
        inspection.activation_inputs,
        inspection.units,
        inspection.weights,
    )
    if share is None or inputs is None or units is None or weights is None:
        return
    yield from _series("gradient_share", share.epochs, share.names, share.share)
    yield from _series("weight_gradient_share", share.epochs, share.names, share.weight_share)
    for level in LEVELS:
        yield from _series(f"activation_input_quantile_{level}", inputs.epochs, inputs.names, inputs.at(level))
    yield from _series("units_dead_or_saturated", units.epochs, units.names, units.inactive)
    yield from _series("weight_norm", weights.epochs, weights.names, weights.norms)
    yield from _series("step_norm", weights.epochs, weights.names, weights.steps)
    yield from _series("step_to_weight", weights.epochs, weights.names, weights.ratio)


def _series(
    measure: str, epochs: tuple[int, ...], names: tuple[str, ...], values: NDArray[np.float64]
) -> Iterator[Row]:
    for epoch, row in zip(epochs, values, strict=True):
        for name, value in zip(names, row, strict=True):
            yield {"measure": measure, "of": name, "epoch": epoch, "value": float(value)}


def _confusion(counts: NDArray[np.int64], inspection: Inspection) -> Iterator[Row]:
    classes = inspection.dataset.classes
    for label, row in zip(classes, counts[: len(classes)], strict=True):
        for answer, count in zip(inspection.answer_names, row, strict=True):
            yield {"measure": "answers", "of": label, "answer": answer, "value": int(count)}


def _calibration(calibration: Calibration, networks: int) -> Iterator[Row]:
    bins = zip(
        calibration.edges[1:],
        calibration.confidence,
        calibration.accuracy,
        calibration.counts,
        calibration.intervals(networks),
        strict=True,
    )
    for end, stated, right, count, (low, high) in bins:
        if count:
            of = f"probability up to {end:.3f}"
            values = {"value": right, "stated": stated, "low": low, "high": high}
            yield {"measure": "right", "of": of, "images": int(count)} | {k: float(v) for k, v in values.items()}
    yield {"measure": "expected_calibration_error", "value": calibration.error}


def _agreement(agreed: Agreement) -> Iterator[Row]:
    counts = np.bincount(agreed.wrong, minlength=agreed.seeds + 1)
    for seeds, count in enumerate(counts.tolist()):
        yield {"measure": "images", "of": f"wrong for {seeds} of {agreed.seeds} seeds", "value": count}
