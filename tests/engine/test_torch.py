"""What the torch engine has beside the contract: devices, its own masks, stacked runs, a model to keep."""

import gc
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from cases import make_plan, pictures, some_state
from torch_model import Spread, distance, measure_spread

import seedbed as sb
from seedbed import engine as engines
from seedbed.data.preparation import fit_input
from seedbed.engine import choose_engine, load_engine, multiply_adds
from seedbed.engine.base import Chunk, Plan
from seedbed.engine.torch import TorchEngine
from seedbed.engine.torch.device import ArrayCache, exactly
from seedbed.engine.torch.masks import dropout_mask
from seedbed.engine.torch.modules import MODULES
from seedbed.engine.torch.stacked import StackedRuns
from seedbed.errors import EngineError
from seedbed.network import LAYERS, load_network
from seedbed.network import dropout_mask as defined_mask
from seedbed.training import Model

CPU = torch.device("cpu")


def test_every_layer_has_a_module() -> None:
    assert {layer.notation for layer in MODULES} == set(LAYERS)


PLACES = [(0.5, 0, 0, 0), (0.2, 2**64 - 1, 2**32 - 1, 7), (0.999, 2**40 + 3, 5, 200), (0, 1, 1, 1)]


@pytest.mark.parametrize("place", PLACES)
def test_masks_are_those_of_every_engine(place: tuple[float, int, int, int]) -> None:
    p, seed, epoch, node_index = place
    samples = np.array([0, 3, 2**32 - 1, 3, 12345])
    for shape in ((7,), (3, 5, 2)):
        mine = dropout_mask(p, seed, epoch, torch.from_numpy(samples), node_index, shape)
        assert np.array_equal(mine.numpy(), defined_mask(p, seed, epoch, samples, node_index, shape))


def test_no_device_by_a_wrong_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_TORCH_DEVICE", "cpu")
    assert load_engine("torch").description == "torch (cpu)"
    monkeypatch.setenv("SEEDBED_TORCH_DEVICE", "cuda:99")
    with pytest.raises(EngineError, match=r"SEEDBED_TORCH_DEVICE: expected cpu.*got 'cuda:99'"):
        load_engine("torch")


