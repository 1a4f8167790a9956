"""The runner on a pool that shares no disk with it, and beside other processes."""

import itertools
import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tiny_study import TINY

from seedbed.data import Dataset, load_data
from seedbed.engine import load_engine
from seedbed.errors import StoreError
from seedbed.runner.driver import Driver
from seedbed.runner.failures import Death, ErrorRaised, FileReplaced, GivenUp, Reason, RunFailure, WorkerKilled
from seedbed.runner.job import Job, run_key
from seedbed.runner.messages import Advanced, Answer, EpochDone, Failed, Finished, Started, Task, decode, encode
from seedbed.runner.pool import Died, Pool, Report
from seedbed.runner.runner import Runner
from seedbed.runner.watcher import Watcher
from seedbed.store import RunEntry, Workspace
from seedbed.study import Study
from seedbed.training import Ended, EpochEnded, Event, Progress, Recipe
from seedbed.training.outcome import FINISHED
from seedbed.training.recording import Recording

Bits = Callable[[Path], dict[str, str]]
Fault = Callable[[Task, int], Answer | Died | None]
"""What goes wrong with a task at its so manieth event."""


class RemotePool:
    """Two workers elsewhere: files lie on a disk of theirs and come here by name; messages go as text."""

    def __init__(self, disk: Path, workspace: Workspace, fault: Fault = lambda task, number: None) -> None:
        self._disk, self._workspace, self._fault = disk, workspace, fault
        self._data: dict[str, Dataset] = {}
        self._running: dict[str, Iterator[Answer | Died]] = {}
        self.tasks: list[Task] = []
        self.closed = 0

    @property
    def size(self) -> int:
        return 2

    @property
    def cores(self) -> int:
        return 2

    def publish(self, dataset: Dataset) -> str:
        name = f"data-{dataset.sha256[:8]}"
        self._data[name] = dataset
        return name

    def submit(self, task: Task) -> None:
        assert len(self._running) < self.size and task.run not in self._running
        sent = decode(encode(task))
        assert isinstance(sent, Task)
        self.tasks.append(sent)
        self._running[task.run] = self._work(sent)

    def next(self, timeout_s: float) -> Report | None:
        if not self._running:
            return None
        run, work = next(iter(self._running.items()))
        # The others' turn comes next.
        self._running[run] = self._running.pop(run)
        content = next(work)
        if isinstance(content, Died | Failed | Finished):
            del self._running[run]
        if not isinstance(content, Died):
            heard = decode(encode(content))
            assert not isinstance(heard, Task)
            content = heard
        return Report(int(run.split("-")[1]) % 2, content)

    def collect(self, run: str) -> None:
        (self._workspace.staging / f"{run}.safetensors").write_bytes(self._file(run).read_bytes())
        for path in (self._disk / run).glob("*"):
            (self._workspace.recordings / run).mkdir(exist_ok=True)
            (self._workspace.recordings / run / path.name).write_bytes(path.read_bytes())

    def close(self) -> None:
        self.closed += 1
        self._running.clear()

    def _file(self, run: str) -> Path:
        return self._disk / f"{run}.safetensors"

    def _work(self, task: Task) -> Generator[Answer | Died, None, None]:
        recipe, data = Recipe(**task.recipe), self._data[task.data]
        driver = Driver(
            recipe,
            data,
            task.seed,
            load_engine(task.engine),
            file=self._file(task.run),
            recording=self._disk / task.run if task.is_recorded else None,
            checkpoint_s=task.checkpoint_s,
        )
        yield Started(task.run, len(driver.loop.run.history.epochs) + 1 if driver.is_resumed else 0)
        with closing(driver.events()) as events:
            for number, event in enumerate(events):
                if (trouble := self._fault(task, number)) is not None:
                    yield trouble
                    return
                yield self._told(task, driver, event)

    def _told(self, task: Task, driver: Driver, event: Event) -> Answer:
        match event:
            case Progress():
                return Advanced(task.run, event)
            case EpochEnded():
                return EpochDone(task.run, event)
            case Ended(outcome=outcome):
                return Finished(task.run, outcome, driver.sha256, None, "native (remote)", 1.0, 1.0, "over the wire")


class Diary(Watcher):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)

    def started(self, worker: int, job: Job, epoch: int) -> None:
        self.lines.append(f"started {job.name} {epoch}")

    def epoch_ended(self, worker: int, job: Job, event: EpochEnded) -> None:
        self.lines.append(f"epoch {event.record.epoch} of {job.name}")

    def finished(self, worker: int | None, job: Job, entry: RunEntry, test_error: float | None) -> None:
        self.lines.append(f"finished {job.name} by {worker}")

    def restarted(self, job: Job, reason: Death) -> None:
        self.lines.append(f"restarted {job.name}: {reason.text}")

    def failed(self, job: Job, reason: Reason) -> None:
        self.lines.append(f"failed {job.name}: {reason.text}")


