"""A worker process: what it answers, and that it ends, whatever happens to it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seedbed.data import load_data
from seedbed.errors import StoreError
from seedbed.runner.failures import ErrorRaised, WorkerExited
from seedbed.runner.job import run_key
from seedbed.runner.local_pool import LocalPool
from seedbed.runner.messages import EpochDone, Failed, Finished, Message, Started, Task, decode, encode
from seedbed.runner.pool import Died, Report
from seedbed.runner.shared_data import SharedData
from seedbed.training import EpochEnded, Kind, Recipe
from seedbed.training.checkpoint import load_run

RECIPE = Recipe.make("flatten linear(10)", "digits", epochs=2)
PROGRAM = "import sys; from seedbed.runner.worker import main; main(*sys.argv[1:])"


@pytest.fixture
def shared(tmp_path: Path) -> SharedData:
    return SharedData(tmp_path / "shared")


def task(data: str, **settings: object) -> Task:
    recipe = Recipe.make("flatten linear(10)", "digits", epochs=2)
    values = {"run": run_key(recipe, 3, "native").identity, "recipe": recipe.to_dict(), "seed": 3, "engine": "native"}
    return Task(**values | {"data": data, "checkpoint_s": 10.0} | settings)  # type: ignore[arg-type]


def answers(words: str, tmp_path: Path, before: str = "") -> tuple[list[Message], "subprocess.CompletedProcess[str]"]:
    """What a process that reads these words answers."""
    folders = [str(tmp_path / name) for name in ("shared", "runs", "recordings")]
    (tmp_path / "runs").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", before + PROGRAM, *folders], input=words, capture_output=True, text=True, timeout=120
    )
    return [decode(line) for line in done.stdout.splitlines()], done


def test_it_tells_the_course_of_a_run_and_its_end(shared: SharedData, tmp_path: Path) -> None:
    sent = task(shared.publish(load_data("digits")), is_recorded=True)
    # Its input ends at once, but a task that is this short may be done before that is seen; both are fine.
    told, done = answers(encode(sent) + "\n", tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert told[0] == Started(sent.run, 0)
    stored = load_run(tmp_path / "runs" / f"{sent.run}.safetensors")
    assert stored[1:] == (RECIPE, 3)
    assert list((tmp_path / "recordings" / sent.run).iterdir()) != []


def test_a_pool_reads_it(shared: SharedData, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    pool = LocalPool(1, shared, tmp_path / "runs", tmp_path / "recordings")
    sent = task(pool.publish(load_data("digits")))
    try:
        pool.submit(sent)
        reports = until_done(pool)
    finally:
        pool.close()
    assert {report.worker for report in reports} == {0}
    contents = [report.content for report in reports]
    assert contents[0] == Started(sent.run, 0) and isinstance(contents[-1], Finished)
    epochs = [content.event for content in contents if isinstance(content, EpochDone)]
    assert [event.record.epoch for event in epochs] == [1, 2] and all(isinstance(event, EpochEnded) for event in epochs)
    run = load_run(tmp_path / "runs" / f"{sent.run}.safetensors")[0]
    assert contents[-1].outcome == run.outcome and run.outcome is not None and run.outcome.kind is Kind.FINISHED
    assert contents[-1].test_error == run.history.test_error[-1] and repr(epochs[1].record) == repr(
        run.history.epochs[1]
    )


def until_done(pool: LocalPool) -> list[Report]:
    reports: list[Report] = []
    for _ in range(600):
        if (report := pool.next(0.1)) is not None:
            reports.append(report)
            if isinstance(report.content, Failed | Finished | Died):
                return reports
    raise AssertionError(f"no end after {reports}")


def test_a_defect_ends_it_with_its_last_words(
    shared: SharedData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message of it, no end of its input: it must not wait for ever."""
    spoilt = (
        "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from seedbed.runner import driver\n"
        "def fail(*arguments, **settings): raise RuntimeError('a defect')\n"
        "driver.TrainingLoop = fail\n"
        "from seedbed.runner.worker import main; main(*sys.argv[2:])"
    )
    monkeypatch.setattr("seedbed.runner.local_pool._PROGRAM", spoilt)
    (tmp_path / "runs").mkdir()
    pool = LocalPool(1, shared, tmp_path / "runs", tmp_path / "recordings")
    try:
        sent = task(pool.publish(load_data("digits")))
        pool.submit(sent)
        (report,) = until_done(pool)
    finally:
        pool.close()
    assert report.content == Died(sent.run, WorkerExited(1, "RuntimeError: a defect"))


def test_another_version_is_told_and_not_waited_for(
    shared: SharedData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seedbed was replaced while a study ran, and a worker was started anew."""
    program = "print('hello'); print('{\"version\": 99, \"message\": {}}', flush=True); input()"
    monkeypatch.setattr("seedbed.runner.local_pool._PROGRAM", program)
    pool = LocalPool(1, shared, tmp_path, tmp_path)
    try:
        pool.submit(task("data"))
        with pytest.raises(StoreError, match=r"version 1 was expected\. Let all workers have the same version"):
            until_done(pool)
    finally:
        pool.close()


@pytest.mark.parametrize(
    "words", ["garbage\n", "{}\n", encode(Started("run", 0)) + "\n", '{"version": 99, "message": {}}\n']
)
def test_words_that_are_no_task_end_it(words: str, tmp_path: Path) -> None:
    told, done = answers(words, tmp_path)
    assert told == [] and done.stderr != ""


def test_what_libraries_print_is_no_message(shared: SharedData, tmp_path: Path) -> None:
    """On the way in, half a character included, and while a run is done."""
    printing = (
        "import sys; sys.stdout.buffer.write(b'caf\\xe9\\n{\\n'); sys.stdout.flush()\n"
        "from seedbed.runner import worker\n"
        "carry_out = worker.carry_out\n"
        "def chatty(*arguments): print('hello'); return carry_out(*arguments)\n"
        "worker.carry_out = chatty\n"
    )
    with pytest.MonkeyPatch.context() as patched:
        head = "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
        patched.setattr("seedbed.runner.local_pool._PROGRAM", head + printing + "worker.main(*sys.argv[2:])")
        (tmp_path / "runs").mkdir()
        pool = LocalPool(1, shared, tmp_path / "runs", tmp_path / "recordings")
        try:
            pool.submit(task(pool.publish(load_data("digits"))))
            reports = until_done(pool)
        finally:
            pool.close()
    assert isinstance(reports[0].content, Started) and isinstance(reports[-1].content, Finished)


@pytest.mark.parametrize(
    ("change", "message", "is_fatal"),
    [
        ({"data": "nowhere"}, "the shared data in ", True),
        ({"engine": "abacus"}, "unknown engine 'abacus'", False),
    ],
)
def test_what_it_cannot_do_it_says(
    change: dict[str, str], message: str, is_fatal: bool, shared: SharedData, tmp_path: Path
) -> None:
    sent = replace(task(shared.publish(load_data("digits"))), **change)
    (told,), done = answers(encode(sent) + "\n", tmp_path)
    assert done.returncode == 0
    assert isinstance(told, Failed) and told.is_fatal == is_fatal
    assert isinstance(told.reason, ErrorRaised) and told.reason.message.startswith(message)
