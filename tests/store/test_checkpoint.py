import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedbed.errors import StoreError
from seedbed.training import EpochRecord, History, Intervention, Kind, Outcome, Recipe, RunState
from seedbed.training.checkpoint import load_run, save_run

RECIPE = Recipe.make("flatten linear(10)", "digits", epochs=3)


def some_run(epochs: int = 2) -> RunState:
    random = np.random.default_rng(4)
    records = [EpochRecord(e + 1, *random.normal(size=6).tolist()) for e in range(epochs)]
    return RunState(
        state={
            "linear1.weight": random.normal(size=(10, 4)).astype(np.float32),
            "linear1.weight/momentum": random.normal(size=(10, 4)).astype(np.float32),
            "norm1.running_var": np.zeros(3, dtype=np.float32),
        },
        history=History(
            records,
            random.normal(size=7).astype(np.float32),
            np.arange(7, dtype=np.int32),
            open_s=math.pi / 7,
            best_epoch=2,
            interventions=[Intervention(3, "lr", math.pi), Intervention(4, "lr", 1e-300)],
        ),
        outcome=Outcome(Kind.ONE_ANSWER, answer="6"),
        outputs=random.normal(size=(5, 10)).astype(np.float32),
    )


def same(one: RunState, other: RunState) -> bool:
    return (
        one.state.keys() == other.state.keys()
        and all(one.state[key].tobytes() == other.state[key].tobytes() for key in one.state)
        and repr(one.history.epochs) == repr(other.history.epochs)
        and one.history.step_losses.tobytes() == other.history.step_losses.tobytes()
        and one.history.step_wrong.tobytes() == other.history.step_wrong.tobytes()
        and (one.history.open_s, one.outcome) == (other.history.open_s, other.outcome)
        and one.history.best_epoch == other.history.best_epoch
        and one.history.interventions == other.history.interventions
        and (one.outputs is None) == (other.outputs is None)
        and (one.outputs is None or other.outputs is None or one.outputs.tobytes() == other.outputs.tobytes())
    )


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_comes_back_with_the_same_bits(tmp_path: Path, epochs: int) -> None:
    run = some_run(epochs)
    save_run(tmp_path / "run", run, RECIPE, 2**64 - 1)
    found, recipe, seed = load_run(tmp_path / "run")
    assert same(found, run)
    assert (recipe, seed) == (RECIPE, 2**64 - 1)
    assert all(array.flags.writeable for array in found.state.values())


def test_nan_and_infinity_survive(tmp_path: Path) -> None:
    run = some_run()
    run.history.epochs[1] = replace(run.history.epochs[1], train_loss=math.nan, test_loss=math.inf)
    run.history.step_losses[3] = np.nan
    run.outcome, run.outputs = Outcome(Kind.DIVERGED, step=4), None
    run.state["linear1.weight"][2] = -np.inf
    save_run(tmp_path / "run", run, RECIPE, 0)
    assert same(load_run(tmp_path / "run")[0], run)


def test_a_run_before_its_first_step(tmp_path: Path) -> None:
    run = RunState({"linear1.bias": np.zeros(10, dtype=np.float32)})
    save_run(tmp_path / "run", run, RECIPE, 0)
    assert same(load_run(tmp_path / "run")[0], run)


def test_equal_runs_give_equal_files(tmp_path: Path) -> None:
    assert save_run(tmp_path / "a", some_run(), RECIPE, 1) == save_run(tmp_path / "b", some_run(), RECIPE, 1)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_every_damaged_byte_and_every_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "run"
    save_run(path, some_run(), RECIPE, 1)
    whole = path.read_bytes()
    for place in range(0, len(whole), 23):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(StoreError, match="expected a run of Seedbed"):
            load_run(path)
        path.write_bytes(whole[:place])
        with pytest.raises(StoreError, match="expected a run of Seedbed"):
            load_run(path)


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing': no such file"):
        load_run(tmp_path / "nothing")
    with pytest.raises(StoreError, match="expected a run of Seedbed"):
        load_run(tmp_path)
    np.save(tmp_path / "foreign.npy", np.arange(3))
    with pytest.raises(StoreError, match=r"foreign\.npy"):
        load_run(tmp_path / "foreign.npy")


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing/run' cannot be written: No such file"):
        save_run(tmp_path / "missing" / "run", some_run(), RECIPE, 1)


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    save_run(path, some_run(1), RECIPE, 1)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        save_run(path, some_run(2), RECIPE, 1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
