"""The driver: wherever it is left, what it stored goes on from exactly there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import Dataset, load_data
from seedbed.engine import load_engine
from seedbed.errors import StoreError
from seedbed.runner.driver import Driver
from seedbed.training import Ended, EpochEnded, Event, Kind, Progress, Recipe, RunState
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.recording import Recording

RECIPE = Recipe.make(
    "flatten linear(12) batchnorm tanh linear(10)", "digits", optimizer="adam(0.01)", epochs=3, average=0.9
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


@pytest.fixture(scope="module")
def undisturbed(digits: Dataset) -> dict[str, bytes]:
    driver = Driver(RECIPE, digits, 5, load_engine("native"))
    for _ in driver.events():
        pass
    return bits(driver.run)


def driver_of(digits: Dataset, folder: Path, **settings: object) -> Driver:
    chosen = {"file": folder / "run", "recording": folder / "recording", "checkpoint_s": 1e9}
    return Driver(RECIPE, digits, 5, load_engine("native"), **chosen | settings)  # type: ignore[arg-type]


def bits(run: RunState) -> dict[str, bytes]:
    assert run.outputs is not None
    arrays = {**run.state, "losses": run.history.step_losses, "outputs": run.outputs}
    return {name: array.tobytes() for name, array in arrays.items()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def until(events: Iterator[Event], kind: type, count: int) -> Event:
    """The event of a kind, by its number."""
    for event in events:
        count -= isinstance(event, kind)
        if count < 0:
            return event
    raise AssertionError("it ended before")


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("kind", [Progress, EpochEnded])
def test_whoever_closes_it_leaves_a_checkpoint_exactly_there(
    digits: Dataset, tmp_path: Path, undisturbed: dict[str, bytes], kind: type, count: int
) -> None:
    driver = driver_of(digits, tmp_path)
    with closing(driver.events()) as events:
        event = until(events, kind, count)
    stored, recipe, seed = load_run(tmp_path / "run")
    assert (recipe, seed, stored.outcome) == (RECIPE, 5, None)
    if isinstance(event, Progress):
        assert len(stored.history.step_losses) == event.step
    else:
        assert len(stored.history.epochs) == count + 1
    resumed = driver_of(digits, tmp_path)
    assert resumed.is_resumed and resumed.problem == ""
    for _ in resumed.events():
        pass
    assert bits(resumed.run) == bits(load_run(tmp_path / "run")[0]) == undisturbed


def test_after_the_end_it_is_the_file_of_the_end(digits: Dataset, tmp_path: Path) -> None:
    driver = driver_of(digits, tmp_path)
    with closing(driver.events()) as events:
        event = until(events, Ended, 0)
    before = (tmp_path / "run").read_bytes()
    again = driver_of(digits, tmp_path)
    assert list(again.events()) == [event] and again.sha256 == driver.sha256
    assert (tmp_path / "run").read_bytes() == before


def test_an_error_of_who_listens_leaves_a_checkpoint_too(
    digits: Dataset, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    driver = driver_of(digits, tmp_path)
    with pytest.raises(ZeroDivisionError), closing(driver.events()) as events:
        until(events, EpochEnded, 0)
        next(events)
        raise ZeroDivisionError
    assert len(load_run(tmp_path / "run")[0].history.epochs) == 1
    resumed = driver_of(digits, tmp_path)
    for _ in resumed.events():
        pass
    assert bits(resumed.run) == undisturbed


def test_without_a_file_nothing_is_written(digits: Dataset, tmp_path: Path) -> None:
    with closing(driver_of(digits, tmp_path, file=None, recording=None).events()) as events:
        next(events)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_whole_after_any_number_of_interruptions(digits: Dataset, tmp_path: Path) -> None:
    for _ in driver_of(digits, tmp_path / "whole", file=None, recording=tmp_path / "whole").events():
        pass
    for _ in range(1000):
        driver = driver_of(digits, tmp_path)
        with closing(driver.events()) as events:
            if isinstance(next(events), Ended):
                break
    assert contents(tmp_path / "recording") == contents(tmp_path / "whole")
    assert list(Recording.load(tmp_path / "recording").states) == [0, 1, 2, 3]


def test_checkpoints_come_by_the_clock_and_after_epochs_if_asked_for(digits: Dataset, tmp_path: Path) -> None:
    def stored(**settings: float | bool) -> int:
        driver = driver_of(digits, tmp_path, recording=None, **settings)
        with closing(driver.events()) as events:
            until(events, EpochEnded, 0)
            return (tmp_path / "run").exists()

    assert not stored()
    (tmp_path / "run").unlink()
    assert stored(after_epochs=True)
    (tmp_path / "run").unlink()
    assert stored(checkpoint_s=0)


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage")


def another_seed(path: Path) -> None:
    run, recipe, seed = load_run(path)
    save_run(path, run, recipe, seed + 1)


def another_recipe(path: Path) -> None:
    run, _, seed = load_run(path)
    save_run(path, run, Recipe.make(RECIPE.network, "digits", optimizer="adam(0.01)", epochs=4, average=0.9), seed)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (garbage, "expected a run of Seedbed, got something else"),
        (another_seed, "run' belongs to another run"),
        (another_recipe, "run' belongs to another run"),
    ],
)
def test_a_file_that_is_no_checkpoint_of_it_is_set_aside_and_told(
    digits: Dataset, tmp_path: Path, undisturbed: dict[str, bytes], harm: object, words: str
) -> None:
    with closing(driver_of(digits, tmp_path).events()) as events:
        until(events, EpochEnded, 1)
    harm(tmp_path / "run")  # type: ignore[operator]
    content = (tmp_path / "run").read_bytes()
    driver = driver_of(digits, tmp_path)
    assert not driver.is_resumed
    assert words in driver.problem
    assert driver.problem.endswith("; it is set aside and the run begins anew")
    assert (tmp_path / "run.damaged").read_bytes() == content and not (tmp_path / "run").exists()
    for _ in driver.events():
        pass
    assert bits(driver.run) == undisturbed


def test_a_file_that_cannot_be_set_aside_is_told(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    garbage(tmp_path / "run")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StoreError, match=r"got something else .*, but it cannot be renamed: Permission denied\.$"):
        driver_of(digits, tmp_path)


def test_a_run_that_was_changed_goes_on_only_where_that_is_allowed(
    digits: Dataset, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    driver = driver_of(digits, tmp_path, is_free=True)
    with closing(driver.events()) as events:
        next(events)
        driver.loop.set_learning_rate(0.5)
        until(events, EpochEnded, 0)
    content = (tmp_path / "run").read_bytes()
    free = driver_of(digits, tmp_path, is_free=True)
    assert free.is_resumed and free.loop.learning_rate == 0.5
    plain = driver_of(digits, tmp_path)
    assert not plain.is_resumed and "is of a run that was changed while it trained" in plain.problem
    assert (tmp_path / "run.damaged").read_bytes() == content
    for _ in plain.events():
        pass
    assert bits(plain.run) == undisturbed


def test_a_stopped_run_is_stored_as_stopped(digits: Dataset, tmp_path: Path) -> None:
    driver = driver_of(digits, tmp_path, is_free=True)
    with closing(driver.events()) as events:
        until(events, EpochEnded, 0)
        driver.loop.stop()
        ended = next(events)
    assert isinstance(ended, Ended) and ended.outcome.kind is Kind.STOPPED
    assert load_run(tmp_path / "run")[0].outcome == ended.outcome


def test_a_disk_that_is_full_is_told(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    driver = driver_of(digits, tmp_path, recording=None, checkpoint_s=0)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device"):
        for _ in driver.events():
            pass
    assert np.isfinite(driver.run.history.step_losses).all()


def reshaped(run: RunState) -> None:
    run.state["linear1.weight"] = run.state["linear1.weight"].reshape(-1)


def narrowed(run: RunState) -> None:
    run.state["linear1.weight"] = run.state["linear1.weight"].astype(np.float16)  # type: ignore[assignment]


def without_memory(run: RunState) -> None:
    del run.state[next(name for name in run.state if name.endswith("/average"))]


def with_more(run: RunState) -> None:
    run.state["linear9.weight"] = np.zeros(3, np.float32)


def counting_badly(run: RunState) -> None:
    run.state["optimizer/step"] = np.zeros(2, np.int64)


def losing_steps(run: RunState) -> None:
    run.history.step_losses, run.history.step_wrong = run.history.step_losses[:2], run.history.step_wrong[:2]


def with_steps_in_two_rows(run: RunState) -> None:
    run.history.step_losses = run.history.step_losses[:2].reshape(1, 2)


def with_unequal_steps(run: RunState) -> None:
    run.history.step_wrong = run.history.step_wrong[:-1]


def with_too_many_epochs(run: RunState) -> None:
    run.history.epochs *= 9


def with_an_epoch_twice(run: RunState) -> None:
    run.history.epochs *= 2


def with_a_best_epoch_to_come(run: RunState) -> None:
    run.history.best_epoch = 40


def with_other_outputs(run: RunState) -> None:
    run.outputs = np.zeros((3, 4), np.float32)


def with_time_going_back(run: RunState) -> None:
    run.history.open_s = -1.0


@pytest.mark.parametrize(
    "harm",
    [
        reshaped,
        narrowed,
        without_memory,
        with_more,
        counting_badly,
        losing_steps,
        with_steps_in_two_rows,
        with_unequal_steps,
        with_too_many_epochs,
        with_an_epoch_twice,
        with_a_best_epoch_to_come,
        with_other_outputs,
        with_time_going_back,
    ],
)
def test_a_checkpoint_that_does_not_fit_never_reaches_the_engine(
    harm: Callable[[RunState], None], digits: Dataset, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    driver = driver_of(digits, tmp_path, recording=None)
    with closing(driver.events()) as events:
        until(events, EpochEnded, 0)
    run, recipe, seed = load_run(tmp_path / "run")
    harm(run)
    # With a SHA-256 that is right.
    save_run(tmp_path / "run", run, recipe, seed)
    content = (tmp_path / "run").read_bytes()
    again = driver_of(digits, tmp_path, recording=None)
    assert not again.is_resumed
    assert "does not fit its recipe: " in again.problem and ": expected " in again.problem
    assert again.problem.endswith("; it is set aside and the run begins anew")
    assert (tmp_path / "run.damaged").read_bytes() == content
    for _ in again.events():
        pass
    assert bits(again.run) == undisturbed
