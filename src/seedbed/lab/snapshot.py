"""What is shown of an experiment, as numbers: each function makes one frame."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.insight import (
    GradientShare,
    activation_inputs,
    gradient_share,
    probabilities,
    probe_state,
    units,
)
from seedbed.insight.sites import weighted_layers
from seedbed.lab.experiment import Experiment, LabRun
from seedbed.lab.pixels import signed, unsigned
from seedbed.lab.verdict import verdict
from seedbed.lab.wire import Frame, Numbers
from seedbed.network import Conv2d, State
from seedbed.training.history import Intervention

_BINS = 28
_MOST_MAPS = 64
_MOST_SIDE = 40
_MOST_FILTERS = 24
_MOST_CELLS = 400
_GALLERY = 60


@dataclass
class Viewed:
    """What a person looks at.

    Attributes
    ----------
    run : LabRun
    at : int or None
        A kept state of it, by its place; None for the run as it is.
    image : int or None
        The pinned test image; None for the drawing.
    drawing : uint8 array, shape (c, h, w), or None
    off : frozenset of (layer, unit)
        Units that are switched off.
    """

    run: LabRun
    at: int | None = None
    image: int | None = 0
    drawing: NDArray[Any] | None = None
    off: frozenset[tuple[str, int]] = field(default=frozenset())


def curves(experiment: Experiment) -> Frame:
    """Loss and error by epoch: every run, and the mean and standard deviation of each side."""
    return Frame(
        "curves",
        {
            "sides": {
                side: {
                    "loss": _band([run.losses.points for run in experiment.of_side(side)]),
                    "error": _band([[(x, y) for x, y, _ in run.tested] for run in experiment.of_side(side)]),
                }
                for side in experiment.sides
            },
            "interventions": [
                {"side": run.side, "epoch": one.step / run.steps_per_epoch, "kind": one.kind, "value": one.value}
                for one, run in _interventions(experiment)
            ],
        },
    )


def _interventions(experiment: Experiment) -> list[tuple[Intervention, LabRun]]:
    """The last of them, once where they are the same for all runs of a side."""
    found = {
        (run.side, one.step // run.steps_per_epoch, one.kind, one.value): (one, run)
        for run in experiment.runs
        for one in run.loop.run.history.interventions[-50:]
    }
    return sorted(found.values(), key=lambda pair: pair[0].step)[-50:]


def _band(lines: list[list[tuple[float, float]]]) -> dict[str, Any]:
    """All lines, and their mean and deviation as far as all of them go."""
    known = [np.array(line) for line in lines if line]
    found: dict[str, Any] = {
        "runs": [
            {"x": _short(line[:, 0]), "y": _short(line[:, 1])} if len(line) else {"x": [], "y": []}
            for line in (np.array(line) for line in lines)
        ]
    }
    if not known or len(known) < len(lines):
        return found | {"x": [], "mean": [], "std": []}
    end = min(line[-1, 0] for line in known)
    x = max(known, key=len)[:, 0]
    x = x[x <= end] if x[0] <= end else np.array([end])
    values = np.array([np.interp(x, line[:, 0], line[:, 1]) for line in known])
    std = values.std(axis=0, ddof=1) if len(known) > 1 else np.zeros(len(x))
    return found | {"x": _short(x), "mean": _short(values.mean(axis=0)), "std": _short(std)}


def _short(values: NDArray[np.float64]) -> Numbers:
    """With as many digits as a curve can show, all at once: five behind the point, more for what is small."""
    with np.errstate(invalid="ignore"):
        typical = float(np.nanmedian(np.abs(values))) if np.isfinite(values).any() else 1.0
    return Numbers(np.round(values, 5 if typical > 1e-2 else 8))


def layers(experiment: Experiment, viewed: Viewed, state: State) -> Frame:
    """Of each layer with weights: its share of the gradient, what enters its activation, dead or saturated units."""
    seen = probe_state(experiment.viewer(viewed.run.side), state)
    shares: GradientShare = gradient_share(seen)
    inputs, states = activation_inputs(seen), units(seen)
    rows: dict[str, dict[str, Any]] = {
        name: {"name": name, "share": shares.share[0, place]}
        for place, name in enumerate(weighted_layers(seen.network))
    }
    for place, source in enumerate(inputs.sources):
        if source in rows:
            low, high = float(inputs.quantiles[0, place, 1]), float(inputs.quantiles[0, place, -2])
            edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
            rows[source] |= {
                "mean": inputs.mean[0, place],
                "std": inputs.std[0, place],
                "low": low,
                "high": high,
                "histogram": inputs.density(edges)[0, place],
            }
    for place, source in enumerate(states.sources):
        if source in rows:
            rows[source] |= {
                "kind": states.kinds[place],
                "flat": states.inactive[0, place],
                "units": states.counts[place],
                "saturation": states.saturation[0, place],
            }
    return Frame("layers", {"side": viewed.run.side, "rows": list(rows.values())})


def maps(experiment: Experiment, viewed: Viewed, state: State) -> Frame:
    """What each layer makes of the pinned image, and the image itself."""
    image, label = pinned(experiment, viewed)
    plan = viewed.run.loop.plan
    prepared = viewed.run.loop.input.apply(np.ascontiguousarray(image[np.newaxis]))
    session = experiment.viewer(viewed.run.side).load(state)
    values = session.probe(prepared, np.zeros(1, np.uint8)).values
    pixels: list[tuple[dict[str, Any], NDArray[np.uint8]]] = [({"layer": "input", "kind": "image"}, unsigned(image))]
    for node in plan.network.nodes:
        value = values[node.name][0][:_MOST_MAPS]
        is_map = value.ndim == 3
        if is_map and max(value.shape[1:]) > _MOST_SIDE:
            step = -(-max(value.shape[1:]) // _MOST_SIDE)
            value = value[:, ::step, ::step]
        about = {"layer": node.name, "kind": "maps" if is_map else "units", "low": value.min(), "high": value.max()}
        pixels.append((about, signed(value)))
    last = values[plan.network.nodes[-1].name]
    shares = probabilities(last, plan.network)[0]
    return Frame(
        "maps",
        {"side": viewed.run.side, "label": label, "probabilities": shares, "image": viewed.image},
        pixels,
    )


def filters(experiment: Experiment, viewed: Viewed, state: State) -> Frame:
    """The kernels of each convolution, the weights of a linear layer that sees the image itself, and all weights of
    small linear layers as a table: a row for each unit.

    A kernel over several channels is shown by the channel on which its weights are largest, one over red, green and
    blue in colour.
    """
    network = viewed.run.loop.plan.network
    pixels = []
    is_first = True
    for node in network.nodes:
        weight = state.get(f"{node.name}.weight")
        if weight is None:
            continue
        if isinstance(node.layer, Conv2d):
            kernels = weight[:_MOST_FILTERS]
        elif is_first and np.prod(network.input_shape[1:]) > 16:
            kernels = weight[:_MOST_FILTERS].reshape(-1, *network.input_shape)
        elif weight.size <= _MOST_CELLS:
            pixels.append(({"layer": node.name, "kind": "table"}, signed(weight.reshape(1, len(weight), -1))))
            is_first = False
            continue
        else:
            continue
        if is_first and kernels.shape[1] == 3:
            pixels.append(({"layer": node.name, "kind": "colour"}, unsigned(kernels)))
        else:
            largest = np.square(kernels).sum(axis=(2, 3)).argmax(axis=1)
            about = {"layer": node.name, "kind": "signed", "channels": largest}
            pixels.append((about, signed(kernels[np.arange(len(kernels)), largest])))
        is_first = False
    return Frame("filters", {"side": viewed.run.side}, pixels)


def confusions(experiment: Experiment, viewed: Viewed) -> Frame:
    """How often each class gets each answer, over the runs of the side; how many images all, some, no runs get
    wrong."""
    answers = [run.answers for run in experiment.of_side(viewed.run.side) if run.answers is not None]
    labels = experiment.dataset.test_labels
    classes = len(experiment.dataset.classes)
    counts = np.zeros((classes, classes))
    for own in answers:
        np.add.at(counts, (labels, np.minimum(own, classes - 1)), 1)
    wrong = np.array([own != labels for own in answers])
    groups = {name: int(part.sum()) for name, part in _groups(wrong).items()} if answers else {}
    return Frame(
        "confusion",
        {"side": viewed.run.side, "runs": len(answers), "counts": counts / max(1, len(answers)), "groups": groups},
    )


def gallery(experiment: Experiment, side: str, truth: int | None, answer: int | None, group: str | None) -> Frame:
    """Test images: of a cell of the confusion matrix, or of a group."""
    runs = [run for run in experiment.of_side(side) if run.answers is not None]
    labels = experiment.dataset.test_labels
    chosen = np.ones(len(labels), np.bool_)
    if not runs:
        chosen[:] = False
    elif group is not None:
        chosen = _groups(np.array([run.answers != labels for run in runs]))[group]
    else:
        if truth is not None:
            chosen &= labels == truth
        if answer is not None:
            chosen &= np.any([run.answers == answer for run in runs], axis=0)
    numbers = np.flatnonzero(chosen)
    shown = numbers[:_GALLERY]
    answers = [run.answers for run in runs if run.answers is not None]
    about = [{"image": int(n), "truth": int(labels[n]), "answers": [int(own[n]) for own in answers]} for n in shown]
    images = experiment.dataset.test_images[shown]
    pixels = [({"kind": "images"}, unsigned(images))] if len(shown) else []
    values = {"side": side, "total": len(numbers), "about": about, "truth": truth, "answer": answer, "group": group}
    return Frame("gallery", values, pixels, is_kept=True)


def answer(experiment: Experiment, run: LabRun, image: NDArray[Any], number: int) -> Frame:
    """What a run says of a drawing, and the drawing as the network sees it."""
    outputs = run.loop.outputs(image[np.newaxis])
    shares = probabilities(outputs, run.loop.plan.network)[0]
    values = {"id": number, "side": run.side, "place": run.place, "probabilities": shares}
    return Frame("answer", values, [({"kind": "image"}, unsigned(image))])


def comparison(experiment: Experiment) -> Frame:
    """A against B."""
    return Frame("verdict", {**verdict(experiment), "differences": experiment.differences()})


def scrubber(experiment: Experiment, viewed: Viewed) -> Frame:
    """The kept states of the run that is looked into."""
    kept = viewed.run.kept
    return Frame("scrubber", {"side": viewed.run.side, "epochs": kept.epochs if kept is not None else []})


def pinned(experiment: Experiment, viewed: Viewed) -> tuple[NDArray[Any], int | None]:
    """The image whose maps are shown, and its class if it has one."""
    dataset = experiment.dataset
    if viewed.image is None and viewed.drawing is not None:
        return viewed.drawing, None
    number = min(viewed.image or 0, len(dataset.test_labels) - 1)
    return dataset.test_images[number], int(dataset.test_labels[number])


def _groups(wrong: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Images that all, some and no runs get wrong."""
    always: NDArray[np.bool_] = np.logical_and.reduce(wrong, axis=0)
    ever: NDArray[np.bool_] = np.logical_or.reduce(wrong, axis=0)
    return {"always": always, "sometimes": ever & ~always, "never": ~ever}