def jobs_of(count: int) -> list[Job]:
    recipe = Recipe.make("flatten linear(10)", "digits", epochs=2)
    return [Job("linear", recipe, run_key(recipe, seed, "native"), 1.0) for seed in range(count)]


def do(
    jobs: list[Job], tmp_path: Path, fault: Fault = lambda task, number: None, watcher: Watcher | None = None
) -> tuple[tuple[RunFailure, ...], RemotePool]:
    workspace = Workspace(tmp_path / "w")
    (tmp_path / "remote").mkdir(exist_ok=True)
    pool = RemotePool(tmp_path / "remote", workspace, fault)
    protocol: Pool = pool
    name = protocol.publish(load_data("digits"))
    runner = Runner(workspace, protocol, watcher or Watcher(), checkpoint_s=0)
    return runner.run(jobs, dict.fromkeys(jobs, name), recorded={jobs[0].key}), pool


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, run_bits: Bits) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    do(jobs_of(3), folder)
    return run_bits(folder / "w")


def test_a_pool_that_shares_no_disk_takes_all_runs_to_their_end(
    tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    diary, jobs = Diary(), jobs_of(3)
    failures, pool = do(jobs, tmp_path, watcher=diary)
    assert failures == () and pool.closed == 0
    assert {line for line in diary.lines if line.startswith("finished")} == {
        f"finished linear, seed {seed} by {seed % 2}" for seed in range(3)
    }
    assert diary.lines.count("epoch 2 of linear, seed 1") == 1
    workspace = Workspace(tmp_path / "w")
    for job in jobs:
        entry = workspace.ledger.find(job.key)
        assert entry is not None and workspace.damage(entry) is None and entry.data_source == "over the wire"
    assert list(Recording.load(workspace.recording_folder(jobs[0].key)).states) == [0, 1, 2]
    assert list(workspace.staging.iterdir()) == []
    assert run_bits(tmp_path / "w") == undisturbed
    assert run_bits(tmp_path / "w").keys() == {job.key.file_name for job in jobs}


def test_tasks_name_their_files_and_hold_no_path(tmp_path: Path) -> None:
    _, pool = do(jobs_of(2), tmp_path)
    assert str(tmp_path) not in "".join(map(encode, pool.tasks))
    assert [task.run for task in pool.tasks] == [job.key.identity for job in jobs_of(2)]


def test_a_worker_that_dies_twice_is_replaced(tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits) -> None:
    deaths = itertools.count()

    def die(task: Task, number: int) -> Died | None:
        return Died(task.run, WorkerKilled("SIGSEGV")) if task.seed == 1 and number == 1 and next(deaths) < 2 else None

    diary = Diary()
    failures, _ = do(jobs_of(3), tmp_path, die, diary)
    assert failures == () and run_bits(tmp_path / "w") == undisturbed
    assert diary.lines.count("restarted linear, seed 1: its process was killed (SIGSEGV)") == 2
    assert len([line for line in diary.lines if line.startswith("started linear, seed 1")]) == 3


def test_one_that_dies_again_and_again_is_given_up(tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits) -> None:
    reason = WorkerKilled("SIGSEGV")
    failures, _ = do(jobs_of(3), tmp_path, lambda task, number: Died(task.run, reason) if task.seed == 1 else None)
    assert failures == (RunFailure("linear", 1, GivenUp(reason, 3)),)
    assert len(run_bits(tmp_path / "w")) == 2
    assert run_bits(tmp_path / "w").items() < undisturbed.items()
    # Nothing is held any more: the next call does it.
    assert do(jobs_of(3), tmp_path)[0] == ()
    assert run_bits(tmp_path / "w") == undisturbed


def test_a_file_that_something_else_wrote_is_no_result(tmp_path: Path) -> None:
    def other(task: Task, number: int) -> Finished | None:
        return Finished(task.run, FINISHED, "0" * 64, None, "native", 1.0, 1.0, "nowhere") if task.seed == 0 else None

    failures, _ = do(jobs_of(2), tmp_path, other)
    assert failures == (RunFailure("linear", 0, GivenUp(FileReplaced(), 3)),)
    assert len(Workspace(tmp_path / "w").ledger.all_keys()) == 1


def test_a_run_that_cannot_be_done_leaves_the_others(tmp_path: Path) -> None:
    reason = ErrorRaised("it does not fit")
    failures, pool = do(
        jobs_of(3), tmp_path, lambda task, number: Failed(task.run, reason, False) if task.seed == 1 else None
    )
    assert failures == (RunFailure("linear", 1, reason),)
    assert [failure.text for failure in failures] == ["linear, seed 1 failed: it does not fit."]
    assert len(pool.tasks) == 3 and len(Workspace(tmp_path / "w").ledger.all_keys()) == 2


def test_a_disk_that_is_full_ends_all_and_holds_nothing(tmp_path: Path) -> None:
    reason = ErrorRaised("no space")
    with pytest.raises(StoreError, match="no space"):
        do(jobs_of(3), tmp_path, lambda task, number: Failed(task.run, reason, True) if task.seed == 1 else None)
    workspace = Workspace(tmp_path / "w")
    for job in jobs_of(3):
        with workspace.hold(job.key):
            pass


def test_the_pool_is_closed_before_runs_in_progress_are_free(tmp_path: Path) -> None:
    class Impatient(Watcher):
        def epoch_ended(self, worker: int, job: Job, event: EpochEnded) -> None:
            raise KeyboardInterrupt

    held: list[int] = []
    close = RemotePool.close

    def look(pool: RemotePool) -> None:
        held.append(len(list((tmp_path / "w" / "staging").glob("*.lock"))))
        close(pool)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RemotePool, "close", look)
        with pytest.raises(KeyboardInterrupt):
            do(jobs_of(3), tmp_path, watcher=Impatient())
    assert held == [2]
    assert list((tmp_path / "w" / "staging").glob("*.lock")) == []


