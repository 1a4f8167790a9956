"""What every engine sees inside a network: values, derivatives and gradients, and that looking changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
from bounds import analyse_probe
from cases import NETWORKS, make_plan, pictures, some_state
from contract import MOMENTUM, Trainer, mixed_plan, same_bits, unit_of, within

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk
from seedbed.engine.losses import Score
from seedbed.errors import EngineError
from seedbed.network import ZOO

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_all_values_and_derivatives_are_the_reference_s(engine: str, text: str, training: bool) -> None:
    """Of every layer, with a batch that is no multiple of a vector and no batch of the plan."""
    plan = make_plan(text, 5, MOMENTUM)
    images, labels = pictures(19, plan.network)
    state = some_state(plan.network)
    expected = analyse_probe(plan, state, images, labels, unit_of(engine), training)
    found = load_engine(engine).start(plan, state).probe(images, labels, training)
    assert within(np.array([found.loss]), expected.loss)
    names = [node.name for node in plan.network.nodes]
    assert list(found.values) == names and set(found.derivatives) == set(names)
    for node in plan.network.nodes:
        assert found.values[node.name].dtype == found.derivatives[node.name].dtype == np.float32
        assert found.values[node.name].shape == found.derivatives[node.name].shape == (19, *node.output_shape)
        assert within(found.values[node.name], expected.values[node.name]), node.name
        assert within(found.derivatives[node.name], expected.derivatives[node.name]), node.name
    assert within(found.image_derivatives, expected.image_derivatives)
    assert found.gradients.keys() == plan.network.parameter_shapes.keys()
    for key, gradient in expected.gradients.items():
        assert within(found.gradients[key], gradient), key


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        "mse(reduction=mean)",
        "cross_entropy(label_smoothing=0.2)",
        "hinge(C=3, reduction=sum)",
        "squared_hinge(C=0.5)",
        "squared_hinge(reduction=sum)",
    ],
)
@pytest.mark.parametrize("end", ["tanh", "linear(5)", "relu"])
def test_every_loss_after_any_end(engine: str, loss: str, end: str) -> None:
    plan = make_plan(f"input(1, 4, 4) flatten linear(5) {end}", 7, MOMENTUM, loss)
    images, labels = pictures(19, plan.network)
    state = some_state(plan.network)
    expected = analyse_probe(plan, state, images, labels, unit_of(engine), training=False)
    found = load_engine(engine).start(plan, state).probe(images, labels)
    assert within(np.array([found.loss]), expected.loss)
    for name, derivative in expected.derivatives.items():
        assert within(found.derivatives[name], derivative), name


@pytest.mark.parametrize("name", ZOO)
def test_networks_of_the_zoo_see_what_they_answer(engine: str, name: str) -> None:
    plan = make_plan(name, 16)
    images, labels = pictures(3, plan.network)
    session = load_engine(engine).start(plan, some_state(plan.network))
    outputs, found = session.outputs(images), session.probe(images, labels)
    last = found.values[plan.network.nodes[-1].name]
    assert np.abs(last - outputs).max() <= 1e-4 * max(1, np.abs(outputs).max())
    assert np.isfinite(found.loss) and all(np.isfinite(g).all() for g in found.gradients.values())


def test_the_score_of_the_label_as_an_objective(engine: str) -> None:
    """Its derivative by the last layer is 1 at each label, whatever the number of images."""
    plan = replace(mixed_plan(), loss=Score())
    images, labels = pictures(19, plan.network)
    session = load_engine(engine).start(plan, some_state(plan.network))
    found = session.probe(images, labels)
    assert np.array_equal(found.derivatives["linear2"], np.eye(4, dtype=np.float32)[labels])
    assert found.loss == pytest.approx(session.outputs(images)[np.arange(19), labels].sum(dtype=np.float64), rel=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_looking_changes_nothing(engine: str, training: bool) -> None:
    """The same bits with and without probes between the steps, of other sizes and modes too."""
    plan = replace(mixed_plan(optimizer="adam(0.01)"), average=0.9)
    text = str(plan.network).replace("flatten", "flatten dropout(0.4)", 1)
    plan = replace(plan, network=make_plan(text, 16).network)
    quiet, watched = Trainer(engine, plan, threads=2), Trainer(engine, plan, threads=2)
    for step in range(3):
        first = watched.session.probe(watched.images, watched.labels, training)
        watched.session.probe(watched.images[:5], watched.labels[:5], not training)
        second = watched.session.probe(watched.images, watched.labels, training)
        assert first.loss == second.loss and same_bits(first.derivatives, second.derivatives)
        assert same_bits(quiet.session.state(), watched.session.state())
        assert quiet.session.outputs(quiet.images).tobytes() == watched.session.outputs(watched.images).tobytes()
        assert quiet.train(step, 1).losses.tolist() == watched.train(step, 1).losses.tolist()
    assert same_bits(quiet.session.state(), watched.session.state())


def test_what_was_found_stays(engine: str) -> None:
    """A result is the caller's own: neither later probes nor steps change it."""
    trainer = Trainer(engine, mixed_plan())
    found = trainer.session.probe(trainer.images, trainer.labels, training=True)
    parts = found.values, found.derivatives, found.gradients
    kept = [{name: array.copy() for name, array in part.items()} for part in parts]
    trainer.train()
    trainer.session.probe(trainer.images, trainer.labels, training=True)
    assert all(same_bits(one, other) for one, other in zip(parts, kept, strict=True))


