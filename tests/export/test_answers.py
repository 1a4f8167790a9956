"""An exported network answers as ours does, to a bound that follows from rounding: every layer, every input step."""

import importlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import NETWORKS, pictures, some_state
from exported_answers import answers, expected, load_module

import seedbed as sb
from seedbed.data.preparation import FittedInput, fit_input
from seedbed.data.preparation.input_steps import INPUTS, load_input
from seedbed.errors import EngineError
from seedbed.export import FORMS
from seedbed.network import LAYERS, Network, load_network
from seedbed.training import Model

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning:keras")
PACKAGES = {"onnx": ("onnx", "onnxruntime"), "keras": ("keras", "torch"), "torch": ("torch",), "numpy": ()}
EVERY_FORM = pytest.mark.parametrize("form", FORMS)
STEPS = [
    "",
    "scale",
    "standardize",
    "standardize(0.2, 0.4)",
    "standardize_image",
    "pca(20) standardize",
    "pad(2) crop(9)",
]
# Others differ in what an engine of ours makes of neighbours alone.
CASES = [
    name
    for name in NETWORKS
    if not name.startswith(
        ("conv conv", "conv 1", "linear one", "linear wide", "softmax of", "pad between", "pad then")
    )
    and not name.endswith(("first", "after relu", "before relu", "twice", "odd"))
]
COLOURED = ["standardize", "standardize_image pad(1)", "pca(12)", "crop(5) standardize"]


def installed(form: str) -> None:
    for package in PACKAGES[form]:
        pytest.importorskip(package)


def by_channel(network: Network) -> FittedInput:
    """Pixels to about -1…1, a little differently per channel."""
    channels = np.arange(network.input_shape[0], dtype=np.float32)
    numbers = {"0.scale": ((1 + 0.1 * channels) / 127.5).astype(np.float32), "0.shift": 0.05 * channels - 1}
    return FittedInput.load("standardize", numbers, network.input_shape, "uint8")


def assert_equal(form: str, model: Model, images: np.ndarray, path: Path) -> None:
    found = answers(form, model.export(path, form)[0], images)
    wanted = expected(model, images)
    assert (np.abs(model.probabilities(images) - wanted.value) <= wanted.error).all()
    assert (np.abs(found - wanted.value) <= wanted.error).all()
    # A bound that lets everything pass would show nothing.
    assert np.median(wanted.error) < 1e-3


def test_every_layer_and_input_step_is_here() -> None:
    used = {layer.notation for name in CASES for layer in Network.parse(NETWORKS[name]).layers}
    assert used == set(LAYERS)
    assert {step.notation for text in STEPS for step in load_input(text)} == set(INPUTS)


@EVERY_FORM
@pytest.mark.parametrize("name", CASES)
def test_layers(form: str, name: str, tmp_path: Path) -> None:
    installed(form)
    network = load_network(NETWORKS[name])
    model = Model(network, some_state(network), by_channel(network))
    assert_equal(form, model, pictures(17, network)[0], tmp_path / "m")


@EVERY_FORM
@pytest.mark.parametrize("input", STEPS)
def test_input_steps(form: str, input: str, tmp_path: Path) -> None:
    installed(form)
    dataset = sb.load_data("digits")
    fitted = fit_input(input, dataset)
    front = "conv2d(4, 3) relu maxpool2d(2)" if fitted.image_shape[1] > 1 else ""
    network = load_network(f"{front} flatten linear(10)", fitted.image_shape)
    state = some_state(network)
    if not input:
        state["conv1.weight"] /= 64
    assert_equal(form, Model(network, state, fitted), dataset.test_images[:50], tmp_path / "m")


@EVERY_FORM
@pytest.mark.parametrize("input", COLOURED)
def test_input_steps_of_colours(form: str, input: str, tmp_path: Path) -> None:
    installed(form)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 3, 7, 8), dtype=np.uint8)
    labels = random.integers(0, 3, 60).astype(np.uint8)
    dataset = sb.Dataset("colours", images, labels, images[:20], labels[:20], ("a", "b", "c"), "random numbers")
    fitted = fit_input(input, dataset)
    network = load_network("flatten linear(5) tanh linear(3)", fitted.image_shape)
    assert_equal(form, Model(network, some_state(network), fitted), images[:20], tmp_path / "m")


@EVERY_FORM
def test_images_of_floating_point_and_fewer_names_than_outputs(form: str, tmp_path: Path) -> None:
    installed(form)
    network = load_network("flatten linear(5) sigmoid linear(4)", (1, 3, 2))
    model = Model(network, some_state(network), FittedInput.load("", {}, (1, 3, 2), "float32"), classes=["a", "b", "c"])
    images = np.random.default_rng(0).normal(size=(9, 1, 3, 2)).astype(np.float32)
    assert answers(form, model.export(tmp_path / "m", form)[0], images).shape == (9, 3)
    assert_equal(form, model, images, tmp_path / "m")


@EVERY_FORM
def test_a_sigmoid_that_has_fallen_to_nothing(form: str, tmp_path: Path) -> None:
    installed(form)
    network = load_network("flatten linear(3) sigmoid", (1, 2, 2))
    state = some_state(network)
    state["linear1.bias"] = np.full(3, -500, np.float32)
    model = Model(network, state, by_channel(network))
    found = answers(form, model.export(tmp_path / "m", form)[0], pictures(4, network)[0])
    np.testing.assert_allclose(found, np.full((4, 3), 1 / 3), rtol=1e-6)


@cache
def trained() -> sb.Run:
    return sb.train(
        "conv2d(6, 3) batchnorm relu avgpool2d(2) flatten linear(10)", "digits", epochs=2, seed=3, progress=False
    )


@EVERY_FORM
def test_a_trained_network_on_all_test_images(form: str, tmp_path: Path) -> None:
    installed(form)
    images = sb.load_data("digits").test_images
    assert_equal(form, trained().model, images, tmp_path / "m")
    found = answers(form, trained().model.export(tmp_path / "m", form)[0], images)
    assert (found.argmax(axis=1) == trained().model.predict(images)).all()


def test_one_image_more_or_less_changes_nothing(tmp_path: Path) -> None:
    images = sb.load_data("digits").test_images[:300]
    module = load_module(trained().model.export(tmp_path / "m", "numpy")[0])
    found = module.probabilities(images)
    assert module.probabilities(images[:0]).shape == (0, 10)
    np.testing.assert_allclose(module.probabilities(images[257:258]), found[257:258], rtol=1e-5)
    np.testing.assert_array_equal(module.probabilities(images[:, 0]), found)
    with pytest.raises(ValueError, match=r"expected uint8 of shape \(n, \*\(1, 8, 8\)\), got float64"):
        module.probabilities(images / 255)


def test_a_layer_without_a_form_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = {"numpy": ("numpy_file", "CALLS"), "torch": ("torch_file", "MODULES")}
    for form, (module, table) in places.items():
        known = dict(getattr(importlib.import_module(f"seedbed.export.{module}"), table))
        del known[sb.BatchNorm]
        monkeypatch.setattr(f"seedbed.export.{module}.{table}", known)
        with pytest.raises(EngineError, match=rf"export to {form}: .*layer 'batchnorm' \('norm1'\)"):
            trained().model.export(tmp_path / "m", form)
    assert list(tmp_path.iterdir()) == []
