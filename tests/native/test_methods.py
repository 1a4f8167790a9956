"""Minimal filtering takes the place of direct convolution where it costs less, and only there."""

import numpy as np
import pytest
from cases import make_plan, pictures, some_state

from seedbed.engine import load_engine
from seedbed.engine.base import Chunk
from seedbed.engine.native import _native
from seedbed.engine.native.lower import convolution_methods, lower
from seedbed.engine.native.methods import VARIABLE
from seedbed.engine.native.session import NativeSession
from seedbed.errors import EngineError
from seedbed.network import ZOO, load_network

WIDE = (
    "input(1, 14, 14) conv2d(32, 3) relu conv2d(32, 5, padding=2) relu maxpool2d(2) conv2d(64, 3) tanh "
    "conv2d(32, 3, padding=1) flatten linear(10)"
)
NAMES = ("pack", "forward", "weight_gradient", "input_gradient")


def kernels(text: str, direct: bool = False) -> set[str]:
    numbers = {op.kernel for stage in lower(make_plan(text, 20), direct).program.training for op in stage.ops}
    names = [f"{way}_{name}" for way in ("conv2d", "minimal") for name in NAMES]
    return {name for name in names if _native.Op(name).kernel in numbers}


def test_each_layer_has_its_method() -> None:
    assert convolution_methods(load_network("svm-cnn", (1, 28, 28))) == {
        "conv1": "direct",
        "conv2": "minimal 4×4",
        "conv3": "minimal 3×3",
    }
    assert convolution_methods(load_network("multilayer-cnn", (1, 28, 28)))["conv2"] == "minimal 2×2"


@pytest.mark.parametrize("text", [name for name in ZOO if name.startswith("lenet5")])
def test_networks_of_few_channels_stay_direct(text: str) -> None:
    assert set(convolution_methods(load_network(text, (1, 28, 28))).values()) == {"direct"}


@pytest.mark.parametrize(
    "layer",
    [
        "conv2d(32, 3, stride=2)",
        "conv2d(32, 4)",
        "conv2d(31, 3)",
        "conv2d(32, 3, padding=1) maxpool2d(2) conv2d(32, 7, padding=3)",
    ],
)
def test_what_minimal_filtering_lacks_stays_direct(layer: str) -> None:
    assert "direct" in convolution_methods(load_network(f"{layer} flatten linear(10)", (32, 14, 14))).values()


def test_one_result_costs_less_directly() -> None:
    assert convolution_methods(load_network("conv2d(32, 3) flatten linear(10)", (32, 3, 3))) == {"conv1": "direct"}


def test_the_direct_way_can_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name for name in kernels(WIDE) if name.startswith("minimal")} == {f"minimal_{name}" for name in NAMES}
    assert not any(name.startswith("minimal") for name in kernels(WIDE, direct=True))
    monkeypatch.setenv(VARIABLE, "direct")
    assert set(convolution_methods(load_network(WIDE)).values()) == {"direct"}
    engine = load_engine("native")
    assert engine.description.endswith(", direct)")
    plan = make_plan(WIDE, 20)
    state = some_state(plan.network)
    images, labels = pictures(60, plan.network)
    chunk = Chunk(images, labels, np.arange(60), np.full(3, 0.05))
    forced, chosen = engine.start(plan, state), NativeSession(plan, state, "", 1, direct=True)
    assert forced.train(chunk).losses.tolist() == chosen.train(chunk).losses.tolist()
    monkeypatch.delenv(VARIABLE)
    minimal = load_engine("native").start(plan, state)
    minimal.train(chunk)
    assert not np.array_equal(minimal.outputs(images), forced.outputs(images))


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "winograd")
    with pytest.raises(EngineError, match="SEEDBED_CONVOLUTION: expected 'direct' or nothing, got 'winograd'"):
        load_engine("native")


@pytest.mark.parametrize("batch_size", [13, 32])
def test_both_ways_agree(batch_size: int) -> None:
    """Against each other in single precision, by the size of what they give."""
    plan = make_plan(WIDE, batch_size)
    state = some_state(plan.network)
    images, labels = pictures(batch_size, plan.network)
    found = [NativeSession(plan, state, "", 2, direct).probe(images, labels, training=True) for direct in (False, True)]
    for name, gradient in found[1].gradients.items():
        size = np.abs(gradient).max()
        assert np.abs(found[0].gradients[name] - gradient).max() <= 1e-4 * size, name
    for name, value in found[1].values.items():
        assert np.abs(found[0].values[name] - value).max() <= 1e-4 * np.abs(value).max(), name