def test_evaluation_looks_at_the_averages_and_training_at_the_parameters(engine: str) -> None:
    trainer = Trainer(engine, replace(mixed_plan(), average=0.9))
    trainer.train()
    last = [trainer.session.probe(trainer.images, trainer.labels, mode).values["linear2"] for mode in (False, True)]
    outputs = trainer.session.outputs(trainer.images)
    assert np.allclose(last[0], outputs, rtol=1e-4, atol=1e-5)
    state = trainer.session.state()
    plain = {key: array for key, array in state.items() if not key.endswith("/average")}
    other = load_engine(engine).start(replace(trainer.plan, average=None), plain)
    seen = other.probe(trainer.images, trainer.labels, training=True)
    assert np.allclose(seen.values["linear2"], last[1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(last[0], last[1], rtol=1e-2)


def test_gradients_are_those_of_the_next_step(engine: str) -> None:
    """Dropout included: with its masks of epoch 0 and the same images."""
    plan = make_plan("input(1, 6, 6) conv2d(3, 3) batchnorm relu flatten dropout(0.4) linear(4)", 16, MOMENTUM)
    trainer = Trainer(engine, replace(plan, seed=7), images=16)
    numbers = np.arange(100, 116)
    found = trainer.session.probe(trainer.images, trainer.labels, training=True, samples=numbers)
    chunk = Chunk(trainer.images, trainer.labels, np.arange(16), np.array([0.1]), samples=numbers)
    losses = trainer.session.train(chunk).losses
    assert found.loss == pytest.approx(losses[0], rel=1e-5)
    for key, gradient in found.gradients.items():
        step = trainer.session.state()[f"{key}/momentum"]
        assert np.allclose(gradient, step, rtol=1e-4, atol=1e-6 * max(1, np.abs(step).max())), key


def test_what_does_not_fit_is_refused(engine: str) -> None:
    trainer = Trainer(engine, mixed_plan())
    images, labels = trainer.images, trainer.labels
    for broken, message in (
        ((images[:0], labels[:0]), "at least one"),
        ((images, labels[:3]), "one for each of 40 images"),
        ((images[:, :1], labels), "2×8×8"),
        ((images, labels + 4), "expected 0 to 3"),
        ((images, labels.astype(np.int64)), "uint8"),
        ((images, labels, True, np.arange(3)), "samples"),
    ):
        with pytest.raises(EngineError, match=message):
            trainer.session.probe(*broken)


def test_batches_of_any_sizes_in_any_order(engine: str) -> None:
    """What a session keeps for one size leaves no trace in the next; a size that comes back finds the same bits."""
    trainer = Trainer(engine, mixed_plan())
    sizes = (1, 33, 7, 40, 16, 2)
    first, again = (
        [trainer.session.probe(trainer.images[:n], trainer.labels[:n], n % 2 == 0) for n in sizes] for _ in range(2)
    )
    for one, other in zip(first, again, strict=True):
        assert one.loss == other.loss and same_bits(one.values, other.values)
        assert same_bits(one.derivatives, other.derivatives) and same_bits(one.gradients, other.gradients)
