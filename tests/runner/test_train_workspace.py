"""``sb.train`` with a workspace: kept, found again, and taken up after Ctrl-C and kill -9."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import seedbed as sb
from seedbed.api import Run
from seedbed.cli.app import app
from seedbed.engine import NUMERICS, load_engine
from seedbed.errors import LanguageError
from seedbed.runner.driver import Driver
from seedbed.runner.interruption import Interruption, TrainingInterrupted
from seedbed.runner.job import run_key
from seedbed.runner.local import Note, Resumed, conduct
from seedbed.store import LockedError, Workspace
from seedbed.training import Ended, Progress, Recipe, RunState, TrainingLoop
from seedbed.training.checkpoint import load_run
from seedbed.training.outcome import FINISHED

SMALL = {"network": "flatten linear(16) batchnorm tanh linear(10)", "data": "digits", "optimizer": "adam(0.01)"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def bits(state: RunState) -> dict[str, bytes]:
    assert state.outputs is not None
    arrays = {**state.state, "losses": state.history.step_losses, "outputs": state.outputs}
    return {name: array.tobytes() for name, array in arrays.items()}


def train(workspace: Path | None, **settings: object) -> Run:
    chosen = SMALL | {"epochs": 2, "progress": False, "workspace": workspace}
    return sb.train(**chosen | settings)  # type: ignore[arg-type]


def test_it_is_kept_and_given_at_once_the_next_time(tmp_path: Path) -> None:
    events: list[Progress] = []
    first = train(tmp_path)
    second = train(tmp_path, progress=events.append)
    assert (first.was_there, second.was_there) == (False, True) and events == []
    assert bits(second.state) == bits(first.state) == bits(train(None).state)
    assert (second.outcome, second.id, second.engine, second.test_error) == (
        FINISHED,
        first.id,
        first.engine,
        first.test_error,
    )
    images = sb.load_data("digits").test_images
    np.testing.assert_array_equal(second.model.logits(images), first.model.logits(images))
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [f"{first.id}.safetensors"]
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_command_line_finds_it_too(tmp_path: Path) -> None:
    train(tmp_path)
    words = ["--data", "digits", "--optimizer", "adam(0.01)", "--epochs", "2", "--workspace", str(tmp_path)]
    assert "already trained" in CliRunner().invoke(app, ["train", str(SMALL["network"]), *words]).stdout


def test_other_settings_are_other_runs_and_again_begins_anew(tmp_path: Path) -> None:
    first = train(tmp_path)
    assert not train(tmp_path, seed=1).was_there and not train(tmp_path, epochs=1).was_there
    again = train(tmp_path, again=True)
    assert not again.was_there and bits(again.state) == bits(first.state)
    assert len(Workspace(tmp_path).ledger.all_keys()) == 3


def test_a_diverged_run_is_kept_too(tmp_path: Path) -> None:
    runs = [train(tmp_path, optimizer="sgd(1e30)", loss="mse", network="flatten linear(10)") for _ in range(2)]
    assert [run.was_there for run in runs] == [False, True] and runs[0].outcome == runs[1].outcome
    assert runs[1].has_diverged and np.isnan(runs[1].test_error)


@pytest.mark.parametrize("name", ["digits", "mnist", "mine"])
def test_images_that_their_name_does_not_give_are_refused(tmp_path: Path, name: str) -> None:
    digits = sb.load_data("digits")
    mine = sb.Dataset.from_arrays(digits.train_images[:200], digits.train_labels[:200], name=name)
    with pytest.raises(
        sb.SeedbedError, match=rf"whose name gives the same images again; '{name}' does not\. Keep them"
    ):
        train(tmp_path / "w", data=mine)
    assert not (tmp_path / "w" / "runs").exists() or not list((tmp_path / "w" / "runs").iterdir())


def test_a_data_set_that_its_name_gives_is_fine(tmp_path: Path) -> None:
    train(tmp_path)
    assert train(tmp_path, data=sb.load_data("digits")).was_there


def test_it_is_recorded_in_the_workspace(tmp_path: Path) -> None:
    assert train(tmp_path).recording is None
    recorded = train(tmp_path, record=True)
    assert not recorded.was_there and list(recorded.recording.states) == [0, 1, 2]
    found = train(tmp_path)
    assert found.was_there and list(found.recording.states) == [0, 1, 2]
    assert train(tmp_path, record=True).was_there
    elsewhere = train(tmp_path, record=tmp_path / "elsewhere")
    assert not elsewhere.was_there and len(list((tmp_path / "elsewhere").iterdir())) == 3


def test_a_recording_needs_a_place() -> None:
    with pytest.raises(sb.SeedbedError, match="record: expected a folder, or a workspace beside record=True"):
        train(None, record=True)


def test_a_run_in_use_is_refused_with_its_holder(tmp_path: Path) -> None:
    first = train(tmp_path)
    (key,) = Workspace(tmp_path).ledger.all_keys()
    with Workspace(tmp_path).hold(key):
        with pytest.raises(LockedError, match=f"run '{first.id}' is in use by process {os.getpid()} on"):
            train(tmp_path)
        assert not train(tmp_path, seed=1).was_there


def test_it_works_outside_the_main_thread(tmp_path: Path) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(train(tmp_path)))
    thread.start()
    thread.join()
    (run,) = found
    assert bits(run.state) == bits(train(None).state)  # type: ignore[attr-defined]


PROGRAM = """
import signal, sys
import seedbed as sb
signal.signal(signal.SIGINT, signal.default_int_handler)
told = []
def progress(now):
    if now.epoch >= 3 and not told:
        told.append(now.step)
        print("now", flush=True)