def test_without_pytorch_the_way_to_it_is_named() -> None:
    code = """
import sys
sys.modules["torch"] = None
from seedbed.engine import load_engine
load_engine("native")
load_engine("torch")"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = f"EngineError: engine 'torch' needs PyTorch. Install it: {sys.executable} -m pip install torch"
    assert said in done.stderr


def test_settings_of_the_process_are_put_back() -> None:
    before = torch.get_num_threads()
    with pytest.raises(EngineError, match="not enough memory on 'cpu'"), exactly(CPU, before + 1):
        assert torch.get_num_threads() == before + 1
        raise torch.OutOfMemoryError
    assert torch.get_num_threads() == before


def test_a_data_set_is_sent_once_and_forgotten_with_its_array() -> None:
    shelf, labels = ArrayCache(CPU), np.zeros(2, dtype=np.uint8)
    images = np.zeros((2, 1, 3, 3), dtype=np.uint8)
    chunk = Chunk(images, labels, np.arange(2), np.ones(1))
    first, _ = shelf.fetch(chunk)
    assert shelf.fetch(replace(chunk, order=np.arange(1)))[0] is first
    del chunk, images
    gc.collect()
    other = Chunk(np.ones((2, 1, 3, 3), dtype=np.uint8), labels, np.arange(2), np.ones(1))
    assert shelf.fetch(other)[0].all() and len(shelf._kept) == 2


SMOOTH = (
    "input(2, 8, 8) conv2d(5, 3, padding=1) batchnorm(unbiased=false) tanh avgpool2d(2) "
    "flatten linear(9) gelu dropout(0.3) linear(4)"
)
RECIPES = {
    "adam, clipped, averaged": (SMOOTH, "adam(0.02, eps=1e-3)", "cross_entropy", {"clip_norm": 0.5, "average": 0.9}),
    "sgd with decay": (SMOOTH, "sgd(0.1, momentum=0.9)", "mse", {"decay": {"linear1.weight": 0.2}}),
    "weighted classes": (
        SMOOTH, "sgd(0.1)", "cross_entropy", {"class_weights": np.array([0.5, 3, 1, 0], dtype=np.float32)},
    ),
    "a wrong gradient": (
        "input(1, 8, 8) conv2d(4, 3) sigmoid(gradient=tanh) flatten linear(4) sigmoid(gradient=tanh)",
        "sgd(0.1, momentum=0.9)", "mse", {},
    ),
    "LeNet-5 of 1998": (
        "input(1, 12, 12) conv2d(6, 3) scaled_tanh subsample(2) conv2d(16, 2, table=lenet5) silu "
        "local_response_norm(3) avgpool2d(2, ceil_mode=true) flatten linear(84) scaled_tanh rbf",
        "sgd(0.001)", "squared_hinge(0.01)", {},
    ),
}  # fmt: skip


def stacked(text: str, optimizer: str, loss: str, settings: dict) -> tuple[list[Plan], list[Chunk]]:
    """Plans and chunks of three seeds."""
    plan = replace(make_plan(text, 16, optimizer, loss), **settings)
    images, labels = pictures(60, plan.network)
    lrs = plan.optimizer.lr * np.linspace(1, 0.5, 4)
    orders = [np.random.default_rng(seed).permutation(60) for seed in range(3)]
    return [replace(plan, seed=seed) for seed in range(3)], [Chunk(images, labels, o, lrs, epoch=2) for o in orders]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_stacked_runs_are_runs_of_their_own(recipe: tuple) -> None:
    """Another order of sums: both are off by what rounding does to such a run, measured on the first of them."""
    plans, chunks = stacked(*recipe)
    states = [some_state(plan.network, seed) for seed, plan in enumerate(plans)]
    runs = TorchEngine().start_stacked(plans, states)
    steps = runs.train(chunks)
    outputs, after = runs.outputs(chunks[0].images), runs.states()
    images, labels, lrs = chunks[0].images, chunks[0].labels, chunks[0].lrs
    spread = measure_spread(plans[0], states[0], images, labels, lrs)
    room = 2 * Spread.ROOM
    for seed, (plan, state, chunk) in enumerate(zip(plans, states, chunks, strict=True)):
        alone = load_engine("torch").start(plan, state)
        expected = alone.train(chunk)
        assert np.abs(steps[seed].losses - expected.losses).max() <= room * spread.losses
        assert np.abs(steps[seed].wrong - expected.wrong).max() <= 1
        assert np.abs(outputs[seed] - alone.outputs(images)).max() <= room * max(spread.outputs, spread.losses)
        assert after[seed].keys() == alone.state().keys()
        for key, array in alone.state().items():
            assert after[seed][key].dtype == array.dtype and after[seed][key].shape == array.shape
            assert distance(after[seed][key], array) <= room * spread.state.get(key, 0), key
    assert not np.array_equal(after[0]["linear1.weight"], after[1]["linear1.weight"])


def test_stacked_runs_resume_with_the_same_bits() -> None:
    plans, chunks = stacked(*RECIPES["adam, clipped, averaged"])
    states = [some_state(plan.network, seed) for seed, plan in enumerate(plans)]
    whole = StackedRuns(plans, states, CPU, 1)
    resumed = StackedRuns(plans, whole.states(), CPU, 1)
    for runs in (whole, resumed):
        runs.train(chunks)
        resumed.load_states(whole.states())
    last = [[steps.losses.tolist() for steps in runs.train(chunks)] for runs in (whole, resumed)]
    assert last[0] == last[1]


def spoiled_plans(plans: list[Plan]) -> Sequence[Plan]:
    return [plans[0], replace(plans[1], clip_norm=0.7), plans[2]]


def test_stacked_runs_that_do_not_go_together_are_refused() -> None:
    plans, chunks = stacked(*RECIPES["adam, clipped, averaged"])
    states = [some_state(plan.network) for plan in plans]
    with pytest.raises(EngineError, match=r"plans: .*number 1 differs"):
        StackedRuns(spoiled_plans(plans), states, CPU, 1)
    with pytest.raises(EngineError, match="states: expected one for each of 3 runs, got 2"):
        StackedRuns(plans, states[:2], CPU, 1)
    runs = StackedRuns(plans, states, CPU, 1)
    with pytest.raises(EngineError, match=r"chunks: .*number 2 differs"):
        runs.train([*chunks[:2], replace(chunks[2], epoch=0)])
    with pytest.raises(EngineError, match="one for each"):
        runs.train(chunks[:2])


INPUTS = ["standardize", "scale", "pad(2) crop(9) standardize", "standardize_image", "pca(20) standardize", ""]


@pytest.mark.parametrize("input", INPUTS)
def test_a_model_of_pytorch_answers_the_same(input: str) -> None:
    dataset = sb.load_data("digits")
    fitted = fit_input(input, dataset)
    front = "conv2d(4, 3) batchnorm relu maxpool2d(2)" if fitted.image_shape[1] > 1 else ""
    text = f"{front} flatten linear(10)"
    network = load_network(text, fitted.image_shape)
    ours = Model(network, some_state(network), fitted, engine="reference")
    theirs = ours.to_torch()
    assert [name for name, _ in theirs.named_children()] == ["input", *(node.name for node in network.nodes)]
    pixels = dataset.test_images[:50]
    with torch.no_grad():
        answers = theirs(torch.from_numpy(pixels.copy())).numpy()
    expected = ours.logits(pixels)
    assert np.abs(answers - expected).max() <= 1e-5 * max(1, np.abs(expected).max())


def test_a_model_of_pytorch_holds_the_averages_and_can_be_trained() -> None:
    network = load_network("conv2d(3, 3) tanh dropout flatten linear(10)", (1, 8, 8))
    state = some_state(network)
    state["linear1.bias/average"] = state["linear1.bias"] + 1
    model = Model(network, state, fit_input("scale", sb.load_data("digits")), engine="reference")
    theirs = model.to_torch().train()
    assert np.array_equal(theirs.linear1.bias.detach().numpy(), state["linear1.bias/average"])
    assert {key for key, _ in theirs.named_parameters()} == set(network.parameter_shapes)
    theirs(torch.ones(2, 1, 8, 8)).sum().backward()
    torch.optim.SGD(theirs.parameters(), 0.1).step()
    assert np.array_equal(model.state["linear1.bias"], state["linear1.bias/average"])


def test_multiply_adds_are_counted() -> None:
    """conv: 2·9 inputs × 3·4·5 outputs; by a table 1 + 2 channels; linear 20 × 7."""
    assert multiply_adds(load_network("conv2d(3, 3)", (2, 6, 7))) == 18 * 60
    assert multiply_adds(load_network("conv2d(2, 3, table=(1, 3)) relu", (2, 3, 3))) == 27
    assert multiply_adds(load_network("flatten linear(7)", (1, 4, 5))) == 140


def test_the_engine_follows_size_and_device(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = load_network("lenet5"), load_network("cifar-tutorial", (3, 24, 24))
    assert multiply_adds(small) < engines.LARGE < multiply_adds(large)
    monkeypatch.setattr("seedbed.engine.torch.engine.find_device", lambda: torch.device("cuda"))
    assert choose_engine(small) == "native"
    assert choose_engine(large) == "torch"
    monkeypatch.setattr("seedbed.engine.torch.engine.find_device", lambda: CPU)
    assert choose_engine(large) == "native"
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    monkeypatch.setattr("seedbed.engine.torch.engine.find_device", lambda: torch.device("cuda"))
    assert choose_engine(large) == "native"


def test_a_run_from_end_to_end() -> None:
    run = sb.train("conv2d(4, 3) relu dropout(0.1) flatten linear(10)", "digits", epochs=4, engine="torch", threads=1)
    assert run.engine.startswith("torch (") and run.test_error < 15
    assert run.model.logits(sb.load_data("digits").test_images).shape == (360, 10)
