"""An experiment without a page: the bits of ``sb.train``, seeds that come and go, interventions, going back in time."""

import numpy as np
import pytest

import seedbed as sb
from seedbed.errors import SeedbedError
from seedbed.lab.curve import MOST_POINTS, Curve
from seedbed.lab.experiment import other_seeds
from seedbed.lab.kept_states import MOST_BYTES, MOST_STATES, KeptStates
from seedbed.training.events import Ended


def to_the_end(experiment, most_steps=7):
    for run in experiment.runs:
        while not isinstance(experiment.advance(run, most_steps), Ended):
            pass


def weights(run):
    return run.loop.snapshot().state


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("early", [{}, {"patience": 1, "validation": 200, "epochs": 30, "lr": 0.5}])
def test_runs_have_the_bits_of_the_command_line(experiment, tmp_path, early):
    lab = experiment(b_lr=0.1, augment="shift(1)", first_seed=4, **early)
    to_the_end(lab)
    for run in lab.runs:
        values = lab.recipe(run.side).to_dict()
        ordinary = sb.train(values.pop("network"), seed=run.loop.seed, workspace=tmp_path, **values)
        assert same(weights(run), ordinary.state.state)
        assert run.tested[-1][1] == ordinary.test_error
        assert np.array_equal(run.answers, ordinary.state.outputs.argmax(axis=1))
    assert [(run.side, run.loop.seed) for run in lab.runs] == [("a", 4), ("b", 4), ("a", 5), ("b", 5)]


def test_a_look_at_the_test_images_leaves_no_trace(experiment):
    looked, blind = experiment(seeds=1), experiment(seeds=1)
    for _ in range(3):
        looked.advance(looked.runs[0], 1)
        looked.test(looked.runs[0])
    to_the_end(looked)
    to_the_end(blind)
    assert same(weights(looked.runs[0]), weights(blind.runs[0]))
    assert not looked.runs[0].has_interventions


def test_seeds_that_are_there_go_on(experiment):
    lab = experiment(seeds=2, b_lr=0.1)
    lab.advance(lab.runs[0], 5)
    before = {(run.side, run.place): run for run in lab.runs}
    lab.add_seeds(4)
    assert [(run.place, run.side) for run in lab.runs] == [(n, side) for n in range(4) for side in "ab"]
    assert all(run is before[run.side, run.place] for run in lab.runs if run.place < 2)
    assert lab.runs[0].step == 5
    assert lab.configuration.seeds == 4
    lab.add_seeds(1)
    assert lab.runs == [before["a", 0], before["b", 0]]
    # A seed that comes back begins anew, with the bits it had.
    lab.add_seeds(2)
    assert lab.of_side("a")[1] is not before["a", 1]
    assert lab.of_side("a")[1].loop.seed == before["a", 1].loop.seed


def test_a_learning_rate_that_is_changed_is_an_intervention(experiment):
    lab, plain = experiment(seeds=1), experiment(seeds=1)
    for one in (lab, plain):
        one.advance(one.runs[0], 3)
    lab.set_learning_rate("a", 0.5)
    to_the_end(lab)
    to_the_end(plain)
    assert lab.runs[0].has_interventions
    assert not plain.runs[0].has_interventions
    assert [(one.step, one.kind, one.value) for one in lab.runs[0].loop.run.history.interventions] == [(3, "lr", 0.5)]
    assert not same(weights(lab.runs[0]), weights(plain.runs[0]))
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SeedbedError):
            lab.set_learning_rate("a", wrong)


def test_what_is_taught_is_learnt(experiment, digits):
    lab = experiment(seeds=1, epochs=4, lr=0.1)
    to_the_end(lab)
    run, image = lab.runs[0], digits.test_images[0]
    label = (int(digits.test_labels[0]) + 1) % 10
    error = run.loop.evaluate().error
    for _ in range(6):
        lab.teach(run, image, label)
    assert run.loop.outputs(image[np.newaxis]).argmax() == label
    assert run.has_interventions
    assert run.loop.evaluate().error < error + 10
    with pytest.raises(SeedbedError, match="from 0 to 9"):
        lab.teach(run, image, 10)


def test_a_run_is_looked_at_as_it_was(experiment):
    lab = experiment(seeds=2, epochs=3)
    run, second = lab.of_side("a")
    states = {0: weights(run)}
    while not isinstance(lab.advance(run, 1), Ended):
        states[run.step] = weights(run)
    for place in range(len(run.kept)):
        kept = run.kept[place]
        assert all(np.array_equal(value, states[kept.step][name]) for name, value in lab.view(run, place).items())
        assert kept.epoch == kept.step / run.steps_per_epoch
    assert run.kept[0].step == 0
    assert same(lab.view(run), states[run.step])
    # Places that there are not, and runs of which nothing is kept, are looked at as they are.
    assert same(lab.view(run, 999), states[run.step])
    assert same(lab.view(second, 0), weights(second))
    lesioned = lab.view(run, off=frozenset({("linear1", 2)}))
    assert not lesioned["linear2.weight"][:, 2].any()
    assert same(weights(run), states[run.step])


def test_other_seeds_were_not_had_before(experiment):
    configuration = experiment(seeds=3, first_seed=2).configuration
    assert list(other_seeds(configuration).run_seeds) == [5, 6, 7]


@pytest.mark.parametrize("size", [10, 100_000, 5_000_000])
def test_kept_states_are_bounded(size):
    kept = KeptStates(("weight",))
    state = {"weight": np.zeros(size, np.float32), "memory": np.zeros(3)}
    step, offered = 0, 0
    while step < 300_000:
        if kept.wants(step):
            kept.keep(step, step / 100, state)
            offered += 1
            steps = [kept[place].step for place in range(len(kept))]
            assert steps == sorted(set(steps))
            assert steps[0] == 0 and steps[-1] == step
            assert len(kept) <= MOST_STATES
            assert len(kept) <= 2 or len(kept) * size * 4 <= MOST_BYTES
        step += max(1, step // 50)
    assert offered > 60
    assert kept.epochs == [kept[place].epoch for place in range(len(kept))]
    assert set(kept[0].state) == {"weight"}


def test_kept_states_lie_evenly_in_the_logarithm_of_steps():
    kept = KeptStates(("weight",))
    for step in range(100_000):
        if kept.wants(step):
            kept.keep(step, step, {"weight": np.zeros(300_000, np.float32)})
    steps = np.array([kept[place].step for place in range(len(kept))])
    gaps = np.diff(np.log(1 + steps))
    assert len(steps) == 20
    assert gaps.max() < 4 * np.median(gaps)


def test_a_curve_has_a_bounded_number_of_points_and_keeps_its_mean():
    curve = Curve()
    for step in range(100_000):
        curve.add(step + 1, float(step % 10))
        assert len(curve.points) < MOST_POINTS
    xs = [x for x, _ in curve.points]
    assert xs == sorted(xs)
    assert len(curve.points) >= MOST_POINTS // 2 - 1
    assert sum(y for _, y in curve.points) / len(curve.points) == pytest.approx(4.5, abs=0.05)
    assert xs[-1] > 99_000
