"""A lesion: the outputs are those of a network whose unit is silenced where it speaks, by hand."""

import numpy as np
import pytest

from seedbed.engine import ENGINES, load_engine
from seedbed.errors import NetworkError
from seedbed.insight.lesion import without_units
from seedbed.lab.lesion import lesion_frame
from seedbed.lab.snapshot import Viewed

TWO_CONV = "conv2d(5, 3, padding=1) relu maxpool2d(2) conv2d(6, 3) tanh flatten linear(10)"
DEEP = "flatten linear(9) tanh linear(7) tanh linear(10)"
SILENCED = [
    (TWO_CONV, "conv1", 3),
    (TWO_CONV, "conv2", 5),
    ("conv2d(4, 3) relu maxpool2d(2) flatten linear(10)", "conv1", 0),
    ("conv2d(4, 3) tanh avgpool2d(2) flatten linear(10)", "conv1", 3),
    ("flatten linear(9) tanh dropout(0.5) linear(10)", "linear1", 4),
    (DEEP, "linear1", 8),
    (DEEP, "linear2", 0),
]
LAST = [(TWO_CONV, "linear1", 7), ("flatten linear(10)", "linear1", 2)]
OTHERS = [
    ("conv2d(4, 3) sigmoid avgpool2d(2) flatten linear(10)", "conv1", 3),
    ("conv2d(4, 3) batchnorm relu flatten linear(10)", "conv1", 2),
    ("flatten linear(9) sigmoid linear(10)", "linear1", 1),
]


def outputs(run, state, images):
    """Of the run's network with other parameters, in evaluation mode."""
    session = load_engine(ENGINES[0]).start(run.loop.plan, state)
    return np.concatenate([session.outputs(part) for part in run.loop.prepared(images)])


def trained(experiment, network):
    lab = experiment(network=network, seeds=1)
    lab.advance(lab.runs[0], 12)
    return lab.runs[0], lab.view(lab.runs[0])


@pytest.mark.parametrize(("network", "layer", "unit"), SILENCED)
def test_a_unit_that_is_off_is_one_that_says_0(experiment, digits, network, layer, unit):
    """ReLU, tanh and pooling make 0 of 0: here a unit without weights of its own is silent too."""
    run, state = trained(experiment, network)
    images = digits.test_images[:50]
    silent = {name: array.copy() for name, array in state.items()}
    silent[f"{layer}.weight"][unit] = 0
    silent[f"{layer}.bias"][unit] = 0
    found = outputs(run, without_units(run.loop.plan.network, state, {(layer, unit)}), images)
    assert np.array_equal(found, outputs(run, silent, images))
    assert not np.array_equal(found, outputs(run, state, images))


@pytest.mark.parametrize(("network", "layer", "unit"), LAST)
def test_a_unit_of_the_last_layer_answers_0(experiment, digits, network, layer, unit):
    run, state = trained(experiment, network)
    images = digits.test_images[:50]
    found = outputs(run, without_units(run.loop.plan.network, state, {(layer, unit)}), images)
    whole = outputs(run, state, images)
    whole[:, unit] = 0
    assert np.array_equal(found, whole)


@pytest.mark.parametrize(("network", "layer", "unit"), SILENCED + OTHERS)
def test_a_unit_that_is_off_may_say_what_it_likes(experiment, digits, network, layer, unit):
    """Whatever the unit's own weights are, the outputs do not hear of it."""
    run, state = trained(experiment, network)
    other = {name: array.copy() for name, array in state.items()}
    other[f"{layer}.weight"][unit] *= -7
    other[f"{layer}.bias"][unit] += 3
    images = digits.test_images[:50]
    a, b = (outputs(run, without_units(run.loop.plan.network, one, {(layer, unit)}), images) for one in (state, other))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, outputs(run, state, images))


def test_the_frame_counts_all_test_images_and_leaves_the_run_alone(experiment, digits):
    lab = experiment(seeds=1, epochs=2, lr=0.1)
    run = lab.runs[0]
    while run.outcome is None:
        lab.advance(run, 50)
    before = lab.view(run)
    units = frozenset(("linear1", unit) for unit in range(12))
    values = lesion_frame(lab, Viewed(run, off=units)).values
    assert values["before"]["error"] == run.tested[-1][1]
    # Without any unit only the biases speak: one class is right, all others are wrong.
    assert sorted(values["after"]["by_class"])[1:] == [100.0] * 9
    counts = np.bincount(digits.test_labels)
    for found in (values["before"], values["after"]):
        assert np.average(found["by_class"], weights=counts) == pytest.approx(found["error"])
    assert values["off"] == [["linear1", unit] for unit in range(12)]
    assert all(np.array_equal(value, before[name]) for name, value in lab.view(run).items())
    assert not run.has_interventions


@pytest.mark.parametrize(
    ("unit", "words"),
    [(("linear9", 0), "expected one of linear1, linear2"), (("linear1", 12), "units 0 to 11"), (("<b>", 0), "<b>")],
)
def test_units_that_are_not_there_are_told(experiment, unit, words):
    run = experiment(seeds=1).runs[0]
    with pytest.raises(NetworkError, match=words):
        without_units(run.loop.plan.network, run.loop.snapshot().state, {unit})