def test_a_run_that_another_process_trains_is_waited_for_and_taken_from_there(
    tmp_path: Path, undisturbed: dict[str, str], run_bits: Bits
) -> None:
    jobs, diary = jobs_of(1), Diary()
    workspace = Workspace(tmp_path / "w")
    held = workspace.hold(jobs[0].key)
    held.__enter__()
    other = tmp_path / "other"
    do(jobs, other)

    def finish() -> None:
        """What the other process does: its run is entered, and free."""
        elsewhere = Workspace(other / "w")
        entry = elsewhere.ledger.find(jobs[0].key)
        assert entry is not None
        workspace.staging_file(jobs[0].key).write_bytes(elsewhere.run_file(jobs[0].key).read_bytes())
        workspace.enter(entry)
        held.__exit__(None, None, None)

    timer = threading.Timer(1.5, finish)
    timer.start()
    failures, pool = do(jobs, tmp_path, watcher=diary)
    timer.join()
    assert failures == () and pool.tasks == []
    assert diary.lines == [
        f"linear, seed 0: process {os.getpid()} on {platform.node()} trains it; waiting for it.",
        "finished linear, seed 0 by None",
    ]
    assert run_bits(tmp_path / "w").items() <= undisturbed.items()


def test_a_run_that_another_process_left_is_taken_up(tmp_path: Path) -> None:
    jobs = jobs_of(2)
    held = Workspace(tmp_path / "w").hold(jobs[0].key)
    held.__enter__()
    timer = threading.Timer(1.0, lambda: held.__exit__(None, None, None))
    timer.start()
    failures, pool = do(jobs, tmp_path)
    timer.join()
    assert failures == () and [task.seed for task in pool.tasks] == [1, 0]


# Two studies that share three of their four runs each.
TWO = """
import json, sys
from pathlib import Path
from seedbed.study import Study, Watcher
class Diary(Watcher):
    started_, taken = [], []
    def started(self, worker, job, epoch): self.started_.append(job.key.identity)
    def finished(self, worker, job, entry, test_error):
        if worker is None: self.taken.append(job.key.identity)
sys.stdin.read(1)
result = Study.load(sys.argv[1]).run(workspace=sys.argv[2], watch=Diary(), jobs=2)
runs = [len(variant.runs) for variant in result.variants]
print(json.dumps([Diary.started_, Diary.taken, runs, len(result.failures)]))
"""


def test_two_studies_that_share_runs_go_side_by_side_in_one_workspace(tmp_path: Path, run_bits: Bits) -> None:
    text = TINY.replace("epochs = 3", "epochs = 25").replace("flatten linear(10)", "flatten linear(64) relu linear(10)")
    for name, seeds in (("one", 3), ("two", 4)):
        changed = text.replace('name = "tiny"', f'name = "{name}"').replace("seeds = 3", f"seeds = {seeds}")
        (tmp_path / f"{name}.toml").write_text(changed, "utf-8")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(tmp_path / f"{name}.toml"), str(tmp_path / "w")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("!")
        process.stdin.flush()
    outputs = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    (one, one_took, *one_found), (two, two_took, *two_found) = (json.loads(words) for words, _ in outputs)
    assert one_found == [[3, 3], 0] and two_found == [[4, 4], 0]
    # Every run was begun by one of them alone, and entered once.
    begun = one + two
    keys = Workspace(tmp_path / "w").ledger.all_keys()
    assert sorted(begun) == sorted({key.identity for key in keys}) and len(keys) == 8
    assert set(one_took) <= set(two) and set(two_took) <= set(one)
    assert [path for path in (tmp_path / "w" / "staging").iterdir()] == []
    Study.load(tmp_path / "two.toml").run(workspace=tmp_path / "alone")
    assert run_bits(tmp_path / "w") == run_bits(tmp_path / "alone")