settings = dict(epochs=40, batch_size=10, seed=4, progress=progress, record=True)
try:
    run = sb.train("conv2d(8, 3) batchnorm relu flatten linear(10)", "digits", workspace=sys.argv[1], **settings)
except sb.SeedbedError:
    raise
except KeyboardInterrupt as stopped:
    run = stopped.run
    print(type(stopped).__name__, stopped, run.outcome, len(run.history.step_losses), sep="|")
    print(run, run._repr_html_() != "", run.model.predict(sb.load_data("digits").test_images).shape)
else:
    print("finished", run.was_there)
"""


def stopped_by(number: int, workspace: Path) -> tuple[int, list[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(workspace)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "now\n"
        process.send_signal(number)
        lines = process.stdout.read().splitlines()
    return process.returncode, lines


def finished(workspace: Path) -> RunState:
    command = [sys.executable, "-c", PROGRAM, str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "finished False"
    (path,) = (workspace / "runs").iterdir()
    return load_run(path)[0]


@posix
def test_ctrl_c_and_kill_9_lose_nothing(tmp_path: Path) -> None:
    status, (first, second) = stopped_by(signal.SIGINT, tmp_path / "stopped")
    name, words, outcome, steps = first.split("|")
    assert (status, name, outcome) == (0, "TrainingInterrupted", "None")
    assert words.startswith("stopped at step ") and words.endswith("; the same call goes on from there")
    assert second.startswith("<Run stopped: test_error=") and second.endswith("True (360,)")
    (path,) = (tmp_path / "stopped" / "staging").iterdir()
    assert len(load_run(path)[0].history.step_losses) == int(steps)
    status, lines = stopped_by(signal.SIGKILL, tmp_path / "killed")
    assert (status, lines) == (-signal.SIGKILL, [])
    (path,) = (tmp_path / "killed" / "staging").glob("*.safetensors")
    assert len(load_run(path)[0].history.epochs) >= 1
    stopped, killed = finished(tmp_path / "stopped"), finished(tmp_path / "killed")
    assert bits(stopped) == bits(killed) == bits(finished(tmp_path / "undisturbed"))
    recorded = [
        {path.name: path.read_bytes() for path in sorted((tmp_path / name).glob("recordings/*/*"))}
        for name in ("stopped", "killed", "undisturbed")
    ]
    assert recorded[0] == recorded[1] == recorded[2] and len(recorded[2]) > 20


@posix
def test_without_a_workspace_the_run_so_far_is_in_the_exception() -> None:
    def press(now: Progress) -> None:
        if now.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TrainingInterrupted, match="the run so far is in the exception's 'run'") as caught:
        train(None, epochs=500, progress=press)
    run = caught.value.run
    assert isinstance(caught.value, KeyboardInterrupt) and run.outcome is None and not run.has_diverged
    assert 1 <= len(run.history.epochs) < 500 and run.test_error == run.history.test_error[-1]
    assert run.recording is None and "stopped" in repr(run)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@posix
def test_ctrl_c_at_the_very_end_is_not_lost(tmp_path: Path) -> None:
    """Somebody who stops a loop over seeds means the loop."""
    end = TrainingLoop._end

    def ended(loop: TrainingLoop) -> Ended:
        os.kill(os.getpid(), signal.SIGINT)
        return end(loop)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TrainingLoop, "_end", ended)
        with pytest.raises(TrainingInterrupted, match="right after the end of the run") as caught:
            train(tmp_path)
    assert caught.value.run.outcome == FINISHED
    assert train(tmp_path).was_there


@posix
def test_a_second_ctrl_c_ends_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.asked
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@posix
def test_where_ctrl_c_is_ignored_it_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
        assert not interruption.asked and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_error_of_who_listens_leaves_a_checkpoint(tmp_path: Path) -> None:
    def fail(now: Progress) -> None:
        if now.epoch == 2:
            raise LanguageError("no words")

    with pytest.raises(LanguageError):
        train(tmp_path, progress=fail, epochs=3)
    (path,) = (tmp_path / "staging").iterdir()
    assert len(load_run(path)[0].history.epochs) == 1
    assert bits(train(tmp_path, epochs=3).state) == bits(train(None, epochs=3).state)


def test_who_listens_is_told_what_happens_besides(tmp_path: Path) -> None:
    recipe, data = Recipe.make("flatten linear(10)", "digits", epochs=1), sb.load_data("digits")
    heard: list[object] = []

    def do() -> bool:
        heard.clear()
        workspace = Workspace(tmp_path)
        return conduct(recipe, data, 0, load_engine("native"), workspace=workspace, listen=heard.append).was_there

    assert not do() and not [event for event in heard if isinstance(event, Note | Resumed)]
    assert do() and heard == []
    (path,) = (tmp_path / "runs").iterdir()
    path.write_bytes(path.read_bytes()[:-5] + b"wrong")
    assert not do()
    assert isinstance(heard[0], Note) and heard[0].text.endswith("it is set aside and trained again")
    # A ledger that was lost costs nothing.
    (tmp_path / "ledger.sqlite").unlink()
    assert not do()
    assert heard[0] == Resumed(1, 45)
    (tmp_path / "ledger.sqlite").unlink()
    path.write_bytes(b"garbage")
    assert not do()
    assert isinstance(heard[0], Note) and heard[0].text.endswith("it is set aside and the run begins anew")


def test_a_checkpoint_that_a_person_changed_is_no_run_of_the_recipe(tmp_path: Path) -> None:
    recipe, data = Recipe.make("flatten linear(10)", "digits", epochs=2), sb.load_data("digits")
    workspace = Workspace(tmp_path)
    file = workspace.staging_file(run_key(recipe, 0, "native"))
    driver = Driver(recipe, data, 0, load_engine("native"), file=file, is_free=True)
    driver.loop.set_learning_rate(1.0)
    with closing(driver.events()) as events:
        for _ in events:
            pass
    run = sb.train("flatten linear(10)", "digits", epochs=2, workspace=tmp_path)
    assert run.history.interventions == [] and not run.was_there
    (key,) = workspace.ledger.all_keys()
    assert load_run(workspace.run_file(key))[0].history.interventions == []


def test_runs_of_another_version_of_the_numbers_are_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = train(tmp_path)
    monkeypatch.setitem(NUMERICS, "native", 2)
    second = train(tmp_path)
    assert not second.was_there and second.id == f"{first.id}.2" and train(tmp_path).was_there
    monkeypatch.setitem(NUMERICS, "native", 1)
    assert train(tmp_path).was_there and len(Workspace(tmp_path).ledger.all_keys()) == 2
