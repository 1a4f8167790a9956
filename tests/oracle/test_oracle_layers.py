"""Every engine against PyTorch, layer by layer.

Both sides may be off: the engine by its own bound, PyTorch by that of float64.
"""

import numpy as np
import pytest
from bounds import FLOAT32, FLOAT64, Analysis, Bounded, analyse
from cases import NETWORKS, make_plan, pictures, some_state
from numpy.typing import NDArray
from torch_model import run_torch

from seedbed.engine import ENGINES, load_engine
from seedbed.engine.base import Chunk

BATCH_SIZE = 19


def bounds_of(engine: str, *arguments: object) -> tuple[Analysis, Analysis]:
    """What the engine may be off, and what PyTorch may be off."""
    unit = FLOAT64 if engine == "reference" else FLOAT32
    return analyse(*arguments, unit), analyse(*arguments, FLOAT64)  # type: ignore[arg-type]


def close(ours: NDArray[np.floating], theirs: NDArray[np.floating], engine: Bounded, torch: Bounded) -> bool:
    allowed = engine.error + torch.error + FLOAT32 * engine.reach
    return bool((np.abs(ours.astype(np.float64) - theirs) <= allowed).all())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_layers_are_pytorch_s(engine: str, text: str) -> None:
    """Outputs, loss, gradients and running statistics of one step."""
    plan = make_plan(text, BATCH_SIZE, "sgd(lr=0.1, momentum=0.9)")
    images, labels = pictures(BATCH_SIZE, plan.network)
    state, lrs = some_state(plan.network), np.array([0.1])
    theirs = run_torch(plan, state, images, labels, lrs)
    mine, torch = bounds_of(engine, plan, state, images, labels)
    session = load_engine(engine).start(plan, state)
    assert close(session.outputs(images), theirs.outputs, mine.outputs, torch.outputs)
    losses = session.train(Chunk(images, labels, np.arange(BATCH_SIZE), lrs)).losses
    after = session.state()
    assert close(losses, theirs.losses, mine.loss, torch.loss)
    assert theirs.gradients.keys() == mine.gradients.keys()
    for key, gradient in theirs.gradients.items():
        assert close(after[f"{key}/momentum"], gradient, mine.gradients[key], torch.gradients[key]), key
    for key in plan.network.buffer_shapes:
        assert close(after[key], theirs.state[key], mine.buffers[key], torch.buffers[key]), key


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", ["cross_entropy", "mse", "mse(reduction=mean)"])
def test_losses_are_pytorch_s(engine: str, loss: str) -> None:
    plan = make_plan("input(1, 4, 4) flatten linear(7)", BATCH_SIZE, "sgd(lr=0.1, momentum=0.9)", loss)
    images, labels = pictures(BATCH_SIZE, plan.network)
    state, lrs = some_state(plan.network), np.array([0.1])
    theirs = run_torch(plan, state, images, labels, lrs)
    mine, torch = bounds_of(engine, plan, state, images, labels)
    session = load_engine(engine).start(plan, state)
    losses = session.train(Chunk(images, labels, np.arange(BATCH_SIZE), lrs)).losses
    assert close(losses, theirs.losses, mine.loss, torch.loss)
    for key, gradient in theirs.gradients.items():
        assert close(session.state()[f"{key}/momentum"], gradient, mine.gradients[key], torch.gradients[key]), key
