"""States of a run, kept while it trains."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import seedbed as sb
from seedbed.cli.app import app
from seedbed.data import Dataset, load_data
from seedbed.engine import load_engine
from seedbed.errors import StoreError
from seedbed.network import State, initial_state
from seedbed.runner.driver import Driver
from seedbed.runner.job import run_key
from seedbed.store import Workspace
from seedbed.study import Study
from seedbed.training import Ended, EpochEnded, Kind, Recipe, RunState, TrainingLoop
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.recording import Recorder, Recording, recorded_epochs

NETWORK = "flatten linear(12) batchnorm relu linear(10)"
RECIPE = Recipe.make(NETWORK, "digits", optimizer="sgd(0.1, momentum=0.9)", epochs=3, average=0.9)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


def make_loop(digits: Dataset, resume: RunState | None = None) -> TrainingLoop:
    return TrainingLoop(RECIPE, digits, 5, load_engine("native"), resume=resume)


def record(loop: TrainingLoop, folder: Path) -> None:
    recorder = Recorder(folder, RECIPE, 5, loop.plan.network)
    recorder(loop.run)
    for _ in loop.events():
        recorder(loop.snapshot())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@given(st.integers(1, 3000), st.integers(0, 10**8))
def test_which_epochs(epochs: int, size_bytes: int) -> None:
    chosen = recorded_epochs(epochs, size_bytes)
    assert len(chosen) <= 40 and len(chosen) * size_bytes <= 64_000_000
    assert list(chosen) == sorted(set(chosen))
    assert bool(chosen) == (size_bytes <= 64_000_000)
    if chosen:
        assert chosen[-1] == epochs
    if len(chosen) > 1:
        assert chosen[0] == 0
    if epochs < 40 and (epochs + 1) * size_bytes <= 64_000_000:
        assert chosen == tuple(range(epochs + 1))
    elif len(chosen) > 3:
        # Log-spaced: no gap is shorter than the one before it by more than rounding.
        gaps = np.diff(chosen[1:])
        assert (np.diff(gaps) >= -1).all()


def test_states_are_those_after_the_epochs(digits: Dataset, tmp_path: Path) -> None:
    loop = make_loop(digits)
    record(loop, tmp_path)
    states: dict[int, State] = {0: initial_state(loop.plan.network, RECIPE.init, 5)}
    plain = make_loop(digits)
    for event in plain.events():
        if isinstance(event, EpochEnded):
            states[event.record.epoch] = plain.snapshot().state
    recording = Recording.load(tmp_path)
    assert (recording.recipe, recording.seed, recording.problems) == (RECIPE, 5, ())
    assert list(recording.states) == [0, 1, 2, 3]
    names = {*loop.plan.network.parameter_shapes, *loop.plan.network.buffer_shapes}
    for epoch, state in recording.states.items():
        assert state.keys() == names
        assert all(array.tobytes() == states[epoch][name].tobytes() for name, array in state.items())


def test_an_interrupted_run_leaves_the_same_files(digits: Dataset, tmp_path: Path) -> None:
    """Stopped after every event: between steps, right after the last of an epoch, and right after an epoch."""
    record(make_loop(digits), tmp_path / "whole")
    driver = Driver(RECIPE, digits, 5, load_engine("native"), file=tmp_path / "run", recording=tmp_path / "parts")
    for _ in range(1000):
        with closing(driver.events()) as events:
            if isinstance(next(events), Ended):
                break
        driver = Driver(RECIPE, digits, 5, load_engine("native"), file=tmp_path / "run", recording=tmp_path / "parts")
    assert driver.run.history.epochs[-1].epoch == 3
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_run_that_begins_anew_takes_the_old_recording_out(digits: Dataset, tmp_path: Path) -> None:
    for name in ("epoch-000", "epoch-007", "epoch-about"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"old")
    record(make_loop(digits), tmp_path)
    assert sorted(contents(tmp_path)) == [f"epoch-{name}.safetensors" for name in ("000", "001", "002", "003", "about")]


def test_damage_is_left_out_and_named(digits: Dataset, tmp_path: Path) -> None:
    record(make_loop(digits), tmp_path)
    damaged = tmp_path / "epoch-002.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
    recording = Recording.load(tmp_path)
    assert list(recording.states) == [0, 1, 3]
    assert len(recording.problems) == 1 and "epoch-002" in recording.problems[0]
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    with pytest.raises(StoreError, match="epoch-000"):
        Recording.load(tmp_path)
    with pytest.raises(StoreError, match="nowhere': expected files"):
        Recording.load(tmp_path / "nowhere")


def test_epochs_of_two_runs_are_refused(digits: Dataset, tmp_path: Path) -> None:
    record(make_loop(digits), tmp_path)
    run, recipe, seed = load_run(tmp_path / "epoch-001.safetensors")
    save_run(tmp_path / "epoch-001.safetensors", run, recipe, seed + 1)
    with pytest.raises(StoreError, match="the epochs of one run"):
        Recording.load(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="file' cannot be written"):
        sb.train("softmax", "digits", epochs=1, record=tmp_path / "file")


def test_a_diverged_run_has_its_epochs_before(tmp_path: Path) -> None:
    run = sb.train("flatten linear(10)", "digits", loss="mse", optimizer="sgd(1e30)", epochs=2, record=tmp_path)
    assert run.outcome is not None and run.outcome.kind is Kind.DIVERGED
    assert run.recording is not None and list(run.recording.states) == [0]


def test_train_records_into_a_folder(tmp_path: Path) -> None:
    run = sb.train(NETWORK, "digits", epochs=2, record=tmp_path / "new" / "folder")
    assert run.recording is not None and list(run.recording.states) == [0, 1, 2]
    assert (run.recording.states[2]["linear1.weight"] == run.model.state["linear1.weight"]).all()
    assert sb.train(NETWORK, "digits", epochs=1).recording is None


def test_the_command_trains_again_to_record(tmp_path: Path) -> None:
    def train(*options: str) -> str:
        arguments = ["train", NETWORK, "--data", "digits", "--epochs", "2", "--workspace", str(tmp_path), *options]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0
        return result.stdout

    train()
    workspace = Workspace(tmp_path)
    (key,) = workspace.ledger.all_keys()
    assert not workspace.recording_folder(key).exists()
    assert "already trained" not in train("--record")
    assert list(Recording.load(workspace.recording_folder(key)).states) == [0, 1, 2]
    assert "already trained" in train("--record")
    train("--again")
    assert not workspace.recording_folder(key).exists()


def test_what_a_killed_process_was_recording_is_swept_up(digits: Dataset, tmp_path: Path) -> None:
    workspace, key = Workspace(tmp_path), run_key(RECIPE, 5, "native")
    folder = workspace.recording_folder(key)
    record(make_loop(digits), folder)
    (folder / ".epoch-002.safetensors.abc.part").write_bytes(b"half")
    with workspace.hold(key):
        assert list(Recording.load(folder).states) == [0, 1, 2, 3]
        assert len(contents(folder)) == 4


STUDY = """
name = "two"
title = "A variant and a grid"
question = "Which is recorded?"
source = "nobody"
[defaults]
data = "digits"
[full]
seeds = 2
epochs = 1
[quick]
seeds = 2
epochs = 1
[[variants]]
name = "alone"
title = "Alone"
network = "flatten linear(10)"
[[grids]]
grid = "rates"
caption = "Rates"
name = "rate-{lr}"
title = "Rate {lr}"
network = "flatten linear(10)"
optimizer = "sgd(lr={lr})"
[grids.axes]
lr = [0.01, 0.1]
"""


def test_a_study_records_the_first_seed_of_each_variant(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(STUDY, "utf-8")
    result = Study.load(tmp_path / "two.toml").run(quick=True, jobs=1, workspace=tmp_path / "w")
    (folder,) = Workspace(tmp_path / "w").recordings.iterdir()
    recording = Recording.load(folder)
    assert (recording.recipe, recording.seed) == (result.variants[0].recipe, 0)
    assert list(recording.states) == [0, 1]
